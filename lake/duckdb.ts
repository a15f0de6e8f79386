/**
 * How a table is spelt for DuckDB: types, and the SQL that reads staged rows and Parquet files.
 *
 * Staged rows are NDJSON, one object per line, as the transform emits them for Firehose: strings and booleans as
 * they are; int and long as JSON numbers, or as numeric strings beyond 2^53; float and double as numbers or the
 * strings "NaN", "Infinity", "-Infinity"; decimals as strings; date as "YYYY-MM-DD"; timestamps as integer
 * microseconds; binary as base64; struct and map as objects, list as an array. A missing member is NULL; unknown
 * members are ignored.
 */
import { fromIcebergFields, type IcebergSchema } from './iceberg.ts';
import { transformParameter } from './transforms.ts';
import type { Field, Transform, Type } from './types.ts';

/** An identifier, quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal, quoted. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** SQL of a column, or of a member of structs: NULL where a struct on the way is. */
export function columnPath([column, ...members]: readonly string[]): string {
  return members.reduce((value, name) => `struct_extract(${value}, ${quoteText(name)})`, quoteName(column!));
}

/** DuckDB's name of a column type. */
export function duckdbType(type: Type): string {
  switch (type.kind) {
    case 'boolean':
      return 'BOOLEAN';
    case 'int':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'string':
      return 'VARCHAR';
    case 'binary':
      return 'BLOB';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMP WITH TIME ZONE';
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    default:
      return nestedType(type, duckdbType);
  }
}

type NestedType = Extract<Type, { kind: 'struct' | 'list' | 'map' }>;

function nestedType(type: NestedType, spell: (type: Type) => string): string {
  switch (type.kind) {
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${spell(field.type)}`).join(', ')})`;
    case 'list':
      return `${spell(type.element)}[]`;
    case 'map':
      return `MAP(VARCHAR, ${spell(type.value)})`;
  }
}

/** The type that a staged JSON value is read as, before `columnExpression` makes it the column's. */
function jsonType(type: Type): string {
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz':
      return 'BIGINT';
    case 'binary':
      return 'VARCHAR';
    case 'struct':
    case 'list':
    case 'map':
      return nestedType(type, jsonType);
    default:
      return duckdbType(type);
  }
}

/** `columns={…}` of `read_json`: how each column's staged value is read. */
export function stagedColumns(fields: readonly Field[]): string {
  return `{${fields.map((field) => `${quoteName(field.name)}: ${quoteText(jsonType(field.type))}`).join(', ')}}`;
}

/** The select list that turns the columns of `stagedColumns` into the table's, same names and order. */
export function stagedSelectList(fields: readonly Field[]): string {
  return fields
    .map((field) => {
      const name = quoteName(field.name);
      return `${columnExpression(field.type, name, 0)} AS ${name}`;
    })
    .join(', ');
}

/** SQL that turns a staged value into the column's type; `depth` keeps the names of nested lambdas apart. */
function columnExpression(type: Type, value: string, depth: number): string {
  if (jsonType(type) === duckdbType(type)) return value;
  const item = `x${depth}`;
  switch (type.kind) {
    case 'timestamp':
      return `make_timestamp(${value})`;
    case 'timestamptz':
      return `make_timestamptz(${value})`;
    case 'binary':
      return `from_base64(${value})`;
    case 'struct': {
      const members = type.fields.map((field) => {
        const member = `struct_extract(${value}, ${quoteText(field.name)})`;
        return `${quoteName(field.name)} := ${columnExpression(field.type, member, depth)}`;
      });
      return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${members.join(', ')}) END`;
    }
    case 'list':
      return `list_transform(${value}, lambda ${item}: ${columnExpression(type.element, item, depth + 1)})`;
    case 'map': {
      const mapped = columnExpression(type.value, `${item}.value`, depth + 1);
      const entry = `struct_pack(key := ${item}.key, value := ${mapped})`;
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`;
    }
    default:
      return value;
  }
}

/** The `FIELD_IDS {…}` literal of a Parquet `COPY`. */
export function fieldIds(fields: readonly Field[]): string {
  return `{${fields.map((field) => `${quoteName(field.name)}: ${fieldId(field.id, field.type)}`).join(', ')}}`;
}

function fieldId(id: number, type: Type): string {
  switch (type.kind) {
    case 'struct':
      return `{__duckdb_field_id: ${id}, ${fieldIds(type.fields).slice(1)}`;
    case 'list':
      return `{__duckdb_field_id: ${id}, element: ${fieldId(type.elementId, type.element)}}`;
    case 'map':
      return `{__duckdb_field_id: ${id}, key: ${type.keyId}, value: ${fieldId(type.valueId, type.value)}}`;
    default:
      return String(id);
  }
}

/**
 * SQL text of a query over Parquet files (absolute paths) whose columns are matched by field id, and named and
 * typed as in `schema`; a file that lacks a column gives NULL. Members of structs are matched by name: for files of
 * a schema with other members there is `layoutScanSql`. A clause that needs the files' virtual columns
 * (`files.filename`, `files.file_row_number`) may be put behind it; `select` may name them, too.
 */
export function parquetScanSql(paths: readonly string[], schema: IcebergSchema, select = 'files.*'): string {
  const fields = fromIcebergFields(schema.fields);
  if (paths.length === 0) {
    const columns = fields.map((field) => `NULL::${duckdbType(field.type)} AS ${quoteName(field.name)}`);
    return `SELECT ${columns.join(', ')} WHERE false`;
  }
  const columns = fields.map((field) => {
    const type = quoteText(duckdbType(field.type));
    return `${field.id}: {name: ${quoteText(field.name)}, type: ${type}, default_value: NULL}`;
  });
  const files = paths.map(quoteText).join(', ');
  return `SELECT ${select} FROM read_parquet([${files}], schema = MAP {${columns.join(', ')}}, hive_partitioning = false) AS files`;
}

/** Hash functions behind `bucket[N]`, which DuckDB lacks; whoever runs `transformExpression` registers them. */
export const hashFunctions = {
  text: 'iceberg_hash_text',
  long: 'iceberg_hash_long',
  bytes: 'iceberg_hash_bytes',
  decimal: 'iceberg_hash_decimal_text',
} as const;

/** SQL of a partition or sort transform of `value`, an expression of the column's type. NULL stays NULL. */
export function transformExpression(transform: Transform, type: Type, value: string): string {
  // A time zone counts nothing here: partitions are in UTC, and so must be the session.
  const time = type.kind === 'timestamptz' ? `(${value} AT TIME ZONE 'UTC')` : value;
  switch (transform) {
    case 'identity':
      return value;
    case 'void':
      return 'NULL::INTEGER';
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      // date_diff counts the boundaries between the two, which is floor division also before 1970.
      return `date_diff('${transform}', TIMESTAMP '1970-01-01', ${time}::TIMESTAMP)::INTEGER`;
    default: {
      const parameter = transformParameter(transform);
      return transform.startsWith('bucket')
        ? `((${hashExpression(type, value)} & 2147483647) % ${parameter})::INTEGER`
        : truncateExpression(type, value, parameter);
    }
  }
}

function hashExpression(type: Type, value: string): string {
  switch (type.kind) {
    case 'int':
    case 'long':
      return `${hashFunctions.long}(${value}::BIGINT)`;
    case 'date':
      return `${hashFunctions.long}(date_diff('day', DATE '1970-01-01', ${value}))`;
    case 'timestamp':
    case 'timestamptz':
      return `${hashFunctions.long}(epoch_us(${value}))`;
    case 'string':
      return `${hashFunctions.text}(${value})`;
    case 'binary':
      return `${hashFunctions.bytes}(${value})`;
    case 'decimal':
      return `${hashFunctions.decimal}(${value}::VARCHAR)`;
    default:
      throw new Error(`bucket cannot be taken of a ${type.kind} column`);
  }
}

function truncateExpression(type: Type, value: string, width: number): string {
  switch (type.kind) {
    case 'int':
    case 'long':
      return `(${value} - ((${value} % ${width}) + ${width}) % ${width})::${duckdbType(type)}`;
    case 'decimal': {
      // The width counts unscaled units: truncate[50] of a decimal(9, 2) cuts to steps of 0.50.
      const step = `(${width}::DECIMAL(38, 0) / 1${'0'.repeat(type.scale)})`;
      return `(${value} - ((${value} % ${step}) + ${step}) % ${step})::${duckdbType(type)}`;
    }
    case 'string':
      return `left(${value}, ${width})`;
    case 'binary':
      return `unhex(left(hex(${value}), ${width * 2}))`;
    default:
      throw new Error(`truncate cannot be taken of a ${type.kind} column`);
  }
}
