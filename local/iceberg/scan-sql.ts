/** The SQL that reads data files as a schema sees them, whatever schemas they were written under. */
import { parquetScanSql, quoteText } from '../../lake/duckdb.ts';
import {
  layoutScanSql,
  type ParquetNode,
  type ParquetSchemaRow,
  parquetLayout,
  parquetSchemaColumns,
  sameNesting,
} from '../../lake/duckdb-layout.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';

/** Runs a query of ours in the DuckDB that will read the files. */
export type Ask = (sql: string) => Promise<readonly (readonly unknown[])[]>;

/**
 * Queries whose UNION ALL gives the rows of Parquet files (absolute paths) in the columns of `schema`; none for no
 * files. Each ends in a FROM clause of the relation `files`, which has the virtual columns `filename` and
 * `file_row_number`; `further` expressions may name them, and come behind the columns. `schemas`: all that the table
 * ever had. Only if members of structs changed, footers are asked.
 */
export async function scanQueries(
  ask: Ask,
  paths: readonly string[],
  schema: IcebergSchema,
  schemas: readonly IcebergSchema[],
  further: readonly string[] = [],
): Promise<string[]> {
  if (paths.length === 0) return [];
  const isComplete = schemas.every((_, id) => schemas.some((known) => known['schema-id'] === id));
  const isFlat = schema.fields.every(({ type }) => typeof type === 'string');
  if (isFlat || (isComplete && sameNesting(schemas, schema))) {
    return [parquetScanSql(paths, schema, ['files.*', ...further].join(', '))];
  }
  const byLayout = groupBy(await layoutsOf(ask, paths), ({ key }) => key);
  return [...byLayout.values()].map((files) => {
    const same = files.map(({ path }) => path);
    return layoutScanSql(same, files[0]!.layout, schema, further);
  });
}

interface FileLayout {
  path: string;
  /** Equal for files of one layout. */
  key: string;
  layout: readonly ParquetNode[];
}

/** Files do not change once written: their layouts are kept, those read first forgotten first. */
const known = new Map<string, FileLayout>();
const KNOWN_MAX = 50_000;

async function layoutsOf(ask: Ask, paths: readonly string[]): Promise<FileLayout[]> {
  const unknown = paths.filter((path) => !known.has(path));
  const read = unknown.length === 0 ? [] : await readLayouts(ask, unknown);
  for (const layout of read) known.set(layout.path, layout);
  const found = paths.map((path) => known.get(path)!);
  for (const path of known.keys()) {
    if (known.size <= KNOWN_MAX) break;
    known.delete(path);
  }
  return found;
}

async function readLayouts(ask: Ask, paths: readonly string[]): Promise<FileLayout[]> {
  const files = paths.map(quoteText).join(', ');
  const rows = await ask(`SELECT ${parquetSchemaColumns} FROM parquet_schema([${files}])`);
  const byFile = groupBy(rows, ([file]) => file as string);
  return [...byFile].map(([path, own]) => {
    const layout = parquetLayout(own.map(schemaRow));
    return { path, key: JSON.stringify(layout), layout };
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function schemaRow([, name, id, childCount, nesting, type]: readonly unknown[]): ParquetSchemaRow {
  return {
    name: name as string,
    id: id === null ? null : Number(id),
    childCount: childCount === null ? null : Number(childCount),
    nesting: nesting as string,
    type: type as string,
  };
}
