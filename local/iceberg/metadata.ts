/** Table metadata as a value: made, changed, checked, read. Pure; `table.ts` does the files. */
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import { parseJson } from './json.ts';
import { highestId } from './schema.ts';
import type {
  PartitionStatisticsFile,
  Snapshot,
  SnapshotRef,
  StatisticsFile,
  TableMetadata,
} from './types.ts';

/** REST catalog "TableUpdate": what changes a table of version 2, whoever asks for it. */
export type MetadataUpdate =
  | { action: 'add-schema'; schema: IcebergSchema }
  /** -1: the schema added last; so for specs and sort orders. */
  | { action: 'set-current-schema'; 'schema-id': number }
  | { action: 'remove-schemas'; 'schema-ids': readonly number[] }
  | { action: 'add-spec'; spec: IcebergPartitionSpec }
  | { action: 'set-default-spec'; 'spec-id': number }
  | { action: 'remove-partition-specs'; 'spec-ids': readonly number[] }
  | { action: 'add-sort-order'; 'sort-order': IcebergSortOrder }
  | { action: 'set-default-sort-order'; 'sort-order-id': number }
  | { action: 'add-snapshot'; snapshot: Snapshot }
  | { action: 'remove-snapshots'; 'snapshot-ids': readonly bigint[] }
  | ({ action: 'set-snapshot-ref'; 'ref-name': string } & SnapshotRef)
  | { action: 'remove-snapshot-ref'; 'ref-name': string }
  | { action: 'set-properties'; updates: Readonly<Record<string, string>> }
  | { action: 'remove-properties'; removals: readonly string[] }
  | { action: 'set-statistics'; statistics: StatisticsFile }
  | { action: 'remove-statistics'; 'snapshot-id': bigint }
  | { action: 'set-partition-statistics'; 'partition-statistics': PartitionStatisticsFile }
  | { action: 'remove-partition-statistics'; 'snapshot-id': bigint };

/** REST catalog "TableRequirement", of a table that is there. */
export type MetadataRequirement =
  | { type: 'assert-table-uuid'; uuid: string }
  | { type: 'assert-ref-snapshot-id'; ref: string; 'snapshot-id': bigint | null }
  | { type: 'assert-current-schema-id'; 'current-schema-id': number }
  | { type: 'assert-default-spec-id'; 'default-spec-id': number }
  | { type: 'assert-default-sort-order-id'; 'default-sort-order-id': number }
  | { type: 'assert-last-assigned-field-id'; 'last-assigned-field-id': number }
  | { type: 'assert-last-assigned-partition-id'; 'last-assigned-partition-id': number };

/** When a change happens, and to which file's content. */
export interface ChangeContext {
  nowMs: number;
  /** URI of the metadata file that is being replaced. */
  previousFile: string;
}

/** Metadata files that `metadata-log` remembers, unless the table property says otherwise. */
const PREVIOUS_VERSIONS_MAX = 100;

/**
 * The metadata after `updates`, in order. Logs and `last-updated-ms` follow; time never runs backwards, since
 * readers look snapshots up by time. Throws where an update contradicts the metadata.
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly MetadataUpdate[],
  context: ChangeContext,
): TableMetadata {
  const updatedMs = Math.max(context.nowMs, metadata['last-updated-ms']);
  let next: TableMetadata = { ...metadata, 'last-updated-ms': updatedMs };
  for (const update of updates) next = applyUpdate(next, update);

  const log = [
    ...metadata['metadata-log'],
    { 'timestamp-ms': metadata['last-updated-ms'], 'metadata-file': context.previousFile },
  ];
  const kept = Number(next.properties['write.metadata.previous-versions-max'] ?? PREVIOUS_VERSIONS_MAX);
  return { ...next, 'metadata-log': log.slice(-Math.max(1, kept)) };
}

/** The metadata after one update; logs of versions are `applyUpdates`'s. */
export function applyUpdate(metadata: TableMetadata, update: MetadataUpdate): TableMetadata {
  switch (update.action) {
    case 'add-schema':
      return {
        ...metadata,
        schemas: [...metadata.schemas, update.schema],
        'last-column-id': Math.max(metadata['last-column-id'], highestId(update.schema)),
      };
    case 'set-current-schema':
      return {
        ...metadata,
        'current-schema-id': lastIfMinusOne(update['schema-id'], metadata.schemas, 'schema-id'),
      };
    case 'remove-schemas':
      return {
        ...metadata,
        schemas: without(metadata.schemas, 'schema-id', update['schema-ids'], metadata['current-schema-id']),
      };
    case 'add-spec':
      return {
        ...metadata,
        'partition-specs': [...metadata['partition-specs'], update.spec],
        'last-partition-id': Math.max(
          metadata['last-partition-id'],
          ...update.spec.fields.map((field) => field['field-id']),
        ),
      };
    case 'set-default-spec':
      return {
        ...metadata,
        'default-spec-id': lastIfMinusOne(update['spec-id'], metadata['partition-specs'], 'spec-id'),
      };
    case 'remove-partition-specs':
      return {
        ...metadata,
        'partition-specs': without(
          metadata['partition-specs'],
          'spec-id',
          update['spec-ids'],
          metadata['default-spec-id'],
        ),
      };
    case 'add-sort-order':
      return { ...metadata, 'sort-orders': [...metadata['sort-orders'], update['sort-order']] };
    case 'set-default-sort-order':
      return {
        ...metadata,
        'default-sort-order-id': lastIfMinusOne(update['sort-order-id'], metadata['sort-orders'], 'order-id'),
      };
    case 'add-snapshot': {
      const { snapshot } = update;
      // One without a parent replaces the table's content, and need not come after what it does not build on.
      const hasParent = snapshot['parent-snapshot-id'] !== undefined;
      if (hasParent && snapshot['sequence-number'] <= metadata['last-sequence-number']) {
        throw new Error(
          `snapshot ${snapshot['snapshot-id']} has sequence number ${snapshot['sequence-number']}; ` +
            `expected more than the table's ${metadata['last-sequence-number']}`,
        );
      }
      return {
        ...metadata,
        'last-sequence-number': Math.max(metadata['last-sequence-number'], snapshot['sequence-number']),
        snapshots: [...metadata.snapshots, snapshot],
      };
    }
    case 'remove-snapshots':
      return withoutSnapshots(metadata, new Set(update['snapshot-ids']));
    case 'set-snapshot-ref': {
      const { action: _, 'ref-name': name, ...ref } = update;
      const id = ref['snapshot-id'];
      if (!metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === id)) {
        throw new Error(
          `the ${ref.type} "${name}" cannot point to snapshot ${id}: the table has no such snapshot`,
        );
      }
      const refs = { ...metadata.refs, [name]: ref };
      if (name !== 'main') return { ...metadata, refs };
      const entry = { 'timestamp-ms': metadata['last-updated-ms'], 'snapshot-id': id };
      return {
        ...metadata,
        refs,
        'current-snapshot-id': id,
        'snapshot-log': [...metadata['snapshot-log'], entry],
      };
    }
    case 'remove-snapshot-ref': {
      const { [update['ref-name']]: _, ...refs } = metadata.refs;
      return update['ref-name'] === 'main'
        ? { ...metadata, refs, 'current-snapshot-id': null }
        : { ...metadata, refs };
    }
    case 'set-properties':
      return { ...metadata, properties: { ...metadata.properties, ...update.updates } };
    case 'remove-properties': {
      const kept = Object.entries(metadata.properties).filter(([name]) => !update.removals.includes(name));
      return { ...metadata, properties: Object.fromEntries(kept) };
    }
    case 'set-statistics': {
      const { statistics } = update;
      const others = withoutSnapshot(metadata.statistics, statistics['snapshot-id']);
      return { ...metadata, statistics: [...others, statistics] };
    }
    case 'remove-statistics':
      return { ...metadata, statistics: withoutSnapshot(metadata.statistics, update['snapshot-id']) };
    case 'set-partition-statistics': {
      const file = update['partition-statistics'];
      const others = withoutSnapshot(metadata['partition-statistics'], file['snapshot-id']);
      return { ...metadata, 'partition-statistics': [...others, file] };
    }
    case 'remove-partition-statistics': {
      const kept = withoutSnapshot(metadata['partition-statistics'], update['snapshot-id']);
      return { ...metadata, 'partition-statistics': kept };
    }
  }
}

/** A list without the items of these ids, none of which may be in use. */
function without<Key extends string, T extends Readonly<Record<Key, number>>>(
  list: readonly T[],
  key: Key,
  ids: readonly number[],
  inUse: number,
): readonly T[] {
  if (ids.includes(inUse)) throw new Error(`${key} ${inUse} cannot be removed: the table uses it`);
  return list.filter((item) => !ids.includes(item[key]));
}

function withoutSnapshot<T extends { 'snapshot-id': bigint }>(
  files: readonly T[] | undefined,
  id: bigint,
): T[] {
  return (files ?? []).filter((file) => file['snapshot-id'] !== id);
}

function withoutSnapshots(metadata: TableMetadata, ids: ReadonlySet<bigint>): TableMetadata {
  for (const [name, ref] of Object.entries(metadata.refs)) {
    if (ids.has(ref['snapshot-id'])) {
      throw new Error(`snapshot ${ref['snapshot-id']} cannot be removed: the ${ref.type} "${name}" is at it`);
    }
  }
  const log = metadata['snapshot-log'];
  // What came before a gap would seem to have been current throughout it, so the log begins after the last gap.
  const gap = log.findLastIndex((entry) => ids.has(entry['snapshot-id']));
  return {
    ...metadata,
    snapshots: metadata.snapshots.filter((snapshot) => !ids.has(snapshot['snapshot-id'])),
    'snapshot-log': log.slice(gap + 1),
    ...(metadata.statistics && {
      statistics: metadata.statistics.filter((file) => !ids.has(file['snapshot-id'])),
    }),
    ...(metadata['partition-statistics'] && {
      'partition-statistics': metadata['partition-statistics'].filter(
        (file) => !ids.has(file['snapshot-id']),
      ),
    }),
  };
}

/** The id of what was added last for -1, else an id that must be there. */
function lastIfMinusOne<Key extends string>(
  id: number,
  list: readonly Record<Key, number>[],
  key: Key,
): number {
  const found = id === -1 ? list.at(-1) : list.find((item) => item[key] === id);
  if (found === undefined) throw new Error(`the table has no ${key} ${id}`);
  return found[key];
}

/**
 * The first requirement that does not hold, as a sentence; undefined if all hold. It begins as that of Iceberg's own
 * implementation does, which people search for.
 */
export function failedRequirement(
  metadata: TableMetadata,
  requirements: readonly MetadataRequirement[],
): string | undefined {
  for (const requirement of requirements) {
    const [failure, expected, found] = compared(metadata, requirement);
    if (expected !== found) return `Requirement failed: ${failure}: expected ${expected}, found ${found}`;
  }
  return undefined;
}

function compared(metadata: TableMetadata, requirement: MetadataRequirement): [string, unknown, unknown] {
  switch (requirement.type) {
    case 'assert-table-uuid':
      return ['UUID does not match', requirement.uuid, metadata['table-uuid']];
    case 'assert-ref-snapshot-id': {
      const ref = metadata.refs[requirement.ref];
      const failure = `${ref?.type ?? 'branch or tag'} ${requirement.ref} has changed`;
      return [failure, requirement['snapshot-id'], ref?.['snapshot-id'] ?? null];
    }
    case 'assert-current-schema-id':
      return ['current schema changed', requirement['current-schema-id'], metadata['current-schema-id']];
    case 'assert-default-spec-id': {
      const expected = requirement['default-spec-id'];
      return ['default partition spec changed', expected, metadata['default-spec-id']];
    }
    case 'assert-default-sort-order-id': {
      const expected = requirement['default-sort-order-id'];
      return ['default sort order changed', expected, metadata['default-sort-order-id']];
    }
    case 'assert-last-assigned-field-id': {
      const expected = requirement['last-assigned-field-id'];
      return ['last assigned field id changed', expected, metadata['last-column-id']];
    }
    case 'assert-last-assigned-partition-id': {
      const expected = requirement['last-assigned-partition-id'];
      return ['last assigned partition id changed', expected, metadata['last-partition-id']];
    }
  }
}

/** What a new table is made of. */
export interface TablePieces {
  schema: IcebergSchema;
  spec: IcebergPartitionSpec;
  sortOrder: IcebergSortOrder;
  properties: Readonly<Record<string, string>>;
}

/** Metadata of a table without a snapshot. `location`: URI. */
export function newMetadata(
  pieces: TablePieces,
  identity: { uuid: string; location: string; nowMs: number },
): TableMetadata {
  const { schema, spec, sortOrder, properties } = pieces;
  return {
    'format-version': 2,
    'table-uuid': identity.uuid,
    location: identity.location,
    'last-sequence-number': 0,
    'last-updated-ms': identity.nowMs,
    'last-column-id': highestId(schema),
    'current-schema-id': schema['schema-id'],
    schemas: [schema],
    'default-spec-id': spec['spec-id'],
    'partition-specs': [spec],
    // Partition field ids count from 1000 (spec, "Partition Evolution").
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => field['field-id'])),
    'default-sort-order-id': sortOrder['order-id'],
    'sort-orders': [sortOrder],
    properties,
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

/** Reads a metadata file's text, a foreign writer's too: what version 2 lets a writer leave out is filled in. */
export function parseMetadata(text: string, where: string): TableMetadata {
  const json = parseJson(text) as Partial<TableMetadata> & { 'format-version'?: number };
  if (json['format-version'] !== 2) {
    throw new Error(
      `${where} is of Iceberg format version ${json['format-version']}; only version 2 can be read`,
    );
  }
  const current = json['current-snapshot-id'] ?? null;
  // Java writes -1 where there is no current snapshot.
  const id = current === null || current < 0n ? null : current;
  const main: Record<string, SnapshotRef> =
    id === null ? {} : { main: { 'snapshot-id': id, type: 'branch' } };
  return {
    ...(json as TableMetadata),
    properties: json.properties ?? {},
    'current-snapshot-id': id,
    refs: { ...main, ...json.refs },
    snapshots: json.snapshots ?? [],
    'snapshot-log': json['snapshot-log'] ?? [],
    'metadata-log': json['metadata-log'] ?? [],
  };
}

export function currentSchema(metadata: TableMetadata): IcebergSchema {
  return schemaById(metadata, metadata['current-schema-id']);
}

export function schemaById(metadata: TableMetadata, id: number): IcebergSchema {
  return found(
    metadata.schemas.find((schema) => schema['schema-id'] === id),
    metadata,
    `schema ${id}`,
  );
}

export function defaultSpec(metadata: TableMetadata): IcebergPartitionSpec {
  return specById(metadata, metadata['default-spec-id']);
}

export function specById(metadata: TableMetadata, id: number): IcebergPartitionSpec {
  return found(
    metadata['partition-specs'].find((spec) => spec['spec-id'] === id),
    metadata,
    `partition spec ${id}`,
  );
}

export function defaultSortOrder(metadata: TableMetadata): IcebergSortOrder {
  const id = metadata['default-sort-order-id'];
  return found(
    metadata['sort-orders'].find((order) => order['order-id'] === id),
    metadata,
    `sort order ${id}`,
  );
}

export function snapshotById(metadata: TableMetadata, id: bigint): Snapshot {
  return found(
    metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id),
    metadata,
    `snapshot ${id}`,
  );
}

/** The snapshot that `main` points to; undefined for a table without one. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id'];
  return id === null ? undefined : snapshotById(metadata, id);
}

function found<T>(value: T | undefined, metadata: TableMetadata, what: string): T {
  if (value === undefined) throw new Error(`the table at ${metadata.location} has no ${what}`);
  return value;
}
