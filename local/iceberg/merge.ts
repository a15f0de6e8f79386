/**
 * Merging manifests, as Iceberg's MergeAppend does: many small ones of one partition spec become one, so that
 * neither commits nor plans grow with the number of commits made. Merged ones that are no longer small are left
 * alone, so the work of one merge is bounded too.
 */
import { loadManifest } from './cache.ts';
import { specById } from './metadata.ts';
import { groupBySpec } from './partition.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import type { ManifestEntry, ManifestFile, Ports, TableMetadata } from './types.ts';

/** Iceberg's own default of `commit.manifest.min-count-to-merge`. */
const MIN_COUNT_TO_MERGE = 100;
/** A manifest of this size is left alone: about a thousand files. Iceberg's default, 8 MiB, makes merges slow. */
const TARGET_SIZE_BYTES = 256 * 1024;

/** The manifests of a snapshot, small ones merged where there are enough of them; writes the merged ones. */
export async function mergeSmallManifests(
  ports: Ports,
  written: SnapshotFiles,
  manifests: readonly ManifestFile[],
  metadata: TableMetadata,
): Promise<ManifestFile[]> {
  const result = [...manifests];
  for (const group of manifestsToMerge(manifests, metadata.properties)) {
    const specId = group[0]!.partitionSpecId;
    const entries: ManifestEntry[] = [];
    for (const file of group) {
      for (const entry of await loadManifest(ports.disk, file, specById(metadata, specId))) {
        // A deleted file's record is news of the snapshot that deleted it; it ends with the next rewrite.
        if (entry.status !== 'deleted') entries.push({ ...entry, status: 'existing' });
      }
    }
    const merged = entries.length === 0 ? [] : [await written.writeManifest(entries, metadata, specId)];
    result.splice(result.indexOf(group[0]!), 1, ...merged);
    for (const file of group.slice(1)) result.splice(result.indexOf(file), 1);
  }
  return result;
}

/** Groups of manifests that are worth merging now, each of one spec. */
export function manifestsToMerge(
  manifests: readonly ManifestFile[],
  properties: Readonly<Record<string, string>>,
): ManifestFile[][] {
  if (properties['commit.manifest-merge.enabled'] === 'false') return [];
  const minCount = Number(properties['commit.manifest.min-count-to-merge'] ?? MIN_COUNT_TO_MERGE);
  const targetSize = Number(properties['commit.manifest.target-size-bytes'] ?? TARGET_SIZE_BYTES);
  const small = manifests.filter((file) => file.content === 'data' && file.manifestLength < targetSize);
  return [...groupBySpec(small, (file) => file.partitionSpecId).values()].filter(
    (group) => group.length >= minCount,
  );
}
