/** Staged rows that do not fit their table. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { columnPath, quoteName, stagedColumns, stagedSelectList } from '../../lake/duckdb.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import type { Field } from '../../lake/types.ts';

/** A staged row does not fit the schema; nothing was written. Holds no value: it may be personal. */
export class RowError extends Error {
  override name = 'RowError';
  /** Path of the column at fault; undefined if the line is no JSON object at all. */
  readonly column: string | undefined;
  /** 0-based line of one such row, where DuckDB tells. */
  readonly row: number | undefined;

  constructor(problem: string, column: string | undefined, row: number | undefined) {
    const where = column === undefined ? 'the line' : `column "${column}"`;
    super(`${row === undefined ? 'a row' : `row ${row}`} does not fit: ${where} ${problem}`);
    this.column = column;
    this.row = row;
  }
}

/**
 * What made `stagedSelectList` and partition values over `read_json` fail. `source` gives the read_json call for some columns. An
 * error that no column repeats (a lost file, memory) comes back as it was.
 */
export async function explainReadError(
  connection: DuckDBConnection,
  fields: readonly Field[],
  source: (columns: string) => string,
  error: Error,
): Promise<Error> {
  if (!/^(Invalid Input|Conversion|Out of Range) Error/.test(error.message)) return error;
  for (const field of fields) {
    const sql = `SELECT count(${quoteName(field.name)}) FROM (SELECT ${stagedSelectList([field])} FROM ${source(stagedColumns([field]))})`;
    const failed = await connection.run(sql).then(
      () => undefined,
      (reason: Error) => reason,
    );
    // Malformed JSON fails whichever column is read: it is no column's fault.
    if (failed?.message.includes('Malformed JSON'))
      return new RowError('is not JSON', undefined, rowOf(failed));
    if (failed) return new RowError(`does not convert to ${field.type.kind}`, field.name, rowOf(failed));
  }
  // The columns are all right, so it is a partition value: truncate[10] of the least int lies below all ints.
  return /^(Conversion|Out of Range) Error/.test(error.message)
    ? new RowError('has a partition value beyond its type', undefined, undefined)
    : error;
}

/** DuckDB counts lines from 1. */
function rowOf(error: Error): number | undefined {
  const line = /in line (\d+)/.exec(error.message)?.[1];
  return line === undefined ? undefined : Number(line) - 1;
}

/** Throws a `RowError` if a required column, or a required member of a struct that is there, is NULL. */
export async function requireColumns(
  connection: DuckDBConnection,
  table: string,
  schema: IcebergSchema,
): Promise<void> {
  const required = requiredPaths(schema.fields, []);
  if (required.length === 0) return;
  const firstNull = required.map((path) => {
    const parent = path.length > 1 ? ` AND ${columnPath(path.slice(0, -1))} IS NOT NULL` : '';
    return `min(rowid) FILTER (${columnPath(path)} IS NULL${parent})`;
  });
  const reader = await connection.runAndReadAll(`SELECT ${firstNull.join(', ')} FROM ${table}`);
  for (const [index, row] of reader.getRows()[0]!.entries()) {
    if (row === null) continue;
    throw new RowError('is required and was null or missing', required[index]!.join('.'), Number(row));
  }
}

function requiredPaths(fields: readonly IcebergField[], above: readonly string[]): string[][] {
  return fields.flatMap((field) => {
    const path = [...above, field.name];
    const inside =
      typeof field.type === 'object' && field.type.type === 'struct'
        ? requiredPaths(field.type.fields, path)
        : [];
    return field.required ? [path, ...inside] : inside;
  });
}
