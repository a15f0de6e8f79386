/** Which snapshots a table no longer needs (Iceberg spec, "Snapshot Retention Policy"). Pure. */
import type { Snapshot, SnapshotRef, TableMetadata } from '../iceberg/types.ts';

export interface ExpiryPolicy {
  /** Age at which a snapshot expires. */
  maxAgeMs: number;
  /**
   * Most snapshots of a branch: every commit writes all of them again, so their number is the cost of a commit.
   * Counts only where neither table nor branch has a retention of its own.
   */
  snapshotsMax: number;
}

export interface Expiry {
  /** Tags and branches that are too old. */
  refs: string[];
  snapshots: bigint[];
}

/**
 * The refs and snapshots to remove. Table properties (`history.expire.*`) go before the policy, and what a ref
 * says of itself before both. `main` and what a ref points to always stay.
 */
export function planExpiry(metadata: TableMetadata, policy: ExpiryPolicy, nowMs: number): Expiry {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const ageOf = (snapshot: Snapshot): number => nowMs - snapshot['timestamp-ms'];
  const { properties } = metadata;
  const maxRefAge = numberOf(properties['history.expire.max-ref-age-ms']) ?? Number.POSITIVE_INFINITY;

  const kept = new Set<bigint>();
  const refs: string[] = [];
  for (const [name, ref] of Object.entries(metadata.refs)) {
    const head = byId.get(ref['snapshot-id']);
    if (head === undefined) continue;
    if (name !== 'main' && ageOf(head) > (ref['max-ref-age-ms'] ?? maxRefAge)) refs.push(name);
    else
      for (const snapshot of keptBy(ref, head, byId, ageOf, retentionOf(ref, properties, policy)))
        kept.add(snapshot);
  }
  // What no ref leads to was rolled back, or staged by another writer: it stays until it is old.
  const { maxAgeMs } = retentionOf({}, properties, policy);
  const reachable = reachableFromRefs(metadata, byId);
  for (const snapshot of metadata.snapshots) {
    const id = snapshot['snapshot-id'];
    if (!reachable.has(id) && ageOf(snapshot) <= maxAgeMs) kept.add(id);
  }
  const snapshots = metadata.snapshots
    .map((snapshot) => snapshot['snapshot-id'])
    .filter((id) => !kept.has(id));
  return { refs, snapshots };
}

interface Retention {
  maxAgeMs: number;
  min: number;
  max: number;
}

function retentionOf(
  ref: Partial<SnapshotRef>,
  properties: TableMetadata['properties'],
  policy: ExpiryPolicy,
): Retention {
  const age = ref['max-snapshot-age-ms'] ?? numberOf(properties['history.expire.max-snapshot-age-ms']);
  const min = ref['min-snapshots-to-keep'] ?? numberOf(properties['history.expire.min-snapshots-to-keep']);
  return {
    maxAgeMs: age ?? policy.maxAgeMs,
    min: min ?? 1,
    max: age === undefined && min === undefined ? policy.snapshotsMax : Number.POSITIVE_INFINITY,
  };
}

function keptBy(
  ref: SnapshotRef,
  head: Snapshot,
  byId: ReadonlyMap<bigint, Snapshot>,
  ageOf: (snapshot: Snapshot) => number,
  { maxAgeMs, min, max }: Retention,
): bigint[] {
  if (ref.type === 'tag') return [head['snapshot-id']];
  return ancestors(head, byId)
    .filter((snapshot, i) => i === 0 || i < min || (i < max && ageOf(snapshot) <= maxAgeMs))
    .map((snapshot) => snapshot['snapshot-id']);
}

function reachableFromRefs(metadata: TableMetadata, byId: ReadonlyMap<bigint, Snapshot>): Set<bigint> {
  const heads = Object.values(metadata.refs).flatMap((ref) => byId.get(ref['snapshot-id']) ?? []);
  return new Set(heads.flatMap((head) => ancestors(head, byId)).map((snapshot) => snapshot['snapshot-id']));
}

/** A snapshot and those that it was made from, the newest first, as far as the table has them. */
function ancestors(head: Snapshot, byId: ReadonlyMap<bigint, Snapshot>): Snapshot[] {
  const line: Snapshot[] = [];
  for (let next: Snapshot | undefined = head; next !== undefined; ) {
    line.push(next);
    const parent: bigint | undefined = next['parent-snapshot-id'];
    next = parent === undefined ? undefined : byId.get(parent);
  }
  return line;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? undefined : value;
}
