/**
 * `OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE …]` and `VACUUM t` (Athena user guide, "OPTIMIZE", "VACUUM"): parsed
 * here, since DuckDB's parser knows neither, and carried out by the upkeep of tables.
 */
import { mayTouchFiles } from '../../lake/grants.ts';
import type { Predicate } from '../iceberg/types.ts';
import { describeUpkeep, type Upkeep } from '../upkeep/index.ts';
import { checkStatement } from './cage.ts';
import type { SqlCatalog } from './catalog.ts';
import { evaluateConditions } from './constants.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import { bindParameters } from './parameters.ts';
import { parseQuery } from './parser.ts';
import { countConjuncts, findConditions } from './predicates.ts';
import type { Query } from './run.ts';
import type { Session } from './session.ts';
import { isWord, type Token, tokenize } from './tokens.ts';
import { noViews } from './views.ts';

export interface Maintenance {
  kind: 'OPTIMIZE' | 'VACUUM';
  /** `t` or `database.t`, lower case. */
  database: string | undefined;
  table: string;
  /** What stands behind WHERE. */
  where: string | undefined;
}

/** Throws a SqlError that says what is expected. */
export function parseMaintenance(sql: string): Maintenance {
  const tokens = tokenize(sql).filter(({ kind }) => kind !== 'comment' && kind !== 'space');
  if (tokens.at(-1)?.text === ';') tokens.pop();
  const kind = isWord(tokens[0], 'vacuum') ? 'VACUUM' : 'OPTIMIZE';
  const expected =
    kind === 'VACUUM'
      ? 'expected VACUUM [database.]table'
      : 'expected OPTIMIZE [database.]table REWRITE DATA USING BIN_PACK [WHERE condition on partition columns]';
  const names = [nameOf(tokens[1])];
  let next = 2;
  if (tokens[next]?.text === '.') {
    names.push(nameOf(tokens[next + 1]));
    next += 2;
  }
  if (names.includes(undefined)) throw new SqlError('SYNTAX_ERROR', expected);
  if (kind === 'OPTIMIZE') {
    for (const word of ['rewrite', 'data', 'using', 'bin_pack']) {
      if (!isWord(tokens[next++], word)) throw new SqlError('SYNTAX_ERROR', expected);
    }
  }
  const rest = tokens.slice(next);
  const hasWhere = kind === 'OPTIMIZE' && isWord(rest[0], 'where') && rest.length > 1;
  if ((rest.length > 0 && !hasWhere) || rest.some(({ text }) => text === ';')) {
    throw new SqlError('SYNTAX_ERROR', expected);
  }
  const where = hasWhere
    ? rest
        .slice(1)
        .map(({ text }) => text)
        .join(' ')
    : undefined;
  return { kind, database: names.length === 2 ? names[0] : undefined, table: names.at(-1)!, where };
}

function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'quoted') return token.text.slice(1, -1).replaceAll('""', '"').toLowerCase();
  return token?.kind === 'word' ? token.text.toLowerCase() : undefined;
}

/**
 * Carries a statement out, and answers what was done. Throws a SqlError where it cannot be: no such table, a condition
 * on something else.
 */
export async function runMaintenance(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  upkeep: Upkeep | undefined,
  query: Query,
): Promise<string> {
  const statement = parseMaintenance(query.sql);
  const owner = statement.database ?? query.database;
  const name = `${owner}.${statement.table}`;
  if (!mayTouchFiles(query.role)) {
    throw new SqlError('ACCESS_DENIED', `${statement.kind} is for engineers; the role here is ${query.role}`);
  }
  if (upkeep === undefined) {
    throw new SqlError(
      'NOT_SUPPORTED',
      `${statement.kind} needs the upkeep of tables, which does not run here`,
    );
  }
  if (!(await catalog.tables(owner, query.role)).includes(statement.table)) {
    throw new SqlError('TABLE_NOT_FOUND', `Table 'awsdatacatalog.${name}' does not exist`);
  }
  if (statement.kind === 'VACUUM') return describeUpkeep(await upkeep.vacuum(statement.table));
  const predicates = await partitionPredicates(session, database, catalog, statement, owner, query);
  return describeUpkeep(await upkeep.optimize(statement.table, predicates));
}

/** The WHERE clause as predicates; it may speak of partition columns only. */
async function partitionPredicates(
  session: Session,
  database: Database,
  catalog: SqlCatalog,
  { table, where }: Maintenance,
  owner: string,
  query: Query,
): Promise<Predicate[]> {
  if (where === undefined) return [];
  const parsed = await parseQuery(database.parser, `SELECT 1 FROM "${owner}"."${table}" WHERE ${where}`);
  const statement = await bindParameters(database.parser, parsed, query.parameters);
  const [use, ...others] = checkStatement(statement, owner, noViews);
  const snapshot = await catalog.snapshot(owner, table, query.role);
  if (use === undefined || others.length > 0 || snapshot === undefined) throw notUnderstood(table, []);
  const columns = snapshot.partitionColumns ?? [];
  const conditions = findConditions(use, snapshot.schema);
  const known = conditions.every(({ column }) => columns.includes(column));
  if (!known || conditions.length < countConjuncts(use)) throw notUnderstood(table, columns);
  await session.run('BEGIN TRANSACTION');
  const [predicates = []] = await evaluateConditions(session, database, [conditions]);
  if (predicates.length < conditions.length) throw notUnderstood(table, columns);
  return predicates;
}

function notUnderstood(table: string, columns: readonly string[]): SqlError {
  const list = columns.length === 0 ? `${table} has none` : columns.join(', ');
  return new SqlError(
    'NOT_SUPPORTED',
    `the WHERE of OPTIMIZE takes comparisons of partition columns (${list}) with constants, joined by AND`,
  );
}
