/** The catalog of SQL over Iceberg tables: a folder per database, and in it a folder per table. */
import path from 'node:path';
import { parquetScanSql, quoteText } from '../../lake/duckdb.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import { loadTable } from '../iceberg/table.ts';
import type { ScanFile, ScanPlan } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import type { ScanSource, SqlCatalog } from './catalog.ts';
import { SqlError } from './errors.ts';

/** `warehouse`: absolute path; the table `firn.web_log` is its folder `firn/web_log`. */
export function icebergCatalog(disk: Disk, warehouse: string): SqlCatalog {
  const tables = async (database: string): Promise<string[]> => {
    const databases = await disk.list(warehouse);
    // A name from a query becomes a path only if the folder is there under exactly that name.
    return databases.includes(database) ? disk.list(path.join(warehouse, database)) : [];
  };
  return {
    tables,
    async snapshot(database, name) {
      if (!(await tables(database)).includes(name)) return undefined;
      const table = await loadTable(disk, path.join(warehouse, database, name));
      if (table === undefined) return undefined;
      return {
        schema: currentSchema(table.metadata),
        plan: async (predicates) =>
          scanSource(await planScan(disk, table, { predicates }), `${database}.${name}`),
      };
    },
  };
}

/** SQL that reads the files of a plan. Throws for deletes that cannot be applied here. */
export function scanSource({ files, schema }: ScanPlan, table: string): ScanSource {
  const untouched = files.filter(({ deletes }) => deletes.length === 0);
  const touched = files.filter(({ deletes }) => deletes.length > 0);
  const parts = touched.map((file) => withoutDeleted(file, schema, table));
  if (untouched.length > 0 || parts.length === 0) {
    parts.unshift(
      parquetScanSql(
        untouched.map((file) => file.path),
        schema,
      ),
    );
  }
  const bytes = files.reduce((sum, file) => sum + file.fileSizeInBytes, 0);
  return { sql: parts.join(' UNION ALL '), bytes, files: files.length };
}

/** Rows of a data file whose positions no delete file lists (Iceberg spec, "Position Delete Files"). */
function withoutDeleted(
  { path: file, dataFile, deletes }: ScanFile,
  schema: IcebergSchema,
  table: string,
): string {
  if (deletes.some(({ content }) => content === 'equality-deletes')) {
    throw new SqlError(
      'NOT_SUPPORTED',
      `${table} has equality deletes, written by another engine, which the local endpoint does not apply: compact the table with that engine`,
    );
  }
  const lists = deletes.map((deletion) => quoteText(deletion.path)).join(', ');
  const positions = `SELECT pos FROM read_parquet([${lists}]) WHERE file_path = ${quoteText(dataFile.filePath)}`;
  return `${parquetScanSql([file], schema)} WHERE file_row_number NOT IN (${positions})`;
}
