/** The catalog's operations on one table: create, load, commit. */

import type { Contract } from '../../lake/types.ts';
import { commit } from '../iceberg/commit.ts';
import { stringifyJson } from '../iceberg/json.ts';
import { toUri } from '../iceberg/location.ts';
import { newMetadata, type TablePieces } from '../iceberg/metadata.ts';
import { failedRequirement } from '../iceberg/metadata-requirements.ts';
import { randomUuid } from '../iceberg/random.ts';
import { publishTable } from '../iceberg/table.ts';
import type { Ports, Snapshot, Table, TableMetadata } from '../iceberg/types.ts';
import { badRequest, commitFailed, type TableName, tableExists } from './errors.ts';
import { type Json, listAt, objectAt, optionalTextAt, textAt, textMapAt } from './fields.ts';
import { guardChange } from './guard.ts';
import { checkLocation } from './locations.ts';
import { checkProperties } from './properties.ts';
import { readRequirements } from './requirements.ts';
import { numberAnew, readSchema, readSortOrder, readSpec } from './schema.ts';
import type { SnapshotCheck } from './snapshot-check.ts';
import { planUpdates } from './updates.ts';
import { metadataLocation, type Warehouse } from './warehouse.ts';

export class Tables {
  readonly #ports: Ports;
  readonly #warehouse: Warehouse;
  readonly #contractOf: (table: TableName) => Contract | undefined;
  readonly #check: SnapshotCheck;

  constructor(
    ports: Ports,
    warehouse: Warehouse,
    contractOf: (table: TableName) => Contract | undefined,
    checkSnapshots: SnapshotCheck,
  ) {
    this.#ports = ports;
    this.#warehouse = warehouse;
    this.#contractOf = contractOf;
    this.#check = checkSnapshots;
  }

  /** `createTable`. Staged, nothing is made: the client gets what its first commit is to begin with. */
  async create(namespace: string, body: Json): Promise<string> {
    const name = { namespace, name: textAt(body, 'name') };
    await this.#warehouse.checkFree(name);
    const directory = this.#warehouse.directory(name);
    const location = optionalTextAt(body, 'location');
    if (location !== undefined) checkLocation(location, directory);
    const metadata = newMetadata(piecesOf(body, directory), {
      uuid: randomUuid(this.#ports.random),
      location: toUri(directory),
      nowMs: this.#ports.clock.now(),
    });
    if (body['stage-create'] === true) return loaded(undefined, metadata);
    const table = await this.#publish(name, metadata);
    return loaded(table, metadata);
  }

  /** `loadTable`. `refs`: only the snapshots that branches and tags point to. */
  async load(name: TableName, snapshots: 'all' | 'refs'): Promise<{ etag: string; body: string }> {
    const table = await this.#warehouse.load(name);
    const { metadata } = table;
    const etag = `"${metadata['table-uuid']}-${table.version}-${snapshots}"`;
    return { etag, body: loaded(table, snapshots === 'refs' ? withRefsOnly(metadata) : metadata) };
  }

  /** `updateTable`: all of the updates, if all of the requirements hold, in one new version; else nothing. */
  async commit(name: TableName, body: Json): Promise<string> {
    const requirements = readRequirements(listAt(body, 'requirements'));
    const updates = listAt(body, 'updates');
    if (requirements.create) return this.#commitCreate(name, updates);
    const contract = this.#contractOf(name);
    const table = await this.#warehouse.load(name);
    const checked = new Set<Snapshot['manifest-list']>();
    const result = await commit(this.#ports, table, async (metadata) => {
      const failed = failedRequirement(metadata, requirements.others);
      if (failed !== undefined) throw commitFailed(failed);
      const planned = planUpdates(metadata, updates, table.directory);
      guardChange(metadata, planned, contract);
      await this.#checkSnapshots(table.directory, metadata, planned.after, contract, checked);
      return planned.updates.length === 0 ? undefined : planned.updates;
    });
    return loaded(result.table, result.table.metadata);
  }

  /** The commit that ends a staged create: the table begins with what the updates say. */
  async #commitCreate(name: TableName, updates: readonly unknown[]): Promise<string> {
    const directory = this.#warehouse.directory(name);
    if (await this.#warehouse.has(name)) throw commitFailed('Requirement failed: table already exists');
    await this.#warehouse.checkFree(name);
    const nowMs = this.#ports.clock.now();
    const begin: TableMetadata = {
      ...newMetadata(nothing, {
        uuid: uuidOf(updates) ?? randomUuid(this.#ports.random),
        location: toUri(directory),
        nowMs,
      }),
      schemas: [],
      'current-schema-id': -1,
      'partition-specs': [],
      'default-spec-id': -1,
      'sort-orders': [],
      'default-sort-order-id': -1,
    };
    const planned = planUpdates(begin, updates, directory);
    guardChange(begin, planned, undefined);
    const metadata = whole(planned.after);
    await this.#checkSnapshots(directory, begin, metadata, undefined, new Set());
    const table = await this.#publish(name, metadata);
    return loaded(table, metadata);
  }

  /** Looks at the files of snapshots that are new, once for all attempts. */
  async #checkSnapshots(
    directory: string,
    before: TableMetadata,
    after: TableMetadata,
    contract: Contract | undefined,
    checked: Set<string>,
  ): Promise<void> {
    const added = after.snapshots.filter(
      (snapshot) => !before.snapshots.includes(snapshot) && !checked.has(snapshot['manifest-list']),
    );
    const table = { directory, metadata: after, isOurs: contract !== undefined };
    await this.#check(this.#ports.disk, table, added);
    for (const snapshot of added) checked.add(snapshot['manifest-list']);
  }

  async #publish(name: TableName, metadata: TableMetadata): Promise<Table> {
    const table = { directory: this.#warehouse.directory(name), version: 1, metadata };
    return publishTable(this.#ports.disk, table).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw tableExists(name);
    });
  }
}

/** REST catalog, "LoadTableResult" and "CommitTableResponse". Snapshot ids keep all their digits. */
export function loaded(table: Table | undefined, metadata: TableMetadata): string {
  return stringifyJson({
    'metadata-location': table && metadataLocation(table),
    metadata,
    config: {},
  });
}

function piecesOf(body: Json, directory: string): TablePieces {
  const given = readSchema(objectAt(body, 'schema'));
  const { schema, ids } = numberAnew(given);
  const renumbered = <T extends { 'source-id': number }>(field: T): T => ({
    ...field,
    'source-id': ids.get(field['source-id'])!,
  });
  const spec = readSpec(optionalObject(body, 'partition-spec'), given, 999);
  const order = readSortOrder(optionalObject(body, 'write-order'), given);
  const { 'format-version': version, ...properties } = textMapAt(body, 'properties');
  checkProperties({ ...properties, ...(version !== undefined && { 'format-version': version }) }, directory);
  const own = Object.keys(properties).find((name) => name.startsWith('firn.'));
  if (own !== undefined)
    throw badRequest(`the property ${own} cannot be set: firn.* is for delivery and upkeep`);
  return {
    schema,
    spec: { 'spec-id': 0, fields: spec.fields.map(renumbered) },
    sortOrder: { 'order-id': order.fields.length === 0 ? 0 : 1, fields: order.fields.map(renumbered) },
    properties,
  };
}

function optionalObject(body: Json, name: string): Json {
  return body[name] === undefined || body[name] === null ? { fields: [] } : objectAt(body, name);
}

const nothing: TablePieces = {
  schema: { type: 'struct', 'schema-id': 0, fields: [] },
  spec: { 'spec-id': 0, fields: [] },
  sortOrder: { 'order-id': 0, fields: [] },
  properties: {},
};

/** The uuid that a staged create was given; its first update says it again. */
function uuidOf(updates: readonly unknown[]): string | undefined {
  const assign = updates.find((update) => (update as Json | null)?.action === 'assign-uuid') as
    | Json
    | undefined;
  const uuid = assign && textAt(assign, 'uuid');
  if (uuid !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    throw badRequest('uuid must be a UUID');
  }
  return uuid;
}

/** A table needs a schema; without spec and order, it has none of either. */
function whole(metadata: TableMetadata): TableMetadata {
  if (metadata['current-schema-id'] === -1)
    throw badRequest('a new table needs a schema: add-schema, set-current-schema');
  const spec = metadata['default-spec-id'] === -1 && {
    'partition-specs': [...metadata['partition-specs'], nothing.spec],
    'default-spec-id': 0,
  };
  const order = metadata['default-sort-order-id'] === -1 && {
    'sort-orders': [...metadata['sort-orders'], nothing.sortOrder],
    'default-sort-order-id': 0,
  };
  return { ...metadata, ...spec, ...order };
}

function withRefsOnly(metadata: TableMetadata): TableMetadata {
  const referred = new Set(Object.values(metadata.refs).map((ref) => ref['snapshot-id']));
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter((snapshot) => referred.has(snapshot['snapshot-id'])),
  };
}
