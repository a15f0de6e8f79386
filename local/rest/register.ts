/** A folder with Iceberg metadata becomes a table of ours, if all that its metadata names can be read. */
import path from 'node:path';
import { metadataDirectory, metadataFile, versionHint } from '../iceberg/location.ts';
import { currentSchema, currentSnapshot, defaultSortOrder, defaultSpec } from '../iceberg/metadata.ts';
import { movedFrom, relocated, relocateTable } from '../iceberg/relocate.ts';
import { loadTable, publishTable, readMetadata } from '../iceberg/table.ts';
import type { Ports, Table, TableMetadata } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import { asObject } from './fields.ts';
import { readSchema } from './schema.ts';
import type { SnapshotCheck } from './snapshot-check.ts';

/**
 * `file`: name of the metadata file, in the folder `metadata` of `directory`. A dropped table has versions of ours
 * already; one from elsewhere gets its first. Throws if the table could not be read here; then the folder is as it was.
 */
export async function takeIn(
  ports: Ports,
  checkSnapshots: SnapshotCheck,
  directory: string,
  file: string,
): Promise<Table> {
  const { disk } = ports;
  const metadata = await readMetadata(disk, path.join(metadataDirectory(directory), file));
  for (const schema of metadata.schemas) readSchema(asObject(schema, 'a schema'));
  // Each throws where the metadata names one that it has not.
  for (const find of [currentSchema, defaultSpec, defaultSortOrder, currentSnapshot]) find(metadata);
  await checkCurrent(disk, checkSnapshots, directory, metadata);
  const before = new Set(await disk.list(metadataDirectory(directory)));
  const isOurs = before.has(`v${versionOf(file)}.metadata.json`);
  const newest = (await loadTable(disk, directory))?.version;
  if (isOurs && newest !== versionOf(file)) {
    throw new Error(
      `it is not the newest version: that is v${newest}.metadata.json, whose snapshots can be rolled back`,
    );
  }
  if (!isOurs) await publishTable(disk, { directory, version: versionOf(file), metadata });
  try {
    if (movedFrom(metadata, directory) !== undefined) await relocateTable(ports, directory);
    return (await loadTable(disk, directory))!;
  } catch (error) {
    if (!isOurs) await removeVersions(ports, directory, before);
    throw error;
  }
}

/**
 * Looks at all files of the current snapshot. They are named as they lay where the table was written: relocation would
 * change that, and is not undone.
 */
async function checkCurrent(
  disk: Disk,
  checkSnapshots: SnapshotCheck,
  directory: string,
  metadata: TableMetadata,
): Promise<void> {
  const current = currentSnapshot(metadata);
  if (current === undefined) return;
  const from = movedFrom(metadata, directory) ?? directory;
  const here = (file: string): string => relocated(file, from, directory);
  const moved: Disk = {
    ...disk,
    read: (file) => disk.read(here(file)),
    size: (file) => disk.size(here(file)),
  };
  const alone = { ...metadata, snapshots: [current] };
  await checkSnapshots(moved, { directory: from, metadata: alone, isOurs: false, isUnknown: true }, [
    current,
  ]);
}

/** Takes back what made the folder a table. */
async function removeVersions(
  { disk }: Ports,
  directory: string,
  before: ReadonlySet<string>,
): Promise<void> {
  for (const name of await disk.list(metadataDirectory(directory))) {
    const version = /^v(\d+)\.metadata\.json$/.exec(name)?.[1];
    if (version !== undefined && !before.has(name))
      await disk.remove(metadataFile(directory, Number(version)));
  }
  if (!before.has(path.basename(versionHint(directory)))) await disk.remove(versionHint(directory));
}

/** The version that a metadata file is to have here: `v7.metadata.json`, `00007-<uuid>.metadata.json`. */
function versionOf(file: string): number {
  const number = /^v?(\d{1,9})[.-]/.exec(file)?.[1];
  return Math.max(1, Number(number ?? 1));
}
