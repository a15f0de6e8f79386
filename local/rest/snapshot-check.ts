/**
 * What a client's snapshot refers to, looked at before it is committed: one manifest that cannot be read would
 * stop every later commit to the table, delivery's too.
 */

import { loadManifestList } from '../iceberg/cache.ts';
import { toPath } from '../iceberg/location.ts';
import { readManifest } from '../iceberg/manifest.ts';
import { readManifestList } from '../iceberg/manifest-list.ts';
import { specById } from '../iceberg/metadata.ts';
import type { DataFile, ManifestFile, Snapshot, TableMetadata } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import { badRequest } from './errors.ts';
import { checkLocation } from './locations.ts';

export interface CheckedTable {
  directory: string;
  /** With the snapshots that are to be checked. */
  metadata: TableMetadata;
  /** Whether the SQL of this endpoint must be able to read all of it. */
  isOurs: boolean;
  /** Files that were there before are looked at too: nobody has done so. */
  isUnknown?: boolean;
}

export type SnapshotCheck = typeof checkSnapshots;

/** Throws a 400 for a file that is not there, not readable, or not in the table's folder. */
export async function checkSnapshots(
  disk: Disk,
  table: CheckedTable,
  added: readonly Snapshot[],
): Promise<void> {
  const known = new Set<string>();
  for (const snapshot of added) {
    const parent = table.metadata.snapshots.find(
      (other) => other['snapshot-id'] === snapshot['parent-snapshot-id'],
    );
    if (parent !== undefined && !added.includes(parent)) {
      for (const { manifestPath } of await loadManifestList(disk, parent)) known.add(manifestPath);
    }
    const where = `the manifest list of snapshot ${snapshot['snapshot-id']}`;
    const manifests = await reading(where, async () => {
      const path = toPath(snapshot['manifest-list']);
      return readManifestList(await disk.read(path), path);
    });
    for (const manifest of manifests) {
      if (known.has(manifest.manifestPath)) continue;
      await checkManifest(disk, table, manifest);
      known.add(manifest.manifestPath);
    }
  }
}

async function checkManifest(disk: Disk, table: CheckedTable, manifest: ManifestFile): Promise<void> {
  const where = `the manifest ${manifest.manifestPath}`;
  checkLocation(manifest.manifestPath, table.directory, 'inside');
  const entries = await reading(where, async () => {
    const path = toPath(manifest.manifestPath);
    const bytes = await disk.read(path);
    if (bytes.length !== manifest.manifestLength) {
      throw new Error(`it has ${bytes.length} bytes; the manifest list says ${manifest.manifestLength}`);
    }
    return readManifest(bytes, manifest, specById(table.metadata, manifest.partitionSpecId));
  });
  for (const { status, dataFile } of entries) {
    if (status !== 'deleted') await checkFile(disk, table, dataFile, status === 'added');
  }
}

/** Files that were there before are another commit's, and were looked at then. */
async function checkFile(disk: Disk, table: CheckedTable, file: DataFile, isAdded: boolean): Promise<void> {
  const { filePath, fileFormat, fileSizeInBytes } = file;
  checkLocation(filePath, table.directory, 'inside');
  if (table.isOurs && fileFormat !== 'PARQUET') {
    throw badRequest(`${filePath} is of format ${fileFormat}; this table is of Parquet files`);
  }
  if (!isAdded && table.isUnknown !== true) return;
  const size = await reading(filePath, () => disk.size(toPath(filePath)));
  if (size !== fileSizeInBytes) {
    throw badRequest(`${filePath} has ${size} bytes; its manifest says ${fileSizeInBytes}`);
  }
}

async function reading<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badRequest(`${where} cannot be read: ${(error as Error).message}`);
  }
}
