/** DuckDB's types as those of contracts. */
import {
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import type { Field, Type } from '../../lake/types.ts';

const kinds: Partial<Record<DuckDBTypeId, Type>> = {
  [DuckDBTypeId.BOOLEAN]: { kind: 'boolean' },
  [DuckDBTypeId.TINYINT]: { kind: 'int' },
  [DuckDBTypeId.SMALLINT]: { kind: 'int' },
  [DuckDBTypeId.INTEGER]: { kind: 'int' },
  [DuckDBTypeId.BIGINT]: { kind: 'long' },
  [DuckDBTypeId.UBIGINT]: { kind: 'long' },
  [DuckDBTypeId.HUGEINT]: { kind: 'decimal', precision: 38, scale: 0 },
  [DuckDBTypeId.FLOAT]: { kind: 'float' },
  [DuckDBTypeId.DOUBLE]: { kind: 'double' },
  [DuckDBTypeId.DATE]: { kind: 'date' },
  [DuckDBTypeId.TIMESTAMP]: { kind: 'timestamp' },
  [DuckDBTypeId.TIMESTAMP_MS]: { kind: 'timestamp' },
  [DuckDBTypeId.TIMESTAMP_TZ]: { kind: 'timestamptz' },
  [DuckDBTypeId.BLOB]: { kind: 'binary' },
};

export function columnType(type: DuckDBType): Type {
  if (type instanceof DuckDBDecimalType) return { kind: 'decimal', precision: type.width, scale: type.scale };
  if (type instanceof DuckDBListType) {
    return { kind: 'list', elementId: 0, element: columnType(type.valueType), elementRequired: false };
  }
  if (type instanceof DuckDBMapType) {
    return { kind: 'map', keyId: 0, valueId: 0, value: columnType(type.valueType), valueRequired: false };
  }
  if (type instanceof DuckDBStructType) {
    return {
      kind: 'struct',
      fields: type.entryTypes.map((own, at) =>
        unstored(at + 1, type.entryNames[at] || `field${at}`, columnType(own)),
      ),
    };
  }
  return kinds[type.typeId] ?? { kind: 'string' };
}

/** A column that a query makes. Its id is its position; nothing is stored under it. */
export function unstored(id: number, name: string, type: Type): Field {
  return { id, name, type, required: false, pii: false, aliases: [] };
}
