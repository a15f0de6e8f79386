/** Expiry: snapshots leave the metadata in one commit; then it is known which files nobody refers to any more. */
import path from 'node:path';
import { loadManifest, loadManifestList } from '../iceberg/cache.ts';
import { commit } from '../iceberg/commit.ts';
import { toPath } from '../iceberg/location.ts';
import { specById } from '../iceberg/metadata.ts';
import type { MetadataUpdate } from '../iceberg/metadata-updates.ts';
import type { ManifestEntry, ManifestFile, Ports, Snapshot, Table, TableMetadata } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import { type ExpiryPolicy, planExpiry } from './plan-expiry.ts';
import { withRecord } from './record.ts';

export interface Expired {
  table: Table;
  snapshots: readonly Snapshot[];
}

/** Removes the snapshots that the policy gives up, if there are at least `atLeast`. */
export async function expireSnapshots(
  ports: Ports,
  table: Table,
  policy: ExpiryPolicy,
  atLeast = 1,
): Promise<Expired> {
  let snapshots: Snapshot[] = [];
  const result = await commit(ports, table, async (metadata) => {
    const nowMs = ports.clock.now();
    const plan = planExpiry(metadata, policy, nowMs);
    const ids = new Set(plan.snapshots);
    snapshots = metadata.snapshots.filter((snapshot) => ids.has(snapshot['snapshot-id']));
    if (snapshots.length + plan.refs.length < atLeast) return undefined;
    const expiry = { at: new Date(nowMs).toISOString(), expired: snapshots.length };
    return [
      ...plan.refs.map((name): MetadataUpdate => ({ action: 'remove-snapshot-ref', 'ref-name': name })),
      { action: 'remove-snapshots', 'snapshot-ids': plan.snapshots },
      { action: 'set-properties', updates: withRecord(metadata, { expiry }) },
    ];
  });
  return { table: result.table, snapshots: result.outcome === 'landed' ? snapshots : [] };
}

/**
 * Absolute paths of the files that expired snapshots refer to and those of `table` do not: manifest lists,
 * manifests, data and delete files. Only files inside the table's directory: others are somebody else's.
 */
export async function filesOfExpired(
  disk: Disk,
  { directory, metadata }: Table,
  expired: readonly Snapshot[],
): Promise<string[]> {
  // The owner wants no file deleted (Iceberg's Java implementation, `gc.enabled`).
  if (metadata.properties['gc.enabled'] === 'false') return [];
  const kept = await manifestsOf(disk, metadata.snapshots);
  const given = [...(await manifestsOf(disk, expired)).values()].filter(
    ({ manifestPath }) => !kept.has(manifestPath),
  );
  const files = new Map<string, number>();
  for (const manifest of given) {
    for (const { dataFile, sequenceNumber } of await entriesOf(disk, manifest, metadata)) {
      files.set(dataFile.filePath, sequenceNumber ?? 0);
    }
  }
  for (const live of await liveFiles(disk, metadata, kept.values(), [...files.values()])) files.delete(live);
  const garbage = [
    ...files.keys(),
    ...given.map(({ manifestPath }) => manifestPath),
    ...expired.map((snapshot) => snapshot['manifest-list']),
  ];
  return garbage.map(toPath).filter((file) => file.startsWith(`${directory}${path.sep}`));
}

/** The manifests of snapshots, by their paths. */
export async function manifestsOf(
  disk: Disk,
  snapshots: readonly Snapshot[],
): Promise<Map<string, ManifestFile>> {
  const manifests = new Map<string, ManifestFile>();
  for (const snapshot of snapshots) {
    for (const manifest of await loadManifestList(disk, snapshot)) {
      manifests.set(manifest.manifestPath, manifest);
    }
  }
  return manifests;
}

/** Files that manifests list as live, as far as they may have one of these data sequence numbers. */
async function liveFiles(
  disk: Disk,
  metadata: TableMetadata,
  manifests: Iterable<ManifestFile>,
  sequenceNumbers: readonly number[],
): Promise<string[]> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of sequenceNumbers) [low, high] = [Math.min(low, number), Math.max(high, number)];
  const live: string[] = [];
  for (const manifest of manifests) {
    if (manifest.minSequenceNumber > high || manifest.sequenceNumber < low) continue;
    for (const { status, dataFile } of await entriesOf(disk, manifest, metadata)) {
      if (status !== 'deleted') live.push(dataFile.filePath);
    }
  }
  return live;
}

/** The entries of a manifest; its spec may be any of the table's. */
export function entriesOf(
  disk: Disk,
  manifest: ManifestFile,
  metadata: TableMetadata,
): Promise<readonly ManifestEntry[]> {
  return loadManifest(disk, manifest, specById(metadata, manifest.partitionSpecId));
}
