/** One query from text to rows, on a connection of its own. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Expression, QueryNode } from './ast.ts';
import { checkStatement, type TableUse } from './cage.ts';
import type { SqlCatalog, TableSnapshot } from './catalog.ts';
import { evaluateConditions, evaluateVersions } from './constants.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import { type ColumnInfo, columnInfo, formatter } from './format.ts';
import { bindParameters } from './parameters.ts';
import { parseQuery, printQuery } from './parser.ts';
import { findConditions } from './predicates.ts';
import type { ResultRow } from './results.ts';
import { isTimeKeyword, rewrite } from './rewrite.ts';
import { nameRowFields } from './unnamed.ts';
import { type Version, versionKey } from './versions.ts';
import type { Views } from './views.ts';

export interface Query {
  sql: string;
  /** SQL literals, in the order of the question marks. */
  parameters: readonly string[];
  /** Where names without a database are looked up. */
  database: string;
}

export interface RunningQuery {
  columns: ColumnInfo[];
  /** Bytes of the data files that were planned. */
  bytesPlanned: number;
  filesPlanned: number;
  /** Rows, a chunk at a time, formatted as Athena prints them. */
  chunks: AsyncIterable<ResultRow[]>;
}

/** Plans a query and starts it. Every table is resolved here, once: the rows are of one snapshot each. */
export async function runQuery(
  connection: DuckDBConnection,
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  query: Query,
): Promise<RunningQuery> {
  const parsed = await parseQuery(connection, query.sql);
  const statement = await bindParameters(connection, parsed, query.parameters);
  const uses = checkStatement(statement, query.database, views);
  nameColumns(statement.node);
  // One transaction: now() is the same in pruning and in the query.
  await connection.run('BEGIN TRANSACTION');
  const plan = await makeViews(connection, database, catalog, uses);
  const sql = await printQuery(connection, rewrite(statement, database.templates));
  const prepared = await connection.prepare(sql);
  const at = Array.from({ length: prepared.columnCount }, (_, index) => index);
  const named = nameRowFields(
    sql,
    at.map((index) => prepared.columnName(index)),
    at.map((index) => prepared.columnType(index)),
  );
  const result = await (named === sql ? prepared.stream() : connection.stream(named));
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, at) => columnInfo(columnName(name, at), types[at]!));
  const formats = types.map(formatter);
  async function* chunks(): AsyncGenerator<ResultRow[]> {
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      const values = formats.map((format, at) => chunk!.getColumnValues(at).map(format));
      yield Array.from({ length: chunk.rowCount }, (_, row) => values.map((column) => column[row] ?? null));
    }
  }
  return { columns, ...plan, chunks: chunks() };
}

/** Makes a view for each use of a table and lets the use name it. */
async function makeViews(
  connection: DuckDBConnection,
  database: Database,
  catalog: SqlCatalog,
  uses: readonly TableUse[],
): Promise<{ bytesPlanned: number; filesPlanned: number }> {
  const versions = await evaluateVersions(connection, database.templates, uses);
  const snapshots = await resolveTables(catalog, uses, versions);
  const conditions = uses.map((use, at) => findConditions(use, snapshots[at]!.schema));
  const predicates = await evaluateConditions(connection, database.templates, conditions);
  const total = { bytesPlanned: 0, filesPlanned: 0 };
  const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  for (const [at, use] of uses.entries()) {
    const source = await snapshots[at]!.plan(predicates[at] ?? [], ask);
    const view = `firn_table_${at}`;
    await connection.run(`CREATE TEMP VIEW ${view} AS ${source.sql}`);
    Object.assign(use.ref, {
      alias: use.ref.alias || use.table,
      table_name: view,
      schema_name: 'main',
      catalog_name: 'temp',
      at_clause: null,
    });
    total.bytesPlanned += source.bytes;
    total.filesPlanned += source.files;
  }
  return total;
}

/** What each use reads; uses of one version of a table share one snapshot. */
async function resolveTables(
  catalog: SqlCatalog,
  uses: readonly TableUse[],
  versions: readonly (Version | undefined)[],
): Promise<TableSnapshot[]> {
  const known = new Map<string, TableSnapshot>();
  const snapshots: TableSnapshot[] = [];
  for (const [at, { database, table }] of uses.entries()) {
    const key = `${database}.${table} ${versionKey(versions[at])}`;
    const snapshot = known.get(key) ?? (await catalog.snapshot(database, table, versions[at]));
    if (snapshot === undefined) {
      const tables = await catalog.tables(database);
      const others =
        tables.length === 0 ? 'there is no such database' : `tables of ${database}: ${tables.join(', ')}`;
      throw new SqlError(
        'TABLE_NOT_FOUND',
        `Table 'awsdatacatalog.${database}.${table}' does not exist; ${others}`,
      );
    }
    known.set(key, snapshot);
    snapshots.push(snapshot);
  }
  return snapshots;
}

const unnamed = '_firn_unnamed';

/** Trino calls a column without a name `_col` and its position; DuckDB would print the expression. */
function nameColumns(node: QueryNode): void {
  if (node.left !== undefined) nameColumns(node.left);
  for (const expression of node.select_list ?? []) {
    if (!hasName(expression)) expression.alias = unnamed;
  }
}

function hasName({ alias, class: kind, type, column_names: names }: Expression): boolean {
  if (alias !== undefined && alias !== '') return true;
  if (kind === 'COLUMN_REF') return !isTimeKeyword(names ?? []);
  return kind === 'STAR' || type === 'STRUCT_EXTRACT';
}

function columnName(name: string, at: number): string {
  return name === unnamed ? `_col${at}` : name.toLowerCase();
}
