/**
 * Orphans: files in a table's directory that no snapshot refers to, left by a crash or a failed delete. Only names
 * that we give are looked at, since what others put there is theirs to know.
 */
import path from 'node:path';
import { dataDirectory, metadataDirectory, metadataFile, toPath } from '../iceberg/location.ts';
import { loadTable } from '../iceberg/table.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import { entriesOf, manifestsOf } from './expire.ts';

const OUR_DATA = /^(r\d{10}-|compact-|moved-[0-9a-f]{16}-).*\.parquet$/;
const OUR_METADATA =
  /^(\d+-m\d+\.avro|snap-\d+-\d+\.avro|moved-[0-9a-f]{16}-.*\.avro|v\d+\.metadata\.json|.*\.\d+-\d+\.tmp)$/;

/** Absolute paths of the files of ours in a table's directory. */
export async function listOurs(disk: Disk, directory: string): Promise<string[]> {
  const inside = async (folder: string, ours: RegExp): Promise<string[]> =>
    (await disk.list(folder)).filter((name) => ours.test(name)).map((name) => path.join(folder, name));
  return [
    ...(await inside(dataDirectory(directory), OUR_DATA)),
    ...(await inside(metadataDirectory(directory), OUR_METADATA)),
  ];
}

/** Number of the round that a data file was written by; undefined for other files. */
export function roundOf(file: string): number | undefined {
  const number = /^r(\d{10})-/.exec(path.basename(file))?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * Those of `files` that the table does not refer to. They must have been listed before: what is committed later
 * was not among them.
 */
export async function unreferenced(
  disk: Disk,
  directory: string,
  files: readonly string[],
): Promise<string[]> {
  const table = await loadTable(disk, directory);
  if (table === undefined || table.metadata.properties['gc.enabled'] === 'false') return [];
  const referenced = await referencedFiles(disk, table.metadata);
  referenced.add(metadataFile(directory, table.version));
  return files.filter((file) => !referenced.has(file));
}

async function referencedFiles(disk: Disk, metadata: TableMetadata): Promise<Set<string>> {
  const files = new Set<string>();
  const add = (location: string) => files.add(toPath(location));
  for (const entry of metadata['metadata-log']) add(entry['metadata-file']);
  for (const snapshot of metadata.snapshots) add(snapshot['manifest-list']);
  for (const manifest of (await manifestsOf(disk, metadata.snapshots)).values()) {
    add(manifest.manifestPath);
    for (const { status, dataFile } of await entriesOf(disk, manifest, metadata)) {
      if (status !== 'deleted') add(dataFile.filePath);
    }
  }
  return files;
}
