/**
 * Merging manifests, after Iceberg's MergeAppend: once there are many small ones of a partition spec, the oldest
 * become one, so that neither commits nor plans grow with the number of commits made. A merge stops the event
 * loop while it encodes, so one commit merges a bounded number of entries, and leaves the rest to the next.
 */
import { loadManifest } from './cache.ts';
import { specById } from './metadata.ts';
import { groupBySpec } from './partition.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import type { ManifestEntry, ManifestFile, Ports, TableMetadata } from './types.ts';

/** Small manifests of a spec that start a merge: Iceberg's own default. */
const MIN_COUNT_TO_MERGE = 100;
/** Most files of a merged manifest: about 100 KiB, 40 ms of work. */
const MERGED_FILES_MAX = 250;

/** The manifests of a snapshot, small ones merged where there are enough of them; writes the merged ones. */
export async function mergeSmallManifests(
  ports: Ports,
  written: SnapshotFiles,
  manifests: readonly ManifestFile[],
  metadata: TableMetadata,
): Promise<ManifestFile[]> {
  const group = manifestsToMerge(manifests, metadata.properties);
  const [first] = group;
  if (first === undefined) return [...manifests];
  const spec = specById(metadata, first.partitionSpecId);
  const entries: ManifestEntry[] = [];
  for (const file of group) {
    for (const entry of await loadManifest(ports.disk, file, spec)) {
      // A deleted file's record is news of the snapshot that deleted it; it ends with the next rewrite.
      if (entry.status !== 'deleted') entries.push({ ...entry, status: 'existing' });
    }
  }
  const merged =
    entries.length === 0 ? [] : [await written.writeManifest(entries, metadata, first.partitionSpecId)];
  return manifests.flatMap((file) => {
    if (file === first) return merged;
    return group.includes(file) ? [] : [file];
  });
}

/** The manifests that are worth merging into one now, all of one spec and content; empty if none are. */
export function manifestsToMerge(
  manifests: readonly ManifestFile[],
  properties: Readonly<Record<string, string>>,
): ManifestFile[] {
  if (properties['commit.manifest-merge.enabled'] === 'false') return [];
  const minCount = Number(properties['commit.manifest.min-count-to-merge'] ?? MIN_COUNT_TO_MERGE);
  const small = manifests.filter((file) => filesIn(file) < MERGED_FILES_MAX / 2);
  const groups = (['data', 'deletes'] as const).flatMap((content) => {
    const own = small.filter((file) => file.content === content);
    return [...groupBySpec(own, (file) => file.partitionSpecId).values()];
  });
  const many = groups.find((group) => group.length >= minCount);
  if (many === undefined) return [];

  // Newer manifests come first in a list.
  const oldestFirst = many.toReversed();
  let files = 0;
  const fitting = oldestFirst.findIndex((file) => {
    files += filesIn(file);
    return files > MERGED_FILES_MAX;
  });
  return fitting === -1 ? oldestFirst : oldestFirst.slice(0, fitting);
}

function filesIn(file: ManifestFile): number {
  return file.addedFilesCount + file.existingFilesCount;
}
