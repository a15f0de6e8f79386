/**
 * Replacing data files by others with the same rows (spec, operation `replace`): compaction. Deletes that the new
 * files leave out were applied; a delete file that applies to nothing any more goes with them.
 */
import { loadManifest, loadManifestList, rememberManifestList } from './cache.ts';
import { CommitError, type CommitResult, commit } from './commit.ts';
import { toPath, toUri } from './location.ts';
import { currentSnapshot, type MetadataUpdate, specById } from './metadata.ts';
import { groupBySpec, partitionKey } from './partition.ts';
import { randomSnapshotId } from './random.ts';
import { planScan } from './scan.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import type {
  DataFile,
  ManifestEntry,
  ManifestFile,
  Ports,
  ScanFile,
  Snapshot,
  Table,
  TableMetadata,
} from './types.ts';

export interface Rewrite {
  /** The data files that go, with the deletes that were applied when their rows were read. */
  replaced: readonly ScanFile[];
  /** Durable already. */
  added: readonly DataFile[];
  /** Table properties that the same commit sets. */
  properties: (metadata: TableMetadata) => Readonly<Record<string, string>>;
}

/** Another commit removed one of the files meanwhile, or deleted rows of it: the rewrite must begin anew. */
export class RewriteConflict extends Error {
  override name = 'RewriteConflict';
}

/**
 * Commits a rewrite, if at that very moment its files are all there with the same deletes. Throws a
 * `RewriteConflict` if not: then nothing landed. Other errors: see `commit`.
 */
export async function rewriteFiles(ports: Ports, table: Table, rewrite: Rewrite): Promise<CommitResult> {
  const written = new SnapshotFiles(ports, table.directory, randomSnapshotId(ports.random));
  let referenced: ReadonlySet<string> = new Set();

  const build = async (metadata: TableMetadata): Promise<MetadataUpdate[]> => {
    const parent = currentSnapshot(metadata);
    if (parent === undefined) throw new RewriteConflict('the table has no snapshot any more');
    const { files } = await planScan(ports.disk, { ...table, metadata });
    const rest = withoutReplaced(files, rewrite.replaced);
    const needed = new Set(rest.flatMap(({ deletes }) => deletes.map((deletion) => deletion.path)));
    const gone = new Set(rewrite.replaced.map(({ dataFile }) => dataFile.filePath));

    const removed: DataFile[] = [];
    const manifests: ManifestFile[] = [];
    for (const manifest of await loadManifestList(ports.disk, parent)) {
      const entries = await loadManifest(ports.disk, manifest, specById(metadata, manifest.partitionSpecId));
      const live = entries.filter(({ status }) => status !== 'deleted');
      const goes = ({ filePath }: DataFile) =>
        manifest.content === 'data' ? gone.has(filePath) : !needed.has(toPath(filePath));
      const going = live.filter(({ dataFile }) => goes(dataFile));
      removed.push(...going.map(({ dataFile }) => dataFile));
      // A manifest without live files was news of an earlier snapshot.
      if (live.length === 0) continue;
      if (going.length === 0) manifests.push(manifest);
      else {
        const marked = live.map((entry) => marking(entry, goes(entry.dataFile), written.snapshotId));
        manifests.push(await written.writeManifest(marked, metadata, manifest.partitionSpecId));
      }
    }
    for (const [specId, group] of groupBySpec(rewrite.added, (file) => file.specId)) {
      const entries = group.map((dataFile) => addedEntry(dataFile, written.snapshotId));
      manifests.unshift(await written.writeManifest(entries, metadata, specId));
    }

    const sequenceNumber = metadata['last-sequence-number'] + 1;
    const list = await written.writeManifestList(manifests, parent, sequenceNumber);
    rememberManifestList(ports.disk, list, manifests);
    referenced = new Set([list, ...manifests.map((file) => toPath(file.manifestPath))]);
    return [
      {
        action: 'add-snapshot',
        snapshot: {
          'snapshot-id': written.snapshotId,
          'parent-snapshot-id': parent['snapshot-id'],
          'sequence-number': sequenceNumber,
          'timestamp-ms': Math.max(ports.clock.now(), metadata['last-updated-ms']),
          'manifest-list': toUri(list),
          summary: replaceSummary(parent, rewrite.added, removed),
          'schema-id': metadata['current-schema-id'],
        },
      },
      {
        action: 'set-snapshot-ref',
        'ref-name': 'main',
        type: 'branch',
        'snapshot-id': written.snapshotId,
      },
      { action: 'set-properties', updates: rewrite.properties(metadata) },
    ];
  };

  try {
    const result = await commit(ports, table, build);
    await written.removeExcept(referenced);
    return result;
  } catch (error) {
    // What may be part of the table is never deleted.
    const mayHaveLanded = error instanceof CommitError && error.outcome === 'unknown';
    if (!mayHaveLanded) await written.removeExcept(new Set());
    throw error;
  }
}

/** The files that stay. Throws a `RewriteConflict` unless the others are there, under the same deletes. */
function withoutReplaced(files: readonly ScanFile[], replaced: readonly ScanFile[]): ScanFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const file of replaced) {
    const now = byPath.get(file.path);
    if (now === undefined) throw new RewriteConflict(`${file.path} was removed by another commit`);
    const applied = new Set(file.deletes.map((deletion) => deletion.path));
    if (now.deletes.some((deletion) => !applied.has(deletion.path))) {
      throw new RewriteConflict(`rows of ${file.path} were deleted by another commit`);
    }
    byPath.delete(file.path);
  }
  return [...byPath.values()];
}

function marking(entry: ManifestEntry, goes: boolean, snapshotId: bigint): ManifestEntry {
  return goes ? { ...entry, status: 'deleted', snapshotId } : { ...entry, status: 'existing' };
}

function addedEntry(dataFile: DataFile, snapshotId: bigint): ManifestEntry {
  return { status: 'added', snapshotId, sequenceNumber: null, fileSequenceNumber: null, dataFile };
}

/** Iceberg spec, "Optional Snapshot Summary Fields". A total that the parent does not tell is left out. */
function replaceSummary(
  parent: Snapshot,
  added: readonly DataFile[],
  removed: readonly DataFile[],
): Snapshot['summary'] {
  const data = removed.filter(({ content }) => content === 'data');
  const deletes = removed.filter(({ content }) => content === 'position-deletes');
  const records = (files: readonly DataFile[]) => sum(files, (file) => file.recordCount);
  const bytes = (files: readonly DataFile[]) => sum(files, (file) => file.fileSizeInBytes);
  const partitions = new Set(
    [...added, ...removed].map((file) => `${file.specId} ${partitionKey(file.partition)}`),
  );
  const total = (name: string, change: number): Record<string, string> => {
    const before = parent.summary[name];
    return before === undefined ? {} : { [name]: String(BigInt(before) + BigInt(change)) };
  };
  return {
    operation: 'replace',
    'added-data-files': String(added.length),
    'deleted-data-files': String(data.length),
    'added-records': String(records(added)),
    'deleted-records': String(records(data)),
    'added-files-size': String(bytes(added)),
    'removed-files-size': String(bytes(removed)),
    ...(deletes.length > 0 && {
      'removed-delete-files': String(deletes.length),
      'removed-position-delete-files': String(deletes.length),
      'removed-position-deletes': String(records(deletes)),
    }),
    'changed-partition-count': String(partitions.size),
    ...total('total-records', records(added) - records(data)),
    ...total('total-files-size', bytes(added) - bytes(removed)),
    ...total('total-data-files', added.length - data.length),
    ...total('total-delete-files', removed.length === data.length ? 0 : data.length - removed.length),
    ...total('total-position-deletes', -records(deletes)),
    ...total('total-equality-deletes', 0),
  };
}

function sum(files: readonly DataFile[], count: (file: DataFile) => number): number {
  return files.reduce((total, file) => total + count(file), 0);
}
