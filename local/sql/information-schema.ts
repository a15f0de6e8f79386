/** `information_schema`: tables, views, columns and schemata as Trino shows them, made of what the caller may see. */
import type { Role } from '../../lake/grants.ts';
import { trinoType } from '../../lake/trino.ts';
import type { SqlCatalog } from './catalog.ts';
import { SqlError } from './errors.ts';
import { column, type MetadataRows, rowsSql } from './metadata/columns.ts';
import type { Metastore, Relation } from './metastore.ts';

export const informationSchema = 'information_schema';
const catalogName = 'awsdatacatalog';

/** A catalog with one more database. */
export function withInformationSchema(catalog: SqlCatalog, metastore: Metastore): SqlCatalog {
  return {
    ...catalog,
    tables: async (database, role) =>
      database === informationSchema ? Object.keys(tables).sort() : catalog.tables(database, role),
    async snapshot(database, name, role, version) {
      if (database !== informationSchema) return catalog.snapshot(database, name, role, version);
      if (!Object.hasOwn(tables, name)) return undefined;
      if (version !== undefined) {
        throw new SqlError(
          'NOT_SUPPORTED',
          `${database}.${name} has no versions: it tells of the tables as they are`,
        );
      }
      return {
        schema: { type: 'struct', 'schema-id': 0, fields: [] },
        plan: async () => ({
          sql: rowsSql(await tables[name]!(metastore, role)),
          bytes: 0,
          files: 0,
          rows: 0,
        }),
      };
    },
  };
}

const text = (name: string) => column(name, 'VARCHAR');

const tables: Readonly<Record<string, (metastore: Metastore, role: Role) => Promise<MetadataRows>>> = {
  schemata: async (metastore, role) => ({
    columns: [text('catalog_name'), text('schema_name')],
    rows: [...(await metastore.databases(role)), informationSchema].sort().map((name) => ({
      catalog_name: catalogName,
      schema_name: name,
    })),
  }),
  tables: async (metastore, role) => ({
    columns: [text('table_catalog'), text('table_schema'), text('table_name'), text('table_type')],
    rows: (await relations(metastore, role)).map((relation) => ({
      ...nameOf(relation),
      table_type: relation.select === undefined ? 'BASE TABLE' : 'VIEW',
    })),
  }),
  views: async (metastore, role) => ({
    columns: [text('table_catalog'), text('table_schema'), text('table_name'), text('view_definition')],
    rows: (await relations(metastore, role)).flatMap((relation) =>
      relation.select === undefined ? [] : [{ ...nameOf(relation), view_definition: relation.select }],
    ),
  }),
  columns: async (metastore, role) => ({
    columns: [
      text('table_catalog'),
      text('table_schema'),
      text('table_name'),
      text('column_name'),
      column('ordinal_position', 'BIGINT'),
      text('column_default'),
      text('is_nullable'),
      text('data_type'),
    ],
    rows: (await relations(metastore, role)).flatMap((relation) =>
      relation.columns.map(({ name, type, required }, at) => ({
        ...nameOf(relation),
        column_name: name,
        ordinal_position: at + 1,
        column_default: null,
        is_nullable: required ? 'NO' : 'YES',
        data_type: trinoType(type),
      })),
    ),
  }),
};

async function relations(metastore: Metastore, role: Role): Promise<Relation[]> {
  const found: Relation[] = [];
  for (const database of await metastore.databases(role)) {
    found.push(...(await metastore.relations(database, role)));
  }
  return found;
}

function nameOf({ database, name }: Relation): object {
  return { table_catalog: catalogName, table_schema: database, table_name: name };
}
