/** What changes a table: the updates of the REST catalog's protocol, applied to metadata as values. Pure. */
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
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
 * readers look snapshots up by time. A snapshot that comes is logged with its own time, as Iceberg's own library
 * does: whoever asks for the table as of that time must find it. Throws where an update contradicts the metadata.
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly MetadataUpdate[],
  context: ChangeContext,
): TableMetadata {
  const added = updates.findLast((update) => update.action === 'add-snapshot')?.snapshot['timestamp-ms'];
  const changedMs = Math.min(context.nowMs, added ?? context.nowMs);
  const updatedMs = Math.max(changedMs, metadata['last-updated-ms']);
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
