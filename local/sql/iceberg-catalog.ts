/** The catalog of SQL over Iceberg tables: a folder per database, and in it a folder per table. */
import path from 'node:path';
import { parquetScanSql, quoteName, quoteText } from '../../lake/duckdb.ts';
import { isRestricted, type Role, visibleFields, visibleRows } from '../../lake/grants.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { equalityScan, FILE_COLUMN, hasEqualityDeletes } from '../iceberg/equality-deletes.ts';
import { metadataDirectory } from '../iceberg/location.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import { type Ask, scanQueries } from '../iceberg/scan-sql.ts';
import { leaves } from '../iceberg/schema.ts';
import { loadTable } from '../iceberg/table.ts';
import type { ScanFile, ScanPlan, Table } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import type { ScanSource, SqlCatalog, TableSnapshot } from './catalog.ts';
import { SqlError } from './errors.ts';
import type { Telling } from './metadata/columns.ts';
import { partitionNames } from './metadata/partitions.ts';
import { liveFiles, metadataTableSql, splitMetadataName } from './metadata/tables.ts';
import { findSnapshot, schemaOfSnapshot, type Version } from './versions.ts';

/**
 * `warehouse`: absolute path; the table `firn.web_log` is its folder `firn/web_log`. `contracts` of the tables of the
 * own database say which columns are personal; whoever may not see those, sees no table without a contract.
 */
export function icebergCatalog(
  disk: Disk,
  warehouse: string,
  contracts: ReadonlyMap<string, Contract> = new Map(),
): SqlCatalog {
  const contractOf = (database: string, table: string) =>
    database === localDatabase ? contracts.get(table) : undefined;
  const tables = async (database: string, role: Role): Promise<string[]> => {
    const databases = await disk.list(warehouse);
    // A name from a query becomes a path only if the folder is there under exactly that name.
    const names = databases.includes(database) ? await disk.list(path.join(warehouse, database)) : [];
    return isRestricted(role) ? names.filter((name) => contractOf(database, name) !== undefined) : names;
  };
  return {
    async tables(database, role) {
      const names = await tables(database, role);
      // Another engine may have begun to make a table: its folder is there before the table is.
      const places = names.map((name) => metadataDirectory(path.join(warehouse, database, name)));
      const areThere = await Promise.all(places.map((place) => disk.exists(place)));
      return names.filter((_, i) => areThere[i]);
    },
    databases: async (role) => (isRestricted(role) ? [localDatabase] : disk.list(warehouse)),
    async snapshot(database, name, role, version) {
      const metadataTable = splitMetadataName(name);
      const own = metadataTable?.table ?? name;
      if (!(await tables(database, role)).includes(own)) return undefined;
      const table = await loadTable(disk, path.join(warehouse, database, own));
      if (table === undefined) return undefined;
      const fullName = `${database}.${name}`;
      const seen = (schema: IcebergSchema): IcebergSchema => {
        return { ...schema, fields: visibleFields(schema.fields, contractOf(database, own), role) };
      };
      const ids = leaves(seen(currentSchema(table.metadata))).map(({ id }) => id);
      const telling = {
        metadata: table.metadata,
        visible: isRestricted(role) ? new Set(ids) : ('all' as const),
      };
      const keep = rowKeeper(contractOf(database, own), role);
      if (metadataTable === undefined)
        return dataSnapshot(disk, table, telling, fullName, { seen, keep }, version);
      if (keep !== undefined) throw hiddenRows(fullName);
      if (version === undefined) return metadataSnapshot(disk, telling, metadataTable.kind);
      throw new SqlError('NOT_SUPPORTED', `${fullName} has no versions: it tells of the table as it is now`);
    },
  };
}

/** What tells of a table's files tells of the rows in them; Athena refuses it too where rows are filtered. */
function hiddenRows(what: string): SqlError {
  return new SqlError('NOT_SUPPORTED', `${what} cannot be shown to whom some of the table's rows are hidden`);
}

/** What may be seen of a table. */
interface Sight {
  /** A schema with the columns that may be seen. */
  seen: (schema: IcebergSchema) => IcebergSchema;
  /** Leaves out the rows that may not be; undefined: all may be. */
  keep: RowKeeper | undefined;
}

interface RowKeeper {
  /** Columns that are read for it, of any schema that the table had. */
  columnIds: readonly number[];
  /** Rows of `sql`, which has all columns of `read`, in the columns of `shown`. */
  sql(sql: string, read: IcebergSchema, shown: IcebergSchema): string;
}

function rowKeeper(contract: Contract | undefined, role: Role): RowKeeper | undefined {
  if (visibleRows(contract, role, ({ column }) => column) === undefined) return undefined;
  return {
    columnIds: contract!.rowFilter.map(({ columnId }) => columnId),
    sql(sql, read, shown) {
      const isThere = contract!.rowFilter.every(({ columnId }) =>
        read.fields.some(({ id }) => id === columnId),
      );
      const predicate = visibleRows(contract, role, ({ columnId }) =>
        quoteName(read.fields.find(({ id }) => id === columnId)?.name ?? ''),
      );
      const columns = shown.fields.map(({ name }) => quoteName(name)).join(', ');
      // Where the column is not there yet, nobody can tell which rows may be seen. The limit, which limits nothing,
      // keeps a query's own conditions from being tried on rows that are hidden: an error would tell of them.
      return `SELECT ${columns} FROM (${sql}) WHERE ${isThere ? predicate : 'false'} LIMIT 9223372036854775807`;
    },
  };
}

function dataSnapshot(
  disk: Disk,
  table: Table,
  telling: Telling,
  fullName: string,
  { seen, keep }: Sight,
  version: Version | undefined,
): TableSnapshot {
  const { metadata } = table;
  const snapshotId = version && findSnapshot(metadata, version, fullName);
  const whole = snapshotId === undefined ? currentSchema(metadata) : schemaOfSnapshot(metadata, snapshotId);
  const schema = seen(whole);
  const sources = metadata['partition-specs'].flatMap(({ fields }) => fields.map((own) => own['source-id']));
  return {
    schema,
    table,
    async partitions() {
      if (keep !== undefined) throw hiddenRows(`${fullName}'s partitions`);
      return partitionNames(telling, await liveFiles(disk, metadata));
    },
    partitionColumns: schema.fields.filter(({ id }) => sources.includes(id)).map(({ name }) => name),
    plan: async (predicates, ask) => {
      const options = { predicates, ...(snapshotId !== undefined && { snapshotId }) };
      const plan = await planScan(disk, table, options);
      // Files are read for these columns alone: what is hidden is not there to be asked for.
      if (keep === undefined) return scanSource(ask, { ...plan, schema }, metadata.schemas, fullName);
      const { fields } = whole;
      const isRead = (id: number): boolean =>
        keep.columnIds.includes(id) || schema.fields.some((field) => field.id === id);
      const read = { ...schema, fields: fields.filter(({ id }) => isRead(id)) };
      const source = await scanSource(ask, { ...plan, schema: read }, metadata.schemas, fullName);
      // Which files a condition leaves out would tell of the rows that are hidden.
      const all = await planScan(disk, table, { ...options, predicates: [] });
      return { sql: keep.sql(source.sql, read, schema), bytes: sizeOf(all), files: all.files.length };
    },
  };
}

function metadataSnapshot(disk: Disk, telling: Telling, kind: string): TableSnapshot {
  return {
    // Nothing is pruned here.
    schema: { type: 'struct', 'schema-id': 0, fields: [] },
    plan: async () => ({ sql: await metadataTableSql(disk, telling, kind), bytes: 0, files: 0, rows: 0 }),
  };
}

/** SQL that reads the files of a plan, without the rows that deletes take away. `table`: its name, for errors. */
export async function scanSource(
  ask: Ask,
  { files, schema }: ScanPlan,
  schemas: readonly IcebergSchema[],
  table: string,
): Promise<ScanSource> {
  const equal = files.filter(hasEqualityDeletes);
  const others = files.filter((file) => !equal.includes(file));
  const parts = await undeletedByPosition(ask, others, schema, schemas);
  if (equal.length > 0) {
    try {
      const scan = equalityScan(equal, schema, schemas);
      const file = `files.filename AS ${quoteName(FILE_COLUMN)}`;
      const queries = await undeletedByPosition(ask, equal, scan.schema, schemas, [file]);
      parts.push(scan.keep(queries.join(' UNION ALL ')));
    } catch (error) {
      throw new SqlError('NOT_SUPPORTED', `${table}: ${(error as Error).message}`);
    }
  }
  const sql = parts.length === 0 ? parquetScanSql([], schema) : parts.join(' UNION ALL ');
  const rows = files.reduce((sum, file) => sum + file.recordCount, 0);
  return { sql, bytes: sizeOf({ files }), files: files.length, rows };
}

function sizeOf({ files }: Pick<ScanPlan, 'files'>): number {
  return files.reduce((sum, file) => sum + file.fileSizeInBytes, 0);
}

/** Queries of files' rows without those whose positions were deleted; `further`: see `scanQueries`. */
async function undeletedByPosition(
  ask: Ask,
  files: readonly ScanFile[],
  schema: IcebergSchema,
  schemas: readonly IcebergSchema[],
  further: readonly string[] = [],
): Promise<string[]> {
  const isTouched = ({ deletes }: ScanFile) => deletes.some(({ content }) => content === 'position-deletes');
  const queries = async (some: readonly ScanFile[]) => {
    const paths = some.map(({ path: file }) => file);
    return scanQueries(ask, paths, schema, schemas, further);
  };
  const touched = files.filter(isTouched);
  const whole = await queries(files.filter((file) => !isTouched(file)));
  if (touched.length === 0) return whole;
  const undeleted = ` ANTI JOIN (${deletedRows(touched)}) AS deleted
    ON files.filename = deleted.path AND files.file_row_number = deleted.pos`;
  return [...whole, ...(await queries(touched)).map((query) => query + undeleted)];
}

/** Paths and positions of the rows that delete files list (Iceberg spec, "Position Delete Files"). */
function deletedRows(files: readonly ScanFile[]): string {
  const deletes = files.flatMap((file) =>
    file.deletes.filter(({ content }) => content === 'position-deletes'),
  );
  const lists = [...new Set(deletes.map((deletion) => quoteText(deletion.path)))].join(', ');
  // Delete files name data files by URI, DuckDB by path.
  const names = files.map(
    ({ path: file, dataFile }) => `(${quoteText(file)}, ${quoteText(dataFile.filePath)})`,
  );
  return `SELECT names.path, pos FROM read_parquet([${lists}], hive_partitioning = false)
    JOIN (VALUES ${names.join(', ')}) AS names(path, uri) ON file_path = names.uri`;
}
