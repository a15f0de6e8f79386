/** One query from text to rows, on a connection of its own. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Role } from '../../lake/grants.ts';
import type { Expression, QueryNode } from './ast.ts';
import { checkStatement } from './cage.ts';
import type { SqlCatalog } from './catalog.ts';
import type { Database } from './database.ts';
import { type ColumnInfo, columnInfo, formatter } from './format.ts';
import { bindParameters } from './parameters.ts';
import { parseQuery, printQuery } from './parser.ts';
import { makeViews, type Planned } from './relations.ts';
import type { ResultRow } from './results.ts';
import { isTimeKeyword, rewrite } from './rewrite.ts';
import { nameRowFields } from './unnamed.ts';
import type { Views } from './views.ts';

export interface Query {
  sql: string;
  /** SQL literals, in the order of the question marks. */
  parameters: readonly string[];
  /** Where names without a database are looked up. */
  database: string;
  /** What may be seen. */
  role: Role;
}

export interface RunningQuery {
  columns: ColumnInfo[];
  planned: Planned;
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
  const planned = await makeViews(connection, database, catalog, uses, query.role);
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
  return { columns, planned, chunks: chunks() };
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
