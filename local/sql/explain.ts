/**
 * `EXPLAIN [ANALYZE] SELECT …` (Athena user guide, "Using EXPLAIN and EXPLAIN ANALYZE"): what would be read, and what
 * was. The plan itself is DuckDB's. It is for those who see everything: it names files and the conditions that hide
 * rows, and is made by statistics of all rows.
 */
import { isRestricted } from '../../lake/grants.ts';
import type { SqlCatalog } from './catalog.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import type { Planned, TableScan } from './relations.ts';
import { planQuery, type Query } from './run.ts';
import type { Session } from './session.ts';
import { statementKind } from './statement.ts';
import { closing, isWord, tokenize } from './tokens.ts';
import type { Views } from './views.ts';

export interface Explain {
  /** The query is run, too. */
  analyze: boolean;
  /** What is explained. */
  sql: string;
}

const expected = 'expected EXPLAIN [ANALYZE] [(FORMAT TEXT)] SELECT …';

/** Throws a SqlError that says what is expected. */
export function parseExplain(sql: string): Explain {
  const [, ...tokens] = tokenize(sql).filter(({ kind }) => kind !== 'comment' && kind !== 'space');
  const analyze = isWord(tokens[0], 'analyze');
  let from = analyze ? 1 : 0;
  if (tokens[from]?.text === '(' && isWord(tokens[from + 1], 'format', 'type')) {
    const end = closing(tokens, from);
    const options = tokens.slice(from + 1, end).map(({ text }) => text.toUpperCase());
    if (!/^(FORMAT TEXT|TYPE (LOGICAL|DISTRIBUTED)|,| )+$/.test(options.join(' '))) {
      throw new SqlError('NOT_SUPPORTED', `a plan is text here, found (${options.join(' ')}): ${expected}`);
    }
    from = end + 1;
  }
  const rest = tokens.slice(from);
  if (rest.length === 0) throw new SqlError('SYNTAX_ERROR', expected);
  const explained = rest.map(({ text }) => text).join(' ');
  if (statementKind(explained) !== 'SELECT') {
    throw new SqlError('NOT_SUPPORTED', `only queries are explained: ${expected}`);
  }
  return { analyze, sql: explained };
}

/** The lines of a plan, and what was read for it: nothing, unless the query was run. */
export async function explain(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  query: Query,
): Promise<{ lines: string[]; planned: Planned }> {
  const { analyze, sql } = parseExplain(query.sql);
  const {
    sql: runnable,
    scans,
    planned,
  } = await planQuery(session, database, catalog, views, {
    ...query,
    sql,
  });
  const lines = scans.flatMap(describeScan);
  const columns = await session.describe(runnable);
  lines.push(`Output: ${columns.length} columns`);
  if (isRestricted(query.role)) {
    if (analyze) lines.push(`Rows: ${await countRows(session, runnable)}`);
  } else {
    const [[, plan] = []] = await session.rows(`EXPLAIN ${analyze ? 'ANALYZE ' : ''}${runnable}`);
    lines.push('', 'In DuckDB:', ...String(plan).trimEnd().split('\n'));
  }
  return { lines, planned: analyze ? planned : { bytes: 0, files: 0, rows: 0 } };
}

function describeScan({ database, table, columns, bytes, files, rows }: TableScan): string[] {
  const by = columns.length === 0 ? 'all of its files' : `files chosen by ${columns.join(', ')}`;
  return [
    `TableScan: awsdatacatalog.${database}.${table}`,
    `    ${by}: ${files}, ${bytes} bytes${rows === undefined ? '' : `, ${rows} rows`}`,
  ];
}

async function countRows(session: Session, sql: string): Promise<number> {
  await session.start(sql);
  let count = 0;
  for (let rows = await session.next(); rows !== undefined; rows = await session.next()) count += rows.length;
  return count;
}
