/** The columns of a view: DuckDB is asked for the types of its query, and nothing is read. */
import {
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { quoteName } from '../../lake/duckdb.ts';
import type { Role } from '../../lake/grants.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Field, Type } from '../../lake/types.ts';
import { checkStatement } from './cage.ts';
import type { SqlCatalog } from './catalog.ts';
import type { Database } from './database.ts';
import { fromDuckDb } from './errors.ts';
import { parseQuery, printQuery } from './parser.ts';
import { makeViews } from './relations.ts';
import { rewrite } from './rewrite.ts';
import type { Views } from './views.ts';

/** Throws a SqlError if the view cannot be read by that role. */
export async function viewColumns(
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  name: string,
  role: Role,
): Promise<Field[]> {
  const connection = await database.connect();
  try {
    const statement = await parseQuery(connection, `SELECT * FROM ${quoteName(name)}`);
    const uses = checkStatement(statement, localDatabase, views);
    await connection.run('BEGIN TRANSACTION');
    await makeViews(connection, database, catalog, uses, role, { onlyTypes: true });
    const prepared = await connection.prepare(
      await printQuery(connection, rewrite(statement, database.templates)),
    );
    return Array.from({ length: prepared.columnCount }, (_, at) =>
      column(at + 1, prepared.columnName(at).toLowerCase(), prepared.columnType(at)),
    );
  } catch (error) {
    throw fromDuckDb(error);
  } finally {
    connection.closeSync();
  }
}

/** Ids of a view's columns are their positions; nothing is stored under them. */
function column(id: number, name: string, type: DuckDBType): Field {
  return { id, name, type: typeOf(type), required: false, pii: false, aliases: [] };
}

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

function typeOf(type: DuckDBType): Type {
  if (type instanceof DuckDBDecimalType) return { kind: 'decimal', precision: type.width, scale: type.scale };
  if (type instanceof DuckDBListType) {
    return { kind: 'list', elementId: 0, element: typeOf(type.valueType), elementRequired: false };
  }
  if (type instanceof DuckDBMapType) {
    return { kind: 'map', keyId: 0, valueId: 0, value: typeOf(type.valueType), valueRequired: false };
  }
  if (type instanceof DuckDBStructType) {
    return {
      kind: 'struct',
      fields: type.entryTypes.map((own, at) => column(at + 1, type.entryNames[at] || `field${at}`, own)),
    };
  }
  return kinds[type.typeId] ?? { kind: 'string' };
}
