/**
 * Rows without field names, `ROW(1, 'a')`: DuckDB's client hands their values over by name, so that all but the
 * last would be lost. A result that holds some gets Trino's names for them, field0, field1 …
 */
import { DuckDBListType, DuckDBMapType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api';
import { quoteName } from '../../lake/duckdb.ts';

/** The query, wrapped if one of its columns needs it. */
export function nameRowFields(sql: string, names: readonly string[], types: readonly DuckDBType[]): string {
  if (!types.some(hasUnnamed)) return sql;
  const inner = types.map((_, at) => `c${at}`);
  const columns = types.map((type, at) => {
    const value = hasUnnamed(type) ? `CAST(c${at} AS ${typeSql(type)})` : `c${at}`;
    return `${value} AS ${quoteName(names[at]!)}`;
  });
  return `SELECT ${columns.join(', ')} FROM (${sql}) AS result(${inner.join(', ')})`;
}

function hasUnnamed(type: DuckDBType): boolean {
  if (type instanceof DuckDBStructType)
    return type.entryNames.includes('') || type.entryTypes.some(hasUnnamed);
  if (type instanceof DuckDBListType) return hasUnnamed(type.valueType);
  return type instanceof DuckDBMapType && (hasUnnamed(type.keyType) || hasUnnamed(type.valueType));
}

function typeSql(type: DuckDBType): string {
  if (type instanceof DuckDBListType) return `${typeSql(type.valueType)}[]`;
  if (type instanceof DuckDBMapType) return `MAP(${typeSql(type.keyType)}, ${typeSql(type.valueType)})`;
  if (!(type instanceof DuckDBStructType)) return type.toString();
  const fields = type.entryTypes.map(
    (entry, at) => `${quoteName(type.entryNames[at] || `field${at}`)} ${typeSql(entry)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}
