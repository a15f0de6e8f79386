/** What all `COPY … TO` Parquet statements of ours share: order, result, statistics. */
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { columnPath, fieldIds, quoteName, quoteText, transformExpression } from '../../lake/duckdb.ts';
import {
  fromIcebergFields,
  fromIcebergTransform,
  fromIcebergType,
  type IcebergSchema,
  type IcebergSortOrder,
} from '../../lake/iceberg.ts';
import { type Leaf, leaves } from './schema.ts';
import type { ColumnStatistics } from './statistics.ts';

/** A row of `RETURN_STATS`. */
export interface WrittenFile {
  /** Absolute. */
  path: string;
  rows: number;
  bytes: number;
  statistics: ColumnStatistics;
  /** Values of the columns of `PARTITION_BY`. */
  partitionKeys: ReadonlyMap<string, unknown>;
}

/**
 * One COPY for all partitions. Files are cut by `partitionColumn`, a number that the files do not hold, and named by
 * prefix and UUID, so that a partition value, which clients choose, never becomes part of a path. A partition may
 * get several files. Nothing is synced.
 */
export async function copyPartitioned(
  connection: DuckDBConnection,
  copy: {
    query: string;
    partitionColumn: string;
    directory: string;
    filePrefix: string;
    schema: IcebergSchema;
  },
): Promise<WrittenFile[]> {
  const reader = await connection.runAndReadAll(
    `COPY (${copy.query}) TO ${quoteText(copy.directory)} (
       FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (${quoteName(copy.partitionColumn)}), HIVE_FILE_PATTERN false,
       FILENAME_PATTERN ${quoteText(`${copy.filePrefix}{uuid}`)}, OVERWRITE_OR_IGNORE, RETURN_STATS,
       ${schemaOptions(copy.schema)}
     )`,
  );
  return reader.getRowObjectsJson().map(writtenFile);
}

/**
 * Options of COPY by which a file tells its columns: their field ids, and the whole schema in the footer, as Iceberg's
 * Java writers put it there (`iceberg.schema`). The spec does not ask for that, but icebird finds columns by it.
 */
export function schemaOptions(schema: IcebergSchema): string {
  const text = quoteText(JSON.stringify(schema, (name, value) => (name === 'doc' ? undefined : value)));
  return `FIELD_IDS ${fieldIds(fromIcebergFields(schema.fields))}, KV_METADATA {'iceberg.schema': ${text}}`;
}

/** `row`: as `getRowObjectsJson` gives it. */
export function writtenFile(row: Record<string, unknown>): WrittenFile {
  return {
    path: path.resolve(row.filename as string),
    rows: Number(row.count),
    bytes: Number(row.file_size_bytes),
    statistics: new Map(
      [...pairs(row.column_statistics)].map(([column, values]) => [
        column,
        pairs(values) as Map<string, string>,
      ]),
    ),
    partitionKeys: pairs(row.partition_keys),
  };
}

/** DuckDB's JSON form of a MAP: a list of pairs. */
function pairs(map: unknown): Map<string, unknown> {
  return new Map(((map ?? []) as { key: string; value: unknown }[]).map(({ key, value }) => [key, value]));
}

/** The terms of an ORDER BY over the columns of a schema; none for an unsorted table. */
export function orderTerms(order: IcebergSortOrder, schema: IcebergSchema): string[] {
  return order.fields.map((field) => {
    const source = sourceColumn(schema, field['source-id'], 'the sort order');
    const nulls = field['null-order'] === 'nulls-first' ? 'NULLS FIRST' : 'NULLS LAST';
    return `${transformOf(field.transform, source)} ${field.direction} ${nulls}`;
  });
}

/** Ids of float and double columns that hold a NaN somewhere in a relation (SQL). */
export async function columnsWithNan(
  connection: DuckDBConnection,
  relation: string,
  schema: IcebergSchema,
): Promise<Set<number>> {
  const columns = leaves(schema).filter(
    ({ type, repeated }) => (type === 'float' || type === 'double') && !repeated,
  );
  if (columns.length === 0) return new Set();
  const tests = columns.map((leaf) => `coalesce(bool_or(isnan(${columnPath(leaf.path)})), false)`);
  const [row] = (await connection.runAndReadAll(`SELECT ${tests.join(', ')} FROM ${relation}`)).getRows();
  return new Set(columns.filter((_, index) => row![index] === true).map((leaf) => leaf.id));
}

/** The primitive column that a partition or sort field is made of; `what` names the field in the error. */
export function sourceColumn(schema: IcebergSchema, id: number, what: string): Leaf {
  const leaf = leaves(schema).find((candidate) => candidate.id === id && !candidate.repeated);
  if (leaf === undefined) throw new Error(`${what}: the schema has no primitive column with id ${id}`);
  return leaf;
}

/** SQL of an Iceberg transform of a column. */
export function transformOf(transform: string, source: Leaf): string {
  return transformExpression(
    fromIcebergTransform(transform),
    fromIcebergType(source.type),
    columnPath(source.path),
  );
}
