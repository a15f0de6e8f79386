/**
 * The catalog's folders: a namespace is a folder of the warehouse, a table is a folder of its namespace and lies
 * where its metadata says. Dropped tables are kept aside, so that they can be registered again.
 */
import path from 'node:path';
import { metadataDirectory, metadataFile, toPath } from '../iceberg/location.ts';
import { randomUuid } from '../iceberg/random.ts';
import { movedFrom, relocateTable } from '../iceberg/relocate.ts';
import { loadTable } from '../iceberg/table.ts';
import type { Ports, Table } from '../iceberg/types.ts';
import {
  alreadyExists,
  badRequest,
  noSuchNamespace,
  noSuchTable,
  type TableName,
  tableExists,
} from './errors.ts';
import { NamespaceProperties } from './namespace-properties.ts';
import { takeIn } from './register.ts';
import type { SnapshotCheck } from './snapshot-check.ts';

export interface Places {
  /** Absolute path. */
  warehouse: string;
  /** Folder of dropped tables; made when the first is dropped. */
  dropped: string;
  /** File of the namespaces' properties; made when the first is set. */
  namespacesFile: string;
  /** The namespace that is always there. */
  database: string;
  /** Names in it that SQL's views have. */
  views: ReadonlySet<string>;
}

/** Removes a folder with all that is in it. */
export type RemoveFolder = (directory: string) => Promise<void>;

/** Names become folders, and SQL spells all names in lower case. */
const NAME = /^[a-z0-9_][a-z0-9_-]{0,127}$/;
export const NAME_RULE = 'expected lower-case letters, digits, _ and -, at most 128';

export class Warehouse {
  readonly #ports: Ports;
  readonly #places: Places;
  readonly #removeFolder: RemoveFolder;
  readonly #checkSnapshots: SnapshotCheck;
  readonly #properties: NamespaceProperties;

  constructor(ports: Ports, places: Places, removeFolder: RemoveFolder, checkSnapshots: SnapshotCheck) {
    this.#ports = ports;
    this.#places = places;
    this.#removeFolder = removeFolder;
    this.#checkSnapshots = checkSnapshots;
    this.#properties = new NamespaceProperties(ports.disk, places.namespacesFile);
  }

  async namespaces(): Promise<string[]> {
    const folders = (await this.#ports.disk.list(this.#places.warehouse)).filter((name) => NAME.test(name));
    return [...new Set([...folders, this.#places.database])].sort();
  }

  /** Throws a 404. */
  async checkNamespace(name: string): Promise<void> {
    if (!(await this.namespaces()).includes(name)) throw noSuchNamespace(name);
  }

  /** Throws a 409 if it is there. */
  async createNamespace(name: string, properties: Readonly<Record<string, string>>): Promise<void> {
    checkName(name, 'namespace');
    if (name === 'information_schema') throw badRequest(`${name} is SQL's own schema`);
    if ((await this.namespaces()).includes(name)) throw alreadyExists(`Namespace already exists: ${name}`);
    await this.#properties.set(name, properties);
    await this.#ports.disk.mkdir(path.join(this.#places.warehouse, name));
  }

  async properties(namespace: string): Promise<Record<string, string>> {
    return await this.#properties.of(namespace);
  }

  async setProperties(namespace: string, properties: Readonly<Record<string, string>>): Promise<void> {
    await this.#properties.set(namespace, properties);
  }

  /** The caller has seen to it that no table is in it. */
  async dropNamespace(name: string): Promise<void> {
    const { disk } = this.#ports;
    const folder = path.join(this.#places.warehouse, name);
    await this.#removeFolder(await this.#setAside(folder, 'namespaces'));
    await disk.syncDir(this.#places.warehouse);
    await this.#properties.set(name, undefined);
  }

  /** Names, sorted; a folder without metadata is none (a create that was staged, and never committed). */
  async tables(namespace: string): Promise<string[]> {
    const { disk } = this.#ports;
    const tables: string[] = [];
    const folder = path.join(this.#places.warehouse, namespace);
    for (const name of (await disk.list(folder)).filter((entry) => NAME.test(entry))) {
      if (await this.has({ namespace, name })) tables.push(name);
    }
    return tables;
  }

  async has(table: TableName): Promise<boolean> {
    if (!isName(table)) return false;
    const names = await this.#ports.disk.list(metadataDirectory(this.directory(table)));
    return names.some((name) => /^v\d+\.metadata\.json$/.test(name));
  }

  /** Throws a 404. */
  async load(name: TableName): Promise<Table> {
    const table = (await this.has(name)) && (await loadTable(this.#ports.disk, this.directory(name)));
    if (!table) throw noSuchTable(name);
    return table;
  }

  /** Throws a 400 for a name that no table here can have, a 409 if the table is there. */
  async checkFree(table: TableName): Promise<void> {
    await this.checkNamespace(table.namespace);
    checkName(table.name, 'table');
    if (await this.has(table)) throw tableExists(table);
    const { database, views } = this.#places;
    if (table.namespace === database && views.has(table.name)) {
      throw alreadyExists(`View already exists: ${database}.${table.name}, in SQL`);
    }
  }

  /** Absolute path of a table's folder. */
  directory({ namespace, name }: TableName): string {
    return path.join(this.#places.warehouse, namespace, name);
  }

  /** Takes a table out of the catalog. `purge`: its files too; else they are kept aside. */
  async drop(table: TableName, purge: boolean): Promise<void> {
    const { disk } = this.#ports;
    const aside = await this.#setAside(this.directory(table), path.join(table.namespace, table.name));
    await disk.syncDir(path.dirname(this.directory(table)));
    if (purge) await this.#removeFolder(aside);
  }

  /**
   * Gives a table another name. Its folder goes with it, and all locations in its metadata are written anew. If
   * that fails, the table has its old name again; a crash in between is mended by `finishRenames`.
   */
  async rename(from: TableName, to: TableName): Promise<void> {
    await this.#move(this.directory(from), this.directory(to));
    try {
      await relocateTable(this.#ports, this.directory(to));
    } catch (error) {
      await this.#move(this.directory(to), this.directory(from));
      throw error;
    }
  }

  /**
   * Makes a metadata file's table one of the catalog's: a table that was dropped, or a folder that was put where a
   * table of this name belongs. Throws a RestError for any other file, and for a table that could not be read here;
   * then all is as it was.
   */
  async register(name: TableName, location: string): Promise<Table> {
    const file = await this.#findMetadata(name, location);
    const folder = path.dirname(path.dirname(file));
    const directory = this.directory(name);
    if (folder !== directory) await this.#move(folder, directory);
    try {
      return await takeIn(this.#ports, this.#checkSnapshots, directory, path.basename(file));
    } catch (error) {
      if (folder !== directory) await this.#move(directory, folder);
      throw badRequest(`${location} cannot be registered: ${(error as Error).message}`);
    }
  }

  async #findMetadata(name: TableName, location: string): Promise<string> {
    const { disk } = this.#ports;
    const file = filePath(location);
    const { warehouse, dropped } = this.#places;
    const inside = file === undefined ? [] : path.relative(warehouse, file).split(path.sep);
    const [namespace, table, metadata, base] = inside;
    if (file !== undefined && inside.length === 4 && metadata === 'metadata') {
      const isHere = namespace === name.namespace && table === name.name;
      if (isHere && (await disk.exists(file))) return file;
      const kept = path.join(dropped, namespace!, table!);
      for (const id of (await disk.list(kept)).reverse()) {
        const candidate = path.join(kept, id, 'metadata', base!);
        if (await disk.exists(candidate)) return candidate;
      }
    }
    throw badRequest(
      `${location.slice(0, 500)} cannot be registered: expected the metadata file of a table that was dropped here, ` +
        `or of one whose folder was put at ${this.directory(name)}`,
    );
  }

  /** Takes a folder out of the warehouse; where it is then. The newest of several sorts last. */
  async #setAside(folder: string, place: string): Promise<string> {
    const { clock, random } = this.#ports;
    const time = String(clock.now()).padStart(15, '0');
    const aside = path.join(this.#places.dropped, place, `${time}-${randomUuid(random)}`);
    await this.#move(folder, aside);
    return aside;
  }

  async #move(from: string, to: string): Promise<void> {
    const { disk } = this.#ports;
    await disk.mkdir(path.dirname(to));
    await disk.rename(from, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      throw alreadyExists(`${to} is there already, though it holds no table`);
    });
    await disk.syncDir(path.dirname(to));
    await disk.syncDir(path.dirname(from));
  }
}

/** Mends tables whose renaming a crash broke off: their folder has the new name, their metadata says the old one. */
export async function finishRenames(ports: Ports, warehouse: string): Promise<void> {
  for (const namespace of await ports.disk.list(warehouse)) {
    for (const name of await ports.disk.list(path.join(warehouse, namespace))) {
      const directory = path.join(warehouse, namespace, name);
      const table = await loadTable(ports.disk, directory);
      const from = table && movedFrom(table.metadata, directory);
      // A folder that is still there was copied; one outside belongs to a home that was moved.
      if (from === undefined || !from.startsWith(`${warehouse}${path.sep}`)) continue;
      if (!(await ports.disk.exists(from))) await relocateTable(ports, directory);
    }
  }
}

function isName({ namespace, name }: TableName): boolean {
  return NAME.test(namespace) && NAME.test(name);
}

function checkName(name: string, what: string): void {
  if (!NAME.test(name)) throw badRequest(`the ${what} "${name.slice(0, 200)}" cannot be made: ${NAME_RULE}`);
}

function filePath(location: string): string | undefined {
  try {
    return path.resolve(toPath(location));
  } catch {
    return undefined;
  }
}

/** URI of the file that holds a table's metadata. */
export function metadataLocation({ directory, version }: Table): string {
  return `file://${metadataFile(directory, version)}`;
}
