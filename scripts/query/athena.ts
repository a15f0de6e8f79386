/** Athena, local or in the cloud: starts a query, waits for it, and gives its rows page by page. */
import {
  AthenaClient,
  type AthenaClientConfig,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { localDatabase, localEndpoint } from '../../lake/settings.ts';

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

/** `endpoint`: a URL, or `aws`; absent: the environment's, else the local one. */
export function openClient(
  endpoint: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Client {
  const url =
    endpoint ?? environment.AWS_ENDPOINT_URL_ATHENA ?? environment.AWS_ENDPOINT_URL ?? localEndpoint;
  // The SDK tells of Node versions that it will leave behind some day; here that would stand amid the answers.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config: AthenaClientConfig = {};
  if (url !== 'aws') config.endpoint = url;
  config.region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1';
  const configured = environment.AWS_ACCESS_KEY_ID !== undefined || environment.AWS_PROFILE !== undefined;
  // The SDK signs every request; on this machine nobody checks, but it must have something to sign with.
  if (isLoopback(url) && !configured) config.credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { athena: new AthenaClient(config), endpoint: url };
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

/** Runs a query to its end. Throws with Athena's reason if it fails; an interrupt (SIGINT) cancels it. */
export async function ask(
  { athena, endpoint }: Client,
  { sql, parameters }: { sql: string; parameters: readonly string[] },
): Promise<Answer> {
  const start = new StartQueryExecutionCommand({
    QueryString: sql,
    QueryExecutionContext: { Database: localDatabase },
    WorkGroup: localDatabase,
    ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
  });
  const { QueryExecutionId: id } = await athena.send(start).catch((error) => {
    throw unreachable(error, endpoint);
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
  async function* pages(): AsyncGenerator<(string | null)[][]> {
    // The first row of the first page is the header.
    for (
      let current = { ...first, rows: first.rows.slice(1) };
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
  const rows = (set?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue ?? null));
  return { columns, rows, next };
}

function unreachable(error: unknown, endpoint: string): unknown {
  const code = (error as { code?: string }).code;
  if (code !== 'ECONNREFUSED' && code !== 'ENOTFOUND') return error;
  return new Error(
    `nothing answers at ${endpoint}: start the lakehouse with npm start, or name another with --endpoint`,
  );
}
