/** Tables on their way into DuckDB: every use of one becomes a temporary view over the files of one snapshot. */
import { parquetScanSql } from '../../lake/duckdb.ts';
import type { Role } from '../../lake/grants.ts';
import type { TableUse } from './cage.ts';
import type { ScanSource, SqlCatalog, TableSnapshot } from './catalog.ts';
import { evaluateConditions, evaluateVersions } from './constants.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import { findConditions } from './predicates.ts';
import type { Session } from './session.ts';
import { type Version, versionKey } from './versions.ts';

/** What was planned to be read. */
export type Planned = Omit<ScanSource, 'sql'>;

/** What is read of one table. */
export interface TableScan extends Planned {
  database: string;
  table: string;
  /** By whose conditions the files were chosen. */
  columns: string[];
}

/**
 * Makes a view for each use of a table and lets the use name it. The view has the columns that the role may see and
 * no others. `onlyTypes`: nothing will be read, so no files are planned.
 */
export async function makeViews(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  uses: readonly TableUse[],
  role: Role,
  { onlyTypes = false } = {},
): Promise<TableScan[]> {
  const versions = await evaluateVersions(session, database, uses);
  const snapshots = await resolveTables(catalog, uses, versions, role);
  const conditions = uses.map((use, at) => findConditions(use, snapshots[at]!.schema));
  const predicates = await evaluateConditions(session, database, conditions);
  const scans: TableScan[] = [];
  for (const [at, use] of uses.entries()) {
    const { schema, plan } = snapshots[at]!;
    const known = onlyTypes && schema.fields.length > 0;
    const source = known
      ? { sql: parquetScanSql([], schema), bytes: 0, files: 0, rows: 0 }
      : await plan(predicates[at] ?? [], session.rows);
    const view = `firn_table_${at}`;
    await session.run(`CREATE TEMP VIEW ${view} AS ${source.sql}`);
    Object.assign(use.ref, {
      alias: use.ref.alias || use.table,
      table_name: view,
      schema_name: 'main',
      catalog_name: 'temp',
      at_clause: null,
    });
    const { sql: _, ...read } = source;
    const columns = [...new Set((predicates[at] ?? []).map(({ column }) => column))];
    scans.push({ database: use.database, table: use.table, columns, ...read });
  }
  return scans;
}

export function totalOf(scans: readonly Planned[]): Planned {
  const sum = (of: (scan: Planned) => number) => scans.reduce((total, scan) => total + of(scan), 0);
  const total = { bytes: sum(({ bytes }) => bytes), files: sum(({ files }) => files) };
  const known = scans.every(({ rows }) => rows !== undefined);
  return known ? { ...total, rows: sum(({ rows }) => rows ?? 0) } : total;
}

/** What each use reads; uses of one version of a table share one snapshot. */
async function resolveTables(
  catalog: SqlCatalog,
  uses: readonly TableUse[],
  versions: readonly (Version | undefined)[],
  role: Role,
): Promise<TableSnapshot[]> {
  const known = new Map<string, TableSnapshot>();
  const snapshots: TableSnapshot[] = [];
  for (const [at, { database, table }] of uses.entries()) {
    const key = `${database}.${table} ${versionKey(versions[at])}`;
    const snapshot = known.get(key) ?? (await catalog.snapshot(database, table, role, versions[at]));
    if (snapshot === undefined) throw noSuchTable(database, table, await catalog.tables(database, role));
    known.set(key, snapshot);
    snapshots.push(snapshot);
  }
  return snapshots;
}

/** `tables`: those of the database that the caller may see. */
export function noSuchTable(database: string, table: string, tables: readonly string[]): SqlError {
  const others =
    tables.length === 0 ? 'there is no such database' : `tables of ${database}: ${tables.join(', ')}`;
  return new SqlError(
    'TABLE_NOT_FOUND',
    `Table 'awsdatacatalog.${database}.${table}' does not exist; ${others}`,
  );
}
