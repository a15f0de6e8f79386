/** Databases, tables and views as a role may know of them: what SHOW, the information schema, Glue and Athena tell. */
import { isRestricted, type Role } from '../../lake/grants.ts';
import { fromIcebergFields, type IcebergField } from '../../lake/iceberg.ts';
import type { ViewDefinition } from '../../lake/queries.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Field } from '../../lake/types.ts';
import type { Table } from '../iceberg/types.ts';
import type { SqlCatalog } from './catalog.ts';
import { SqlError } from './errors.ts';

export interface Relation {
  database: string;
  name: string;
  comment: string;
  /** Those that may be seen, in order. */
  columns: readonly Field[];
  /** Of a table: its metadata file. */
  table?: Table;
  /** Of a view: its query. */
  select?: string;
}

/** Columns of a view for a role. Throws a SqlError if it names what the role may not see. */
export type ViewColumns = (view: string, role: Role) => Promise<readonly Field[]>;

function readFields(fields: readonly IcebergField[], table: string): Field[] {
  try {
    return fromIcebergFields(fields);
  } catch (error) {
    throw new SqlError('NOT_SUPPORTED', `${table}: ${(error as Error).message}`);
  }
}

export class Metastore {
  readonly #catalog: SqlCatalog;
  readonly #views: ReadonlyMap<string, ViewDefinition>;
  readonly #viewColumns: ViewColumns;

  constructor(catalog: SqlCatalog, views: readonly ViewDefinition[], viewColumns: ViewColumns) {
    this.#catalog = catalog;
    this.#views = new Map(views.map((view) => [view.name.toLowerCase(), view]));
    this.#viewColumns = viewColumns;
  }

  /** Names, sorted. */
  async databases(role: Role): Promise<string[]> {
    return [...new Set([...(await this.#catalog.databases(role)), localDatabase])].sort();
  }

  /** Names of the tables and views of a database, sorted. */
  async names(database: string, role: Role): Promise<string[]> {
    const names = new Set(await this.#catalog.tables(database, role));
    for (const view of database === localDatabase ? this.#views.keys() : []) {
      if (!isRestricted(role) || (await this.#view(view, role)) !== undefined) names.add(view);
    }
    return [...names].sort();
  }

  /** All tables and views of a database that can be read, by name; why one cannot, a query on it tells. */
  async relations(database: string, role: Role): Promise<Relation[]> {
    const relations: Relation[] = [];
    for (const name of await this.names(database, role)) {
      const relation = await this.relation(database, name, role).catch(() => undefined);
      if (relation !== undefined) relations.push(relation);
    }
    return relations;
  }

  /**
   * Undefined if there is none, or the role may not see it. Views come before tables, as in queries. Throws a SqlError
   * for a table of another engine with types that do not run here.
   */
  async relation(database: string, name: string, role: Role): Promise<Relation | undefined> {
    if (database === localDatabase && this.#views.has(name)) return this.#view(name, role);
    const snapshot = await this.#catalog.snapshot(database, name, role);
    if (snapshot?.table === undefined) return undefined;
    const { schema, table } = snapshot;
    const comment = table.metadata.properties.comment ?? '';
    return { database, name, comment, columns: readFields(schema.fields, `${database}.${name}`), table };
  }

  async #view(name: string, role: Role): Promise<Relation | undefined> {
    const { purpose, select } = this.#views.get(name)!;
    try {
      const columns = await this.#viewColumns(name, role);
      return { database: localDatabase, name, comment: purpose, columns, select };
    } catch (error) {
      if (error instanceof SqlError) return undefined;
      throw error;
    }
  }
}
