/**
 * Replacing data files by others with the same rows (spec, operation `replace`): compaction. Deletes that the new
 * files leave out were applied; a delete file that applies to nothing any more goes with them.
 */
import { loadManifest, loadManifestList } from './cache.ts';
import { CommitError, type CommitResult, commit } from './commit.ts';
import { toPath } from './location.ts';
import { currentSnapshot, specById } from './metadata.ts';
import type { MetadataUpdate } from './metadata-updates.ts';
import { newSnapshot, writeAddedManifests } from './new-snapshot.ts';
import { randomSnapshotId } from './random.ts';
import { planScan } from './scan.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { replaceSummary } from './summary.ts';
import type {
  DataFile,
  ManifestEntry,
  ManifestFile,
  Ports,
  ScanFile,
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
    manifests.unshift(...(await writeAddedManifests(written, rewrite.added, metadata)));

    const summary = replaceSummary(parent, rewrite.added, removed);
    const snapshot = await newSnapshot(ports, written, metadata, manifests, summary);
    referenced = new Set(snapshot.referenced);
    return [...snapshot.updates, { action: 'set-properties', updates: rewrite.properties(metadata) }];
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
