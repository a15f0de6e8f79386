/** The catalog of SQL over Iceberg tables: a folder per database, and in it a folder per table. */
import path from 'node:path';
import { parquetScanSql, quoteText } from '../../lake/duckdb.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import { type Ask, scanQueries } from '../iceberg/scan-sql.ts';
import { loadTable } from '../iceberg/table.ts';
import type { ScanFile, ScanPlan, Table } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import type { ScanSource, SqlCatalog, TableSnapshot } from './catalog.ts';
import { SqlError } from './errors.ts';
import { metadataTableSql, splitMetadataName } from './metadata/tables.ts';
import { findSnapshot, schemaOfSnapshot, type Version } from './versions.ts';

/** `warehouse`: absolute path; the table `firn.web_log` is its folder `firn/web_log`. */
export function icebergCatalog(disk: Disk, warehouse: string): SqlCatalog {
  const tables = async (database: string): Promise<string[]> => {
    const databases = await disk.list(warehouse);
    // A name from a query becomes a path only if the folder is there under exactly that name.
    return databases.includes(database) ? disk.list(path.join(warehouse, database)) : [];
  };
  return {
    tables,
    async snapshot(database, name, version) {
      const metadataTable = splitMetadataName(name);
      const own = metadataTable?.table ?? name;
      if (!(await tables(database)).includes(own)) return undefined;
      const table = await loadTable(disk, path.join(warehouse, database, own));
      if (table === undefined) return undefined;
      const fullName = `${database}.${name}`;
      if (metadataTable === undefined) return dataSnapshot(disk, table, fullName, version);
      if (version === undefined) return metadataSnapshot(disk, table, metadataTable.kind);
      throw new SqlError('NOT_SUPPORTED', `${fullName} has no versions: it tells of the table as it is now`);
    },
  };
}

function dataSnapshot(
  disk: Disk,
  table: Table,
  fullName: string,
  version: Version | undefined,
): TableSnapshot {
  const { metadata } = table;
  const snapshotId = version && findSnapshot(metadata, version, fullName);
  const schema = snapshotId === undefined ? currentSchema(metadata) : schemaOfSnapshot(metadata, snapshotId);
  const sources = metadata['partition-specs'].flatMap(({ fields }) => fields.map((own) => own['source-id']));
  return {
    schema,
    partitionColumns: schema.fields.filter(({ id }) => sources.includes(id)).map(({ name }) => name),
    plan: async (predicates, ask) => {
      const options = { predicates, ...(snapshotId !== undefined && { snapshotId }) };
      const plan = await planScan(disk, table, options);
      return scanSource(ask, plan, metadata.schemas, fullName);
    },
  };
}

function metadataSnapshot(disk: Disk, table: Table, kind: string): TableSnapshot {
  return {
    // Nothing is pruned here.
    schema: { type: 'struct', 'schema-id': 0, fields: [] },
    plan: async () => ({ sql: await metadataTableSql(disk, table, kind), bytes: 0, files: 0 }),
  };
}

/** SQL that reads the files of a plan. Throws for deletes that cannot be applied here. */
export async function scanSource(
  ask: Ask,
  { files, schema }: ScanPlan,
  schemas: readonly IcebergSchema[],
  table: string,
): Promise<ScanSource> {
  const pathsOf = (some: readonly ScanFile[]) => some.map(({ path: file }) => file);
  const touched = files.filter(({ deletes }) => deletes.length > 0);
  const untouched = files.filter(({ deletes }) => deletes.length === 0);
  const parts = await scanQueries(ask, pathsOf(untouched), schema, schemas);
  if (touched.length > 0) {
    const undeleted = ` ANTI JOIN (${deletedRows(touched, table)}) AS deleted
      ON files.filename = deleted.path AND files.file_row_number = deleted.pos`;
    const queries = await scanQueries(ask, pathsOf(touched), schema, schemas);
    parts.push(...queries.map((query) => query + undeleted));
  }
  const bytes = files.reduce((sum, file) => sum + file.fileSizeInBytes, 0);
  const sql = parts.length === 0 ? parquetScanSql([], schema) : parts.join(' UNION ALL ');
  return { sql, bytes, files: files.length };
}

/** Paths and positions of the rows that delete files list (Iceberg spec, "Position Delete Files"). */
function deletedRows(files: readonly ScanFile[], table: string): string {
  const deletes = files.flatMap((file) => file.deletes);
  if (deletes.some(({ content }) => content === 'equality-deletes')) {
    throw new SqlError(
      'NOT_SUPPORTED',
      `${table} has equality deletes, written by another engine, which the local endpoint does not apply: compact the table with that engine`,
    );
  }
  const lists = [...new Set(deletes.map((deletion) => quoteText(deletion.path)))].join(', ');
  // Delete files name data files by URI, DuckDB by path.
  const names = files.map(
    ({ path: file, dataFile }) => `(${quoteText(file)}, ${quoteText(dataFile.filePath)})`,
  );
  return `SELECT names.path, pos FROM read_parquet([${lists}], hive_partitioning = false)
    JOIN (VALUES ${names.join(', ')}) AS names(path, uri) ON file_path = names.uri`;
}
