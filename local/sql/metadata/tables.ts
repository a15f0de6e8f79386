/**
 * What a table says about itself: `"t$snapshots"` and its like, with the columns that Athena and Trino give them
 * (Trino documentation, "Iceberg connector", "Metadata tables").
 */
import { loadManifest, loadManifestList } from '../../iceberg/cache.ts';
import { currentSnapshot, specById } from '../../iceberg/metadata.ts';
import type { DataFile, ManifestFile, Table, TableMetadata } from '../../iceberg/types.ts';
import type { Disk } from '../../ports.ts';
import { type MetadataRows, rowsSql } from './columns.ts';
import { filesTable } from './files.ts';
import { manifestsTable } from './manifests.ts';
import { partitionsTable } from './partitions.ts';
import { historyTable, refsTable, snapshotsTable } from './snapshots.ts';

type Reader = (disk: Disk, metadata: TableMetadata) => Promise<MetadataRows> | MetadataRows;

const tables: Readonly<Record<string, Reader>> = {
  snapshots: (_, metadata) => snapshotsTable(metadata),
  history: (_, metadata) => historyTable(metadata),
  refs: (_, metadata) => refsTable(metadata),
  manifests: async (disk, metadata) => manifestsTable(metadata, await currentManifests(disk, metadata)),
  files: async (disk, metadata) => filesTable(metadata, await liveFiles(disk, metadata)),
  partitions: async (disk, metadata) => partitionsTable(metadata, await liveFiles(disk, metadata)),
};

/** `t$files` → `t` and `files`; undefined for names of anything else. */
export function splitMetadataName(name: string): { table: string; kind: string } | undefined {
  const [, table, kind] = /^(.+)\$(\w+)$/.exec(name) ?? [];
  if (table === undefined || kind === undefined || !Object.hasOwn(tables, kind)) return undefined;
  return { table, kind };
}

/** A SELECT in DuckDB's dialect that gives the rows of one of a table's metadata tables. */
export async function metadataTableSql(disk: Disk, { metadata }: Table, kind: string): Promise<string> {
  return rowsSql(await tables[kind]!(disk, metadata));
}

async function currentManifests(disk: Disk, metadata: TableMetadata): Promise<readonly ManifestFile[]> {
  const snapshot = currentSnapshot(metadata);
  return snapshot === undefined ? [] : loadManifestList(disk, snapshot);
}

/** Data and delete files of the current snapshot. */
async function liveFiles(disk: Disk, metadata: TableMetadata): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const manifest of await currentManifests(disk, metadata)) {
    const entries = await loadManifest(disk, manifest, specById(metadata, manifest.partitionSpecId));
    for (const { status, dataFile } of entries) if (status !== 'deleted') files.push(dataFile);
  }
  return files;
}
