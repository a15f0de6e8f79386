/** One query from text to rows, on a connection of its own. */
import type { Role } from '../../lake/grants.ts';
import type { Expression, QueryNode } from './ast.ts';
import { checkStatement } from './cage.ts';
import type { SqlCatalog } from './catalog.ts';
import type { Database } from './database.ts';
import type { ColumnInfo } from './format.ts';
import { bindParameters } from './parameters.ts';
import { parseQuery, printQuery } from './parser.ts';
import { makeViews, type Planned, type TableScan, totalOf } from './relations.ts';
import type { ResultRow } from './results.ts';
import { isTimeKeyword, rewrite } from './rewrite.ts';
import type { Session } from './session.ts';
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

/** A query on its way: DuckDB has the tables as views. */
export interface PlannedQuery {
  /** In DuckDB's dialect. */
  sql: string;
  scans: TableScan[];
  planned: Planned;
}

/** Plans a query. Every table is resolved here, once: the rows are of one snapshot each. */
export async function planQuery(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  query: Query,
): Promise<PlannedQuery> {
  const { parser, templates } = database;
  const parsed = await parseQuery(parser, query.sql);
  const statement = await bindParameters(parser, parsed, query.parameters);
  const uses = checkStatement(statement, query.database, views);
  nameColumns(statement.node);
  // One transaction: now() is the same in pruning and in the query.
  await session.run('BEGIN TRANSACTION');
  const scans = await makeViews(session, database, catalog, uses, query.role);
  return { sql: await printQuery(parser, rewrite(statement, templates)), scans, planned: totalOf(scans) };
}

/** Plans a query and starts it. */
export async function runQuery(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  query: Query,
): Promise<RunningQuery> {
  const { sql, planned } = await planQuery(session, database, catalog, views, query);
  const columns = await session.start(sql);
  async function* chunks(): AsyncGenerator<ResultRow[]> {
    let coming = session.next();
    for (;;) {
      const rows = await coming;
      if (rows === undefined) return;
      // The next ones are made while these are written; whoever stops here asks for them no more.
      coming = session.next();
      coming.catch(() => {});
      yield rows;
    }
  }
  return {
    columns: columns.map((column, at) => ({ ...column, name: columnName(column.name, at) })),
    planned,
    chunks: chunks(),
  };
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
