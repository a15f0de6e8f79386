/**
 * Row deltas: data files, and position deletes of rows that were there before, become one snapshot. What never
 * depends on the attempt (the manifests of the new data files) is written once; a conflict redoes the deletes, the
 * manifest list and the metadata only.
 */
import { loadManifestList } from './cache.ts';
import { CommitError, type CommitResult, commit } from './commit.ts';
import { toPath } from './location.ts';
import { mergeSmallManifests } from './merge.ts';
import { currentSnapshot } from './metadata.ts';
import type { MetadataUpdate } from './metadata-updates.ts';
import { newSnapshot, writeAddedManifests } from './new-snapshot.ts';
import { randomSnapshotId } from './random.ts';
import { SnapshotFiles } from './snapshot-files.ts';
import { deltaSummary } from './summary.ts';
import type { DataFile, ManifestFile, Ports, Table, TableMetadata } from './types.ts';

export interface CommitOptions {
  /** Further members of the snapshot summary. */
  summary?: Readonly<Record<string, string>>;
  /** Table properties set by the same commit. */
  properties?: Readonly<Record<string, string>>;
  /** Asked on each attempt with the newest metadata: true skips the commit. */
  skipIf?: (metadata: TableMetadata) => boolean;
}

export interface RowDelta {
  /** Durable already. */
  files: readonly DataFile[];
  /**
   * Writes position-delete files, durably, against this version of the table. They hit no row of `files`: those
   * lie in data files that this version does not know. Asked on each attempt; files of lost attempts are removed.
   */
  deletes: (metadata: TableMetadata) => Promise<readonly DataFile[]>;
}

/**
 * Commits a row delta as one snapshot. Without files, the snapshot still carries summary and properties.
 * Errors: see `commit`.
 */
export async function commitRowDelta(
  ports: Ports,
  table: Table,
  delta: RowDelta,
  options: CommitOptions = {},
): Promise<CommitResult> {
  const written = new SnapshotFiles(ports, table.directory, randomSnapshotId(ports.random));
  let added: ManifestFile[] | undefined;
  /** Delete files of all attempts. */
  const allDeletes: DataFile[] = [];
  /** Paths that the snapshot of the last attempt refers to. */
  let referenced: ReadonlySet<string> = new Set();

  const build = async (metadata: TableMetadata): Promise<MetadataUpdate[] | undefined> => {
    if (options.skipIf?.(metadata)) return undefined;
    const { files } = delta;
    const deletes = await delta.deletes(metadata);
    allDeletes.push(...deletes);
    added ??= await writeAddedManifests(written, files, metadata);
    const parent = currentSnapshot(metadata);
    const sequenceNumber = metadata['last-sequence-number'] + 1;
    const manifests = [
      // Added files inherit this commit's sequence number, whichever attempt it is.
      ...[...added, ...(await writeAddedManifests(written, deletes, metadata))].map((file) => ({
        ...file,
        sequenceNumber,
        minSequenceNumber: sequenceNumber,
      })),
      ...(await mergeSmallManifests(
        ports,
        written,
        parent ? await loadManifestList(ports.disk, parent) : [],
        metadata,
      )),
    ];
    const summary = deltaSummary(parent, { files, deletes }, options.summary ?? {});
    const snapshot = await newSnapshot(ports, written, metadata, manifests, summary);
    referenced = new Set([...snapshot.referenced, ...deletes.map((file) => toPath(file.filePath))]);
    return [
      ...snapshot.updates,
      ...(options.properties ? [{ action: 'set-properties', updates: options.properties } as const] : []),
    ];
  };

  const removeExcept = async (kept: ReadonlySet<string>): Promise<void> => {
    await written.removeExcept(kept);
    const lost = allDeletes.map((file) => toPath(file.filePath)).filter((file) => !kept.has(file));
    // Failing leaves garbage, which harms nobody.
    for (const file of lost) await ports.disk.remove(file).catch(() => undefined);
  };

  try {
    const result = await commit(ports, table, build);
    await removeExcept(result.outcome === 'landed' ? referenced : new Set());
    return result;
  } catch (error) {
    // What may be part of the table is never deleted.
    const mayHaveLanded = error instanceof CommitError && error.outcome === 'unknown';
    if (!mayHaveLanded) await removeExcept(new Set());
    throw error;
  }
}
