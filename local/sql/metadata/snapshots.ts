/** `"t$snapshots"`, `"t$history"` and `"t$refs"`: what a table's metadata file says. */
import type { TableMetadata } from '../../iceberg/types.ts';
import { column, forAll, type MetadataRows, type Telling, timestamp } from './columns.ts';

export function snapshotsTable(table: Telling): MetadataRows {
  return {
    columns: [
      column('committed_at', 'BIGINT', timestamp),
      column('snapshot_id', 'BIGINT'),
      column('parent_id', 'BIGINT'),
      column('operation', 'VARCHAR'),
      ...forAll(table, column('manifest_list', 'VARCHAR')),
      column('summary', 'MAP(VARCHAR, VARCHAR)'),
    ],
    rows: table.metadata.snapshots.map(({ summary: { operation, ...summary }, ...snapshot }) => ({
      committed_at: snapshot['timestamp-ms'],
      snapshot_id: snapshot['snapshot-id'],
      parent_id: snapshot['parent-snapshot-id'],
      operation,
      manifest_list: snapshot['manifest-list'],
      summary: table.visible === 'all' ? summary : counts(summary),
    })),
  };
}

/** The numbers of a summary: other engines write partition values into its keys (`partitions.ip=…`). */
function counts(summary: Readonly<Record<string, string>>): Record<string, string> {
  const isCount = ([key, value]: [string, string]) =>
    /^(added|deleted|removed|changed|total)(-[a-z]+)+$/.test(key) && /^\d+$/.test(value);
  return Object.fromEntries(Object.entries(summary).filter(isCount));
}

export function historyTable(metadata: TableMetadata): MetadataRows {
  const parents = new Map(metadata.snapshots.map((own) => [own['snapshot-id'], own['parent-snapshot-id']]));
  const ancestors = new Set<bigint>();
  let id = metadata['current-snapshot-id'] ?? undefined;
  while (id !== undefined && !ancestors.has(id)) {
    ancestors.add(id);
    id = parents.get(id);
  }
  return {
    columns: [
      column('made_current_at', 'BIGINT', timestamp),
      column('snapshot_id', 'BIGINT'),
      column('parent_id', 'BIGINT'),
      column('is_current_ancestor', 'BOOLEAN'),
    ],
    rows: metadata['snapshot-log'].map((entry) => ({
      made_current_at: entry['timestamp-ms'],
      snapshot_id: entry['snapshot-id'],
      parent_id: parents.get(entry['snapshot-id']),
      is_current_ancestor: ancestors.has(entry['snapshot-id']),
    })),
  };
}

export function refsTable({ refs }: TableMetadata): MetadataRows {
  return {
    columns: [
      column('name', 'VARCHAR'),
      column('type', 'VARCHAR'),
      column('snapshot_id', 'BIGINT'),
      column('max_reference_age_in_ms', 'BIGINT'),
      column('min_snapshots_to_keep', 'INTEGER'),
      column('max_snapshot_age_in_ms', 'BIGINT'),
    ],
    rows: Object.entries(refs).map(([name, ref]) => ({
      name,
      type: ref.type.toUpperCase(),
      snapshot_id: ref['snapshot-id'],
      max_reference_age_in_ms: ref['max-ref-age-ms'],
      min_snapshots_to_keep: ref['min-snapshots-to-keep'],
      max_snapshot_age_in_ms: ref['max-snapshot-age-ms'],
    })),
  };
}
