/** What the catalog does when it is asked: requests and answers in the words of the protocol. */
import type { Contract } from '../../lake/types.ts';
import {
  badRequest,
  noSuchNamespace,
  noSuchTable,
  RestError,
  type TableName,
  unsupported,
} from './errors.ts';
import { type Json, listAt, objectAt, textAt, textListAt, textMapAt } from './fields.ts';
import { guardFate } from './guard.ts';
import { loaded, type Tables } from './tables.ts';
import { NAME_RULE, type Warehouse } from './warehouse.ts';

export interface Call {
  /** What stands in the path where the pattern has braces. */
  names: Readonly<Record<string, string>>;
  query: URLSearchParams;
  ifNoneMatch: string | undefined;
  /** Throws a 400 if it is no JSON object. */
  body(): Json;
}

/** JSON text answered with 200, or a status of its own. */
export type Result = string | { status: number; body?: string; etag?: string };

const nothing = { status: 204 };

export class Operations {
  readonly #warehouse: Warehouse;
  readonly #tables: Tables;
  readonly #contractOf: (table: TableName) => Contract | undefined;

  constructor(warehouse: Warehouse, tables: Tables, contractOf: (table: TableName) => Contract | undefined) {
    this.#warehouse = warehouse;
    this.#tables = tables;
    this.#contractOf = contractOf;
  }

  async listNamespaces({ query }: Call): Promise<Result> {
    const parent = query.get('parent') ?? '';
    const names = await this.#warehouse.namespaces();
    if (parent !== '' && !names.includes(parent)) throw noSuchNamespace(parent);
    // Namespaces have one level here.
    const { items, ...next } = page(parent === '' ? names : [], query);
    return JSON.stringify({ namespaces: items.map((name) => [name]), ...next });
  }

  async createNamespace({ body }: Call): Promise<Result> {
    const request = body();
    const namespace = namespaceOf(request);
    const properties = textMapAt(request, 'properties');
    checkNoLocation(properties);
    await this.#warehouse.createNamespace(namespace, properties);
    return JSON.stringify({ namespace: [namespace], properties });
  }

  async loadNamespace({ names }: Call): Promise<Result> {
    const namespace = await this.#namespace(names);
    const properties = await this.#warehouse.properties(namespace);
    return JSON.stringify({ namespace: [namespace], properties });
  }

  async dropNamespace({ names }: Call): Promise<Result> {
    const namespace = await this.#namespace(names);
    const [table] = await this.#warehouse.tables(namespace);
    if (table !== undefined) {
      throw new RestError(
        409,
        'NamespaceNotEmptyException',
        `Namespace ${namespace} is not empty: it has the table ${table}`,
      );
    }
    await this.#warehouse.dropNamespace(namespace);
    return nothing;
  }

  async updateProperties({ names, body }: Call): Promise<Result> {
    const namespace = await this.#namespace(names);
    const request = body();
    const updates = textMapAt(request, 'updates');
    const removals = [...new Set(textListAt(request, 'removals'))];
    const both = removals.find((name) => Object.hasOwn(updates, name));
    if (both !== undefined) {
      throw new RestError(422, 'UnprocessableEntityException', `${both} is to be both set and removed`);
    }
    checkNoLocation(updates);
    const before = await this.#warehouse.properties(namespace);
    const kept = Object.entries(before).filter(([name]) => !removals.includes(name));
    await this.#warehouse.setProperties(namespace, { ...Object.fromEntries(kept), ...updates });
    return JSON.stringify({
      updated: Object.keys(updates),
      removed: removals.filter((name) => Object.hasOwn(before, name)),
      missing: removals.filter((name) => !Object.hasOwn(before, name)),
    });
  }

  async listTables({ names, query }: Call): Promise<Result> {
    const namespace = await this.#namespace(names);
    const { items, ...next } = page(await this.#warehouse.tables(namespace), query);
    return JSON.stringify({ identifiers: items.map((name) => ({ namespace: [namespace], name })), ...next });
  }

  async createTable({ names, body }: Call): Promise<Result> {
    return this.#tables.create(await this.#namespace(names), body());
  }

  async loadTable({ names, query, ifNoneMatch }: Call): Promise<Result> {
    const snapshots = query.get('snapshots') ?? 'all';
    if (snapshots !== 'all' && snapshots !== 'refs') throw badRequest('snapshots must be all or refs');
    const { etag, body } = await this.#tables.load(tableOf(names), snapshots);
    return ifNoneMatch === etag ? { status: 304, etag } : { status: 200, body, etag };
  }

  async commitTable({ names, body }: Call): Promise<Result> {
    return this.#tables.commit(tableOf(names), body());
  }

  async dropTable({ names, query }: Call): Promise<Result> {
    const table = await this.#existing(tableOf(names));
    guardFate(this.#contractOf(table), 'dropped');
    await this.#warehouse.drop(table, query.get('purgeRequested')?.toLowerCase() === 'true');
    return nothing;
  }

  async registerTable({ names, body }: Call): Promise<Result> {
    const request = body();
    const table = { namespace: await this.#namespace(names), name: textAt(request, 'name') };
    if (request.overwrite === true) throw unsupported('a table that is there is not registered over');
    await this.#warehouse.checkFree(table);
    const registered = await this.#warehouse.register(table, textAt(request, 'metadata-location'));
    return loaded(registered, registered.metadata);
  }

  async renameTable({ body }: Call): Promise<Result> {
    const request = body();
    const [from, to] = ['source', 'destination'].map((member) => {
      const identifier = objectAt(request, member);
      return { namespace: namespaceOf(identifier), name: textAt(identifier, 'name') };
    });
    await this.#existing(from!);
    await this.#warehouse.checkFree(to!);
    guardFate(this.#contractOf(from!), 'renamed');
    await this.#warehouse.rename(from!, to!);
    return nothing;
  }

  /** What clients measured of their scans and commits is taken, and not kept. */
  async reportMetrics({ names, body }: Call): Promise<Result> {
    await this.#existing(tableOf(names));
    textAt(body(), 'report-type');
    return nothing;
  }

  /** No view is kept here: SQL's views are files of the project. */
  async listViews({ names }: Call): Promise<Result> {
    await this.#namespace(names);
    return JSON.stringify({ identifiers: [] });
  }

  async noSuchView({ names }: Call): Promise<Result> {
    const name = `${names.namespace}.${names.view}`;
    throw new RestError(
      404,
      'NoSuchViewException',
      `View does not exist: ${name}: this catalog keeps tables only`,
    );
  }

  async refuseViews(): Promise<Result> {
    throw unsupported('this catalog keeps tables only; views are files in queries/views');
  }

  async refuseTransactions(): Promise<Result> {
    throw unsupported(
      'a commit is atomic for one table: each has its own metadata file, and nothing joins two; commit them one by one',
    );
  }

  async #namespace({ namespace }: Readonly<Record<string, string>>): Promise<string> {
    await this.#warehouse.checkNamespace(namespace!);
    return namespace!;
  }

  async #existing(table: TableName): Promise<TableName> {
    if (!(await this.#warehouse.has(table))) throw noSuchTable(table);
    return table;
  }
}

function tableOf({ namespace, table }: Readonly<Record<string, string>>): TableName {
  return { namespace: namespace!, name: table! };
}

/** The one level of a namespace. */
function namespaceOf(json: Json): string {
  const levels = listAt(json, 'namespace');
  const [name] = levels;
  if (levels.length === 1 && typeof name === 'string') return name;
  throw badRequest(`a namespace has one level here, found ${levels.length}; ${NAME_RULE}`);
}

function checkNoLocation(properties: Readonly<Record<string, string>>): void {
  if (properties.location !== undefined) {
    throw badRequest('a namespace has no location of its own choice: it is a folder of the warehouse');
  }
}

/** A page of sorted names (REST catalog, "PageToken"): the token is the last name of the page before. */
function page(
  names: readonly string[],
  query: URLSearchParams,
): { items: string[]; 'next-page-token'?: string } {
  const after = query.get('pageToken') ?? '';
  const rest = names.filter((name) => name > after);
  const asked = query.get('pageSize');
  if (asked === null) return { items: rest };
  const size = Number(asked);
  if (!Number.isSafeInteger(size) || size < 1) throw badRequest('pageSize must be a whole number from 1');
  const items = rest.slice(0, size);
  return rest.length > size ? { items, 'next-page-token': items.at(-1)! } : { items };
}
