/** Athena, local or in the cloud: starts a query, waits for it, and gives its rows page by page. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { localDatabase } from '../../lake/settings.ts';
import { clientConfig } from '../aws.ts';
import { credentialsOf, openSts } from './role.ts';

export interface Column {
  name: string;
  /** Athena's type name. */
  type: string;
}

export interface Answer {
  columns: Column[];
  /** Rows, a page at a time; to be read once. */
  pages: AsyncIterable<(string | null)[][]>;
  /** Rows given so far. */
  rowCount: number;
  milliseconds: number;
  bytesScanned: number;
  /** What a statement without rows did, where the endpoint says so. */
  note: string | undefined;
}

export interface Client {
  athena: AthenaClient;
  endpoint: string;
}

/**
 * `endpoint`: a URL, or `aws`; absent: the environment's, else the local one. `region`: else the environment's.
 * `role`: ARN of whom to ask as, instead of oneself.
 */
export function openClient(
  endpoint: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  region?: string,
  role?: string,
): Client {
  const config = clientConfig('ATHENA', endpoint, environment, region);
  const asRole = role !== undefined && { credentials: credentialsOf(role, openSts(config.region)) };
  return { athena: new AthenaClient({ ...config, ...asRole }), endpoint: config.endpoint ?? 'aws' };
}

export interface Question {
  sql: string;
  /** SQL literals. */
  parameters: readonly string[];
  /** The lakehouse's own unless told otherwise. */
  workGroup?: string;
  database?: string;
}

/** Runs a query to its end. Throws with Athena's reason if it fails; an interrupt (SIGINT) cancels it. */
export async function ask(
  { athena, endpoint }: Client,
  { sql, parameters, workGroup = localDatabase, database = localDatabase }: Question,
): Promise<Answer> {
  const start = new StartQueryExecutionCommand({
    QueryString: sql,
    QueryExecutionContext: { Database: database },
    WorkGroup: workGroup,
    ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
  });
  const { QueryExecutionId: id } = await athena.send(start).catch((error) => {
    throw explained(error, endpoint);
  });
  const cancel = () =>
    void athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })).catch(() => {});
  process.once('SIGINT', cancel);
  const execution = await finished(athena, id!).finally(() => process.off('SIGINT', cancel));
  const { State: state, StateChangeReason: reason } = execution.Status ?? {};
  if (state !== 'SUCCEEDED') throw new Error(`${state}: ${reason ?? 'no reason given'}`);

  const first = await page(athena, id!);
  const answer: Answer = {
    columns: first.columns,
    pages: pages(),
    rowCount: 0,
    milliseconds: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
    bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0,
    note: reason,
  };
  // The first row of a query's first page is the header; SHOW and DESCRIBE have none.
  const hasHeader = execution.StatementType !== 'UTILITY';
  async function* pages(): AsyncGenerator<(string | null)[][]> {
    for (
      let current = { ...first, rows: hasHeader ? first.rows.slice(1) : first.rows };
      ;
      current = await page(athena, id!, current.next)
    ) {
      answer.rowCount += current.rows.length;
      yield current.rows;
      if (current.next === undefined) return;
    }
  }
  return answer;
}

async function finished(athena: AthenaClient, id: string): Promise<QueryExecution> {
  for (let pause = 10; ; pause = Math.min(pause * 2, 1000)) {
    const { QueryExecution: execution } = await athena.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    const state = execution?.Status?.State;
    if (execution !== undefined && state !== 'QUEUED' && state !== 'RUNNING') return execution;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

interface Page {
  columns: Column[];
  rows: (string | null)[][];
  next: string | undefined;
}

async function page(athena: AthenaClient, id: string, token?: string): Promise<Page> {
  const { ResultSet: set, NextToken: next } = await athena.send(
    new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: 1000, NextToken: token }),
  );
  const columns = (set?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '', Type = '' }) => ({
    name: Name,
    type: Type,
  }));
  const rows = (set?.Rows ?? []).map(({ Data = [] }) =>
    inColumns(
      Data.map(({ VarCharValue }) => VarCharValue ?? null),
      columns.length,
    ),
  );
  return { columns, rows, next };
}

/** DESCRIBE answers a line with tabs in it for each row. */
function inColumns(row: (string | null)[], count: number): (string | null)[] {
  if (row.length === count) return row;
  const cells = (row[0] ?? '').split('\t');
  return Array.from({ length: count }, (_, at) => cells[at] ?? '');
}

/** What to do next, where it can be told. */
function explained(error: unknown, endpoint: string): unknown {
  const { code, name } = error as { code?: string; name?: string };
  if (name === 'UnrecognizedClientException' && endpoint !== 'aws') {
    return new Error(
      `${endpoint} wants an access key of its own: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one that npm run keys -- make has made there`,
    );
  }
  if (code !== 'ECONNREFUSED' && code !== 'ENOTFOUND') return error;
  return new Error(
    `nothing answers at ${endpoint}: start the lakehouse with npm start, or name another with --endpoint`,
  );
}
