/** What every commit of files has in common: manifests of what is added, and the snapshot over all manifests. */
import { rememberManifestList } from './cache.ts';
import { toPath, toUri } from './location.ts';
import { currentSnapshot } from './metadata.ts';
import type { MetadataUpdate } from './metadata-updates.ts';
import { groupBySpec } from './partition.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import type { DataFile, ManifestFile, Ports, Snapshot, TableMetadata } from './types.ts';

/** One manifest per partition spec of the files: a round may have been staged before the spec changed. */
export async function writeAddedManifests(
  written: SnapshotFiles,
  files: readonly DataFile[],
  metadata: TableMetadata,
): Promise<ManifestFile[]> {
  const manifests: ManifestFile[] = [];
  for (const [specId, group] of groupBySpec(files, (file) => file.specId)) {
    const entries = group.map((dataFile) => ({
      status: 'added' as const,
      snapshotId: written.snapshotId,
      sequenceNumber: null,
      fileSequenceNumber: null,
      dataFile,
    }));
    manifests.push(await written.writeManifest(entries, metadata, specId));
  }
  return manifests;
}

/**
 * Writes the manifest list of a snapshot on top of `metadata`. Answers the updates that make it the table's
 * current one, and the paths of its Avro files.
 */
export async function newSnapshot(
  ports: Ports,
  written: SnapshotFiles,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  summary: Snapshot['summary'],
): Promise<{ updates: MetadataUpdate[]; referenced: string[] }> {
  const parent = currentSnapshot(metadata);
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const list = await written.writeManifestList(manifests, parent, sequenceNumber);
  rememberManifestList(ports.disk, list, manifests);
  const { snapshotId } = written;
  return {
    updates: [
      {
        action: 'add-snapshot',
        snapshot: {
          'snapshot-id': snapshotId,
          ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
          'sequence-number': sequenceNumber,
          'timestamp-ms': Math.max(ports.clock.now(), metadata['last-updated-ms']),
          'manifest-list': toUri(list),
          summary,
          'schema-id': metadata['current-schema-id'],
        },
      },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshotId },
    ],
    referenced: [list, ...manifests.map((file) => toPath(file.manifestPath))],
  };
}
