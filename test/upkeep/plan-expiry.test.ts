import { expect, test } from 'vitest';
import { newMetadata } from '../../local/iceberg/metadata.ts';
import { applyUpdates } from '../../local/iceberg/metadata-updates.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../../local/iceberg/types.ts';
import { planExpiry } from '../../local/upkeep/plan-expiry.ts';
import { unpartitioned, unsorted } from '../iceberg/support.ts';
import { schema } from './tables.ts';

const hour = 3_600_000;
const policy = { maxAgeMs: 24 * hour, snapshotsMax: 100 };

/** A table with a snapshot every hour, the first at hour 1; `main` is at the last. */
function table(
  count: number,
  properties: Record<string, string> = {},
  refs: Record<string, SnapshotRef> = {},
): TableMetadata {
  const pieces = { schema, spec: unpartitioned, sortOrder: unsorted, properties };
  const empty = newMetadata(pieces, { uuid: 'u', location: 'file:///t', nowMs: 0 });
  const snapshots = Array.from(
    { length: count },
    (_, i): Snapshot => ({
      'snapshot-id': BigInt(i + 1),
      ...(i > 0 && { 'parent-snapshot-id': BigInt(i) }),
      'sequence-number': i + 1,
      'timestamp-ms': (i + 1) * hour,
      'manifest-list': `file:///t/metadata/snap-${i + 1}-0.avro`,
      summary: { operation: 'append' },
    }),
  );
  const log = snapshots.map((snapshot) => ({
    'timestamp-ms': snapshot['timestamp-ms'],
    'snapshot-id': snapshot['snapshot-id'],
  }));
  return {
    ...empty,
    snapshots,
    'snapshot-log': log,
    'last-sequence-number': count,
    'current-snapshot-id': BigInt(count),
    refs: { main: { 'snapshot-id': BigInt(count), type: 'branch' }, ...refs },
  };
}

const expired = (metadata: TableMetadata, now: number, change = {}) =>
  planExpiry(metadata, { ...policy, ...change }, now * hour);

test('snapshots expire by age', () => {
  expect(expired(table(30), 30)).toEqual({ refs: [], snapshots: [1n, 2n, 3n, 4n, 5n] });
});

test('snapshots expire by count, however young', () => {
  expect(expired(table(10), 10, { snapshotsMax: 3 }).snapshots).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
});

test('the current snapshot stays, however old', () => {
  expect(expired(table(3), 10_000).snapshots).toEqual([1n, 2n]);
});

test('what the table says of its history goes before the settings', () => {
  const properties = { 'history.expire.max-snapshot-age-ms': String(2 * hour) };
  expect(expired(table(10, properties), 10, { snapshotsMax: 1 }).snapshots).toEqual([
    1n,
    2n,
    3n,
    4n,
    5n,
    6n,
    7n,
  ]);
  const atLeast = { 'history.expire.min-snapshots-to-keep': '4' };
  expect(expired(table(6, atLeast), 10_000, { snapshotsMax: 1 }).snapshots).toEqual([1n, 2n]);
});

test('a tag keeps its snapshot, a branch as many as it asks for', () => {
  const refs: Record<string, SnapshotRef> = {
    audit: { 'snapshot-id': 2n, type: 'tag' },
    test: { 'snapshot-id': 5n, type: 'branch', 'min-snapshots-to-keep': 2 },
  };
  expect(expired(table(8, {}, refs), 10_000).snapshots).toEqual([1n, 3n, 6n, 7n]);
});

test('a tag that is too old goes, and its snapshot with it', () => {
  const refs: Record<string, SnapshotRef> = {
    audit: { 'snapshot-id': 1n, type: 'tag', 'max-ref-age-ms': 5 * hour },
  };
  expect(expired(table(3, {}, refs), 100)).toEqual({ refs: ['audit'], snapshots: [1n, 2n] });
});

test('a snapshot that was rolled back stays until it is old', () => {
  const rolledBack = { ...table(5), refs: { main: { 'snapshot-id': 3n, type: 'branch' as const } } };
  expect(expired(rolledBack, 10, { maxAgeMs: 5.5 * hour }).snapshots).toEqual([1n, 2n, 4n]);
});

test('the snapshot log begins after the last gap, and a snapshot with a name is not removed', () => {
  const remove = (...ids: bigint[]) =>
    applyUpdates(table(5), [{ action: 'remove-snapshots', 'snapshot-ids': ids }], {
      nowMs: 6 * hour,
      previousFile: 'file:///t/metadata/v1.metadata.json',
    });
  const after = remove(1n, 3n);
  expect(after.snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([2n, 4n, 5n]);
  expect(after['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([4n, 5n]);
  expect(() => remove(5n)).toThrow('snapshot 5 cannot be removed: the branch "main" is at it');
});
