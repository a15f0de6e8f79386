/** One statement of any kind, from text to an answer. */
import type { Clock } from '../ports.ts';
import type { Upkeep } from '../upkeep/index.ts';
import type { SqlCatalog } from './catalog.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import { explain } from './explain.ts';
import type { ColumnInfo } from './format.ts';
import { runMaintenance } from './maintenance.ts';
import type { Metastore } from './metastore.ts';
import { parseQuery } from './parser.ts';
import { type PreparedStatements, parseDeallocate, parseExecute, parsePrepare } from './prepared.ts';
import { noSuchTable, type Planned } from './relations.ts';
import type { ResultFormat, ResultRow } from './results.ts';
import { type Query, runQuery } from './run.ts';
import type { Session } from './session.ts';
import { show } from './show.ts';
import { statementKind } from './statement.ts';
import type { Views } from './views.ts';

export interface Answer {
  columns: ColumnInfo[];
  format: ResultFormat;
  planned: Planned;
  chunks: AsyncIterable<ResultRow[]> | Iterable<ResultRow[]>;
  /** What was done, of statements that answer no rows. */
  note?: string;
}

/** What answering takes. */
export interface Answering {
  database: Database;
  catalog: SqlCatalog;
  views: Views;
  metastore: Metastore;
  prepared: PreparedStatements;
  upkeep: Upkeep | undefined;
  clock: Clock;
}

/** A statement, and the workgroup whose prepared statements it may name. */
export type Asked = Query & { workGroup: string };

/** Throws a SqlError where there is no answer. */
export async function answerStatement(session: Session, parts: Answering, asked: Asked): Promise<Answer> {
  const { database, catalog, views, upkeep } = parts;
  switch (statementKind(asked.sql)) {
    case 'SELECT':
      return { format: 'csv', ...(await runQuery(session, database, catalog, views, asked)) };
    case 'EXPLAIN':
      return explainLines(session, parts, asked);
    case 'OPTIMIZE':
    case 'VACUUM':
      return { ...nothing, note: await runMaintenance(session, database, catalog, upkeep, asked) };
    case 'SHOW':
    case 'DESCRIBE':
      return showLines(parts, asked);
    case 'EXECUTE':
      return answerStatement(session, parts, preparedStatement(parts.prepared, asked));
    case 'PREPARE':
      await prepare(parts, asked);
      return nothing;
    case 'DEALLOCATE':
      await deallocate(parts.prepared, asked);
      return nothing;
  }
}

const nothing: Answer = {
  columns: [],
  format: 'txt',
  planned: { bytes: 0, files: 0, rows: 0 },
  chunks: [],
};

async function showLines({ metastore, catalog }: Answering, asked: Asked): Promise<Answer> {
  refuseParameters(asked);
  const { role } = asked;
  const { columns, lines } = await show(asked.sql, {
    metastore,
    role,
    database: asked.database,
    async partitions(database, table) {
      const snapshot = await catalog.snapshot(database, table, role);
      if (snapshot?.partitions !== undefined) return snapshot.partitions();
      throw noSuchTable(database, table, await catalog.tables(database, role));
    },
  });
  const text = (name: string) => ({ name, type: 'string', precision: 0, scale: 0 });
  return { ...nothing, columns: columns.map(text), chunks: [lines.map((line) => [line])] };
}

async function explainLines(session: Session, parts: Answering, asked: Asked): Promise<Answer> {
  const { database, catalog, views } = parts;
  const { lines, planned } = await explain(session, database, catalog, views, asked);
  const columns = [{ name: 'Query Plan', type: 'varchar', precision: 0, scale: 0 }];
  return { ...nothing, columns, planned, chunks: [lines.map((line) => [line])] };
}

/** The statement that is meant by EXECUTE, with the values of USING or of the request. */
function preparedStatement(prepared: PreparedStatements, asked: Asked): Asked {
  const { name, parameters } = parseExecute(asked.sql);
  const statement = prepared.find(asked, name);
  if (statement === undefined) throw notPrepared(name, asked.workGroup);
  if (statementKind(statement.sql) === 'EXECUTE') {
    throw new SqlError('NOT_SUPPORTED', `the prepared statement ${name} executes another one`);
  }
  return { ...asked, sql: statement.sql, parameters: [...parameters, ...asked.parameters] };
}

async function prepare({ database, prepared, clock }: Answering, asked: Asked): Promise<void> {
  refuseParameters(asked);
  const { name, sql } = parsePrepare(asked.sql);
  if (statementKind(sql) === 'SELECT') await parseQuery(database.parser, sql);
  const { workGroup, role } = asked;
  await prepared.put({ name, workGroup, role, sql, description: '', modifiedAt: clock.now() });
}

async function deallocate(prepared: PreparedStatements, asked: Asked): Promise<void> {
  const name = parseDeallocate(asked.sql);
  if (prepared.find(asked, name) === undefined) throw notPrepared(name, asked.workGroup);
  await prepared.remove(asked, name);
}

function notPrepared(name: string, workGroup: string): SqlError {
  return new SqlError('NOT_FOUND', `Prepared statement not found: ${name}, in the workgroup ${workGroup}`);
}

function refuseParameters({ sql, parameters }: Asked): void {
  if (parameters.length === 0) return;
  throw new SqlError('SYNTAX_ERROR', `${statementKind(sql)} takes no parameters, found ${parameters.length}`);
}
