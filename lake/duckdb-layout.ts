/**
 * Reading Parquet files whose structs are not those of the schema that they are read with: DuckDB finds columns by
 * field id, but members of structs by name, so that a renamed member would read as NULL. Here every member is
 * found by its id (Iceberg spec, "Column Projection"), at any depth.
 */
import { duckdbType, quoteName, quoteText } from './duckdb.ts';
import { fromIcebergFields, type IcebergSchema, type IcebergType } from './iceberg.ts';
import type { Field, Type } from './types.ts';

/** A node of a file's schema as DuckDB sees it: lists have their element as child, maps their key and value. */
export interface ParquetNode {
  name: string;
  id: number | null;
  kind: 'value' | 'struct' | 'list' | 'map';
  /** Of values: the physical type, so that files of one layout have the same types. */
  type: string;
  children: readonly ParquetNode[];
}

/** A row of `parquet_schema(…)`: the schema's tree, depth first. */
export interface ParquetSchemaRow {
  name: string;
  id: number | null;
  childCount: number | null;
  /** `LIST`, `MAP`, or empty. */
  nesting: string;
  type: string;
}

/** Columns of `parquet_schema(…)` in the order of `ParquetSchemaRow`, after the file's name. */
export const parquetSchemaColumns = `file_name, name, field_id, num_children,
  CASE WHEN converted_type = 'LIST' OR logical_type LIKE 'List%' THEN 'LIST'
    WHEN converted_type LIKE 'MAP%' OR logical_type LIKE 'Map%' THEN 'MAP' ELSE '' END,
  coalesce(duckdb_type, type, '')`;

/** The columns of one file. */
export function parquetLayout(rows: readonly ParquetSchemaRow[]): readonly ParquetNode[] {
  let next = 0;
  interface Tree {
    row: ParquetSchemaRow;
    below: Tree[];
  }
  const read = (): Tree => {
    const row = rows[next++]!;
    return { row, below: Array.from({ length: row.childCount ?? 0 }, read) };
  };
  const node = ({ row, below }: Tree): ParquetNode => {
    const self = { name: row.name, id: row.id, type: row.type };
    if (below.length === 0) return { ...self, kind: 'value', children: [] };
    const [inner] = below;
    if (row.nesting === 'MAP') return { ...self, kind: 'map', children: inner!.below.map(node) };
    if (row.nesting !== 'LIST') return { ...self, kind: 'struct', children: below.map(node) };
    // Parquet's LogicalTypes.md, "Backward-compatibility rules": old writers repeat the element itself.
    const own = inner!.below.length !== 1 || inner!.row.name === 'array' || /_tuple$/.test(inner!.row.name);
    return { ...self, kind: 'list', children: [node(own ? inner! : inner!.below[0]!)] };
  };
  return rows.length === 0 ? [] : read().below.map(node);
}

/** Whether all schemas have the same members under the same names wherever they have the same ids. */
export function sameNesting(schemas: readonly IcebergSchema[], schema: IcebergSchema): boolean {
  const columns = new Map(schema.fields.map(({ id, type }) => [id, type]));
  return schemas.every(({ fields }) =>
    fields.every(({ id, type }) => {
      const own = columns.get(id);
      return own === undefined || typeof own === 'string' || shapeOf(own) === shapeOf(type);
    }),
  );
}

function shapeOf(type: IcebergType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `(${type.fields.map(({ id, name, type: own }) => `${id} ${quoteName(name)} ${shapeOf(own)}`).join()})`;
    case 'list':
      return `[${shapeOf(type.element)}]`;
    case 'map':
      return `{${shapeOf(type.value)}}`;
  }
}

/**
 * SQL text of a query over files of one layout (absolute paths) that gives the columns of `schema`. A clause that
 * needs the files' virtual columns (`files.filename`, `files.file_row_number`) may be put behind it; `further`
 * expressions may name them, too.
 */
export function layoutScanSql(
  paths: readonly string[],
  layout: readonly ParquetNode[],
  schema: IcebergSchema,
  further: readonly string[] = [],
): string {
  const columns = fromIcebergFields(schema.fields).map((field) => {
    const node = layout.find(({ id }) => id === field.id);
    return `${memberSql(field, node, node && `files.${quoteName(node.name)}`, 0)} AS ${quoteName(field.name)}`;
  });
  const files = paths.map(quoteText).join(', ');
  return `SELECT ${[...columns, ...further].join(', ')} FROM read_parquet([${files}], hive_partitioning = false) AS files`;
}

function memberSql(
  field: Field,
  node: ParquetNode | undefined,
  value: string | undefined,
  depth: number,
): string {
  if (node === undefined || value === undefined) return `CAST(NULL AS ${duckdbType(field.type)})`;
  return valueSql(field.type, node, value, depth);
}

/** SQL that turns a file's value into one of `type`; `depth` keeps the names of nested lambdas apart. */
function valueSql(type: Type, node: ParquetNode, value: string, depth: number): string {
  const item = `x${depth}`;
  const [first, second] = node.children;
  if (type.kind === 'struct' && node.kind === 'struct') {
    const members = type.fields.map((field) => {
      const child = node.children.find(({ id }) => id === field.id);
      const own = child && `struct_extract(${value}, ${quoteText(child.name)})`;
      return `${quoteName(field.name)} := ${memberSql(field, child, own, depth)}`;
    });
    return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`;
  }
  if (type.kind === 'list' && node.kind === 'list') {
    return `list_transform(${value}, lambda ${item}: ${valueSql(type.element, first!, item, depth + 1)})`;
  }
  if (type.kind === 'map' && node.kind === 'map') {
    const mapped = valueSql(type.value, second!, `${item}.value`, depth + 1);
    const entries = `list_transform(map_entries(${value}), lambda ${item}: struct_pack(key := ${item}.key, value := ${mapped}))`;
    return `CASE WHEN ${value} IS NOT NULL THEN map_from_entries(${entries}) END`;
  }
  return `CAST(${value} AS ${duckdbType(type)})`;
}
