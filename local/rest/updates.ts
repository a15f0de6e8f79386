/**
 * A client's updates (REST catalog, "TableUpdate") against a version of a table: checked one after the other, and
 * turned into those that our commit applies. Pure: what needs the disk is in `snapshot-check.ts`.
 */
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { stringifyJson } from '../iceberg/json.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import { applyUpdate, type MetadataUpdate } from '../iceberg/metadata-updates.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { badRequest, RestError } from './errors.ts';
import {
  asObject,
  idAt,
  integerAt,
  integerListAt,
  type Json,
  listAt,
  objectAt,
  textAt,
  textListAt,
  textMapAt,
} from './fields.ts';
import { checkLocation } from './locations.ts';
import { checkProperties } from './properties.ts';
import { readSchema, readSortOrder, readSpec } from './schema.ts';
import { checkNewMain, readSnapshot, readSnapshotRef } from './snapshots.ts';

export interface PlannedUpdates {
  updates: readonly MetadataUpdate[];
  /** The metadata that they lead to; its logs of versions and `last-updated-ms` are the commit's. */
  after: TableMetadata;
}

/** What earlier updates of the same commit did, for those that refer to it by -1 or by an id of the client's. */
interface Progress {
  metadata: TableMetadata;
  added: { schema?: number; spec?: number; order?: number };
  /** Ids that the client gave, and those that they have here. */
  schemas: Map<number, number>;
  specs: Map<number, number>;
  orders: Map<number, number>;
  snapshots: Set<bigint>;
}

/** `directory`: the table's. Throws a RestError for what is wrong with an update, named by its place in the list. */
export function planUpdates(
  metadata: TableMetadata,
  updates: readonly unknown[],
  directory: string,
): PlannedUpdates {
  const progress: Progress = {
    metadata,
    added: {},
    schemas: new Map(),
    specs: new Map(),
    orders: new Map(),
    snapshots: new Set(),
  };
  const planned: MetadataUpdate[] = [];
  updates.forEach((item, i) => {
    try {
      const update = planUpdate(progress, asObject(item, 'an update'), directory);
      if (update === undefined) return;
      progress.metadata = applyUpdate(progress.metadata, update);
      planned.push(update);
    } catch (error) {
      throw within(`update ${i}`, error as Error);
    }
  });
  return { updates: planned, after: progress.metadata };
}

function within(where: string, error: Error): Error {
  const { status, type } = error instanceof RestError ? error : badRequest('');
  return new RestError(status, type, `${where}: ${error.message}`);
}

/** Undefined for an update that leaves the table as it is. */
function planUpdate(progress: Progress, json: Json, directory: string): MetadataUpdate | undefined {
  const { metadata, added } = progress;
  const action = textAt(json, 'action');
  switch (action) {
    case 'assign-uuid':
      if (textAt(json, 'uuid') === metadata['table-uuid']) return undefined;
      throw badRequest(`the table has the uuid ${metadata['table-uuid']}, which never changes`);
    case 'upgrade-format-version':
      if (integerAt(json, 'format-version') === 2) return undefined;
      throw badRequest('tables here are of format version 2, and stay so');
    case 'set-location':
      checkLocation(textAt(json, 'location'), directory);
      return undefined;
    case 'add-schema':
      return addSchema(progress, readSchema(objectAt(json, 'schema')));
    case 'set-current-schema': {
      const id = known(integerAt(json, 'schema-id', -1), added.schema, progress.schemas);
      return { action, 'schema-id': id };
    }
    case 'remove-schemas':
      return { action, 'schema-ids': integerListAt(json, 'schema-ids') };
    case 'add-spec':
      return addSpec(progress, objectAt(json, 'spec'));
    case 'set-default-spec':
      return { action, 'spec-id': known(integerAt(json, 'spec-id', -1), added.spec, progress.specs) };
    case 'remove-partition-specs':
      return { action, 'spec-ids': integerListAt(json, 'spec-ids') };
    case 'add-sort-order':
      return addSortOrder(progress, objectAt(json, 'sort-order'));
    case 'set-default-sort-order': {
      const id = known(integerAt(json, 'sort-order-id', -1), added.order, progress.orders);
      return { action, 'sort-order-id': id };
    }
    case 'add-snapshot': {
      const snapshot = readSnapshot(objectAt(json, 'snapshot'), metadata, directory);
      progress.snapshots.add(snapshot['snapshot-id']);
      return { action, snapshot };
    }
    case 'set-snapshot-ref': {
      const ref = readSnapshotRef(json);
      if (ref['ref-name'] === 'main') checkNewMain(metadata, ref, progress.snapshots);
      return { action, ...ref };
    }
    case 'remove-snapshots':
      return {
        action,
        'snapshot-ids': listAt(json, 'snapshot-ids').map((id) => idAt({ id }, 'id')),
      };
    case 'remove-snapshot-ref':
      return { action, 'ref-name': textAt(json, 'ref-name') };
    case 'set-properties': {
      const updates = textMapAt(json, 'updates');
      checkProperties(updates, directory);
      return { action, updates };
    }
    case 'remove-properties':
      return { action, removals: textListAt(json, 'removals') };
    case 'set-statistics': {
      const statistics = statisticsFile(objectAt(json, 'statistics'), directory);
      return { action, statistics };
    }
    case 'set-partition-statistics': {
      const statistics = statisticsFile(objectAt(json, 'partition-statistics'), directory);
      return { action, 'partition-statistics': statistics };
    }
    case 'remove-statistics':
    case 'remove-partition-statistics':
      return { action, 'snapshot-id': idAt(json, 'snapshot-id') };
    default:
      throw badRequest(`the update "${action.slice(0, 60)}" is not known for tables of format version 2`);
  }
}

function addSchema(progress: Progress, schema: IcebergSchema): MetadataUpdate | undefined {
  const { metadata, added, schemas } = progress;
  const { id, isNew } = place(metadata.schemas, schema, 'schema-id');
  schemas.set(schema['schema-id'], id);
  added.schema = id;
  return isNew ? { action: 'add-schema', schema: { ...schema, 'schema-id': id } } : undefined;
}

function addSpec(progress: Progress, json: Json): MetadataUpdate | undefined {
  const { metadata, added, specs } = progress;
  const spec = readSpec(json, currentSchema(metadata), metadata['last-partition-id']);
  const { id, isNew } = place(metadata['partition-specs'], spec, 'spec-id');
  specs.set(spec['spec-id'], id);
  added.spec = id;
  return isNew ? { action: 'add-spec', spec: { ...spec, 'spec-id': id } } : undefined;
}

function addSortOrder(progress: Progress, json: Json): MetadataUpdate | undefined {
  const { metadata, added, orders } = progress;
  const order = readSortOrder(json, currentSchema(metadata));
  const { id, isNew } = place(metadata['sort-orders'], order, 'order-id');
  orders.set(order['order-id'], id);
  added.order = id;
  return isNew ? { action: 'add-sort-order', 'sort-order': { ...order, 'order-id': id } } : undefined;
}

/** The id that a schema, spec or order gets: that of an equal one, else its own if that is free, else the next. */
function place<Key extends 'schema-id' | 'spec-id' | 'order-id', T extends Readonly<Record<Key, number>>>(
  list: readonly T[],
  item: T,
  key: Key,
): { id: number; isNew: boolean } {
  const text = (value: T): string => stringifyJson(sortedDeep({ ...value, [key]: 0 }));
  const equal = list.find((other) => text(other) === text(item));
  if (equal !== undefined) return { id: equal[key], isNew: false };
  const taken = list.map((other) => other[key]);
  const id = taken.includes(item[key]) ? 1 + Math.max(...taken) : item[key];
  return { id, isNew: true };
}

function sortedDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedDeep);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, sortedDeep(member)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a client means by an id: -1 is what it added last, its own numbers are what became of them. */
function known(id: number, added: number | undefined, renumbered: ReadonlyMap<number, number>): number {
  if (id !== -1) return renumbered.get(id) ?? id;
  if (added !== undefined) return added;
  throw badRequest('-1 stands for what was added last, and nothing was');
}

function statisticsFile(json: Json, directory: string) {
  const path = textAt(json, 'statistics-path');
  checkLocation(path, directory, 'inside');
  return {
    ...json,
    'snapshot-id': idAt(json, 'snapshot-id'),
    'statistics-path': path,
    'file-size-in-bytes': integerAt(json, 'file-size-in-bytes'),
  };
}
