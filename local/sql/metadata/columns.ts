/** What the metadata tables share: rows as JSON with a structure, and the column `partition`. */
import { duckdbType, quoteName, quoteText } from '../../../lake/duckdb.ts';
import { fromIcebergType, type IcebergPartitionField } from '../../../lake/iceberg.ts';
import { stringifyJson } from '../../iceberg/json.ts';
import { specById } from '../../iceberg/metadata.ts';
import { partitionType } from '../../iceberg/partition.ts';
import type { DataFile, TableMetadata } from '../../iceberg/types.ts';
import { valueText } from './value-text.ts';

/** A table, and how much may be told of it: everything, or only what concerns columns with these ids. */
export interface Telling {
  metadata: TableMetadata;
  /**
   * Ids of columns and members. Paths of files are told to those who see all: a path may hold partition values, and
   * whoever does not see all may not read files either.
   */
  visible: ReadonlySet<number> | 'all';
}

export function isVisible({ visible }: Telling, id: number): boolean {
  return visible === 'all' || visible.has(id);
}

/** Columns for those only who see everything. */
export function forAll<T>({ visible }: Telling, ...columns: T[]): T[] {
  return visible === 'all' ? columns : [];
}

/** A column: how its JSON is read, and the SQL that makes its value of that. */
export interface MetadataColumn {
  name: string;
  /** As `from_json` wants it: a type, or structure in JSON. */
  json: unknown;
  sql: (value: string) => string;
}

export interface MetadataRows {
  columns: readonly MetadataColumn[];
  rows: readonly Readonly<Record<string, unknown>>[];
}

export const column = (
  name: string,
  json: unknown,
  sql: (value: string) => string = (value) => value,
): MetadataColumn => ({ name, json, sql });

/** Milliseconds since 1970 → timestamp with time zone. */
export const timestamp = (value: string): string => `make_timestamptz(${value} * 1000)`;

/** A SELECT in DuckDB's dialect that gives the rows. */
export function rowsSql({ columns, rows }: MetadataRows): string {
  const structure = Object.fromEntries(columns.map(({ name, json }) => [name, json]));
  const list = columns.map(
    ({ name, sql }) => `${sql(`struct_extract(r, ${quoteText(name)})`)} AS ${quoteName(name)}`,
  );
  const json = `from_json(${quoteText(stringifyJson(rows))}, ${quoteText(JSON.stringify([structure]))})`;
  return `SELECT ${list.join(', ')} FROM (SELECT unnest(${json}) AS r)`;
}

/** The fields of all partition specs, each once. */
function partitionFields(table: Telling): (IcebergPartitionField & { type: string })[] {
  const { metadata } = table;
  const byId = new Map<number, IcebergPartitionField & { type: string }>();
  for (const spec of metadata['partition-specs']) {
    for (const [at, { type }] of partitionType(spec, metadata.schemas).entries()) {
      const field = spec.fields[at]!;
      byId.set(field['field-id'], { ...field, type });
    }
  }
  return [...byId.values()].filter((field) => isVisible(table, field['source-id']));
}

/** The column `partition`: a row with a member for each field of any spec; undefined if there are none. */
export function partitionColumn(table: Telling): MetadataColumn | undefined {
  const fields = partitionFields(table);
  if (fields.length === 0) return undefined;
  const json = Object.fromEntries(fields.map(({ 'field-id': id }) => [`f${id}`, 'VARCHAR']));
  const members = (value: string) =>
    fields.map(({ 'field-id': id, name, type }) => {
      const text = `struct_extract(${value}, 'f${id}')`;
      return `${quoteName(name)} := ${typedText(type, text)}`;
    });
  return { name: 'partition', json, sql: (value) => `struct_pack(${members(value).join(', ')})` };
}

/** SQL that reads `valueText` back. */
export function typedText(type: string, text: string): string {
  const sql = duckdbType(fromIcebergType(type));
  return sql === 'BLOB' ? `unhex(${text})` : `CAST(${text} AS ${sql})`;
}

/** The value of the column `partition` for a file. */
export function partitionTexts(table: Telling, { specId, partition }: DataFile): object {
  const spec = specById(table.metadata, specId);
  const types = partitionType(spec, table.metadata.schemas);
  const texts = spec.fields.map(({ 'field-id': id, 'source-id': source }, at) => {
    const value = isVisible(table, source) ? (partition[at] ?? null) : null;
    return [`f${id}`, value === null ? null : valueText(types[at]!.type, value)];
  });
  return Object.fromEntries(texts);
}
