/**
 * What a table says about itself: `"t$snapshots"` and its like, with the columns that Athena and Trino give them
 * (Trino documentation, "Iceberg connector", "Metadata tables").
 */
import { loadManifest, loadManifestList } from '../../iceberg/cache.ts';
import { currentSnapshot, specById } from '../../iceberg/metadata.ts';
import type { DataFile, ManifestFile, TableMetadata } from '../../iceberg/types.ts';
import type { Disk } from '../../ports.ts';
import { type MetadataRows, rowsSql, type Telling } from './columns.ts';
import { filesTable } from './files.ts';
import { manifestsTable } from './manifests.ts';
import { partitionsTable } from './partitions.ts';
import { historyTable, refsTable, snapshotsTable } from './snapshots.ts';

type Reader = (disk: Disk, table: Telling) => Promise<MetadataRows> | MetadataRows;

const tables: Readonly<Record<string, Reader>> = {
  snapshots: (_, table) => snapshotsTable(table),
  history: (_, { metadata }) => historyTable(metadata),
  refs: (_, { metadata }) => refsTable(metadata),
  manifests: async (disk, table) => manifestsTable(table, await currentManifests(disk, table.metadata)),
  files: async (disk, table) => filesTable(table, await liveFiles(disk, table.metadata)),
  partitions: async (disk, table) => partitionsTable(table, await liveFiles(disk, table.metadata)),
};

/** `t$files` → `t` and `files`; undefined for names of anything else. */
export function splitMetadataName(name: string): { table: string; kind: string } | undefined {
  const [, table, kind] = /^(.+)\$(\w+)$/.exec(name) ?? [];
  if (table === undefined || kind === undefined || !Object.hasOwn(tables, kind)) return undefined;
  return { table, kind };
}

/** A SELECT in DuckDB's dialect that gives the rows of one of a table's metadata tables. */
export async function metadataTableSql(disk: Disk, table: Telling, kind: string): Promise<string> {
  return rowsSql(await tables[kind]!(disk, table));
}

async function currentManifests(disk: Disk, metadata: TableMetadata): Promise<readonly ManifestFile[]> {
  const snapshot = currentSnapshot(metadata);
  return snapshot === undefined ? [] : loadManifestList(disk, snapshot);
}

/** Data and delete files of the current snapshot. */
export async function liveFiles(disk: Disk, metadata: TableMetadata): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const manifest of await currentManifests(disk, metadata)) {
    const entries = await loadManifest(disk, manifest, specById(metadata, manifest.partitionSpecId));
    for (const { status, dataFile } of entries) if (status !== 'deleted') files.push(dataFile);
  }
  return files;
}
