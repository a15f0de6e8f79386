/**
 * The Lambda function behind the page of a deployed stage: it runs the queries that ship, in the page's own
 * workgroup, with the analyst's rights.
 *
 * Environment: `FIRN_DATABASE`, `FIRN_WORKGROUP`, `FIRN_CACHE_MINUTES`, `FIRN_LIVE_SECONDS`, `FIRN_CLAIM`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import {
  PageError,
  type PageEvent,
  type PageRequest,
  type PageSettings,
  readPageRequest,
} from '../lake/page/request.ts';
import { pageRoutes } from '../lake/page/routes.ts';
import { type NamedQuery, parseNamedQuery, queryFolders } from '../lake/queries.ts';

export interface PageAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** An execution, as far as the page looks at it; in Athena's words. */
export interface Execution {
  QueryExecutionId: string;
  Status: { State: string; StateChangeReason?: string };
  Statistics: { DataScannedInBytes: number; TotalExecutionTimeInMillis: number };
}

export interface Athena {
  /** The same `token` gives the same execution. */
  start(sql: string, parameters: readonly string[], token: string): Promise<string>;
  state(id: string): Promise<Execution>;
  rows(id: string, next: string | undefined, max: number): Promise<object>;
  stop(id: string): Promise<void>;
}

/** A query that failed, or that somebody cancelled, is tried again when it is asked again, so many times. */
const attempts = 3;

/** Of an answer's 6 MB (Lambda quotas) what rows may take. */
const answerBytes = 5_000_000;

export async function answerPage(
  event: PageEvent,
  athena: Athena,
  queries: ReadonlyMap<string, NamedQuery>,
  settings: PageSettings,
  now: number,
): Promise<PageAnswer> {
  try {
    return json(200, await answer(readPageRequest(event, queries, settings, now), athena, queries));
  } catch (error) {
    const refusal = error instanceof PageError ? error : refusalOf(error as Error, event);
    if (refusal === undefined) throw error;
    return json(refusal.status, { message: refusal.message });
  }
}

async function answer(
  request: PageRequest,
  athena: Athena,
  queries: ReadonlyMap<string, NamedQuery>,
): Promise<object> {
  switch (request.kind) {
    case 'queries':
      return [...queries.values()];
    case 'start':
      return { QueryExecution: await start(request, athena) };
    case 'state':
      return { QueryExecution: await athena.state(request.id) };
    case 'rows':
      return rows(request, athena);
    case 'stop':
      await athena.stop(request.id);
      return {};
  }
}

/**
 * Starts a query, or finds the one that was started for the same question a moment ago. This is the cache of results:
 * Athena's own does not serve tables that Lake Formation guards (its user guide, "Reuse query results").
 */
async function start(
  { query, parameters, key }: PageRequest & { kind: 'start' },
  athena: Athena,
): Promise<Execution> {
  for (let attempt = 1; ; attempt++) {
    const id = await athena.start(query.sql, parameters, `${key}-${attempt}`);
    const execution = await athena.state(id);
    const over = ['FAILED', 'CANCELLED'].includes(execution.Status.State);
    if (!over || attempt === attempts) return execution;
  }
}

/** A page of rows that fits into an answer; wide rows come fewer at a time. */
async function rows({ id, next }: PageRequest & { kind: 'rows' }, athena: Athena): Promise<object> {
  for (let max = 1000; ; max = Math.ceil(max / 5)) {
    const page = await athena.rows(id, next, max);
    // The first page begins with the names of the columns.
    if (max <= 2 || Buffer.byteLength(JSON.stringify(page)) <= answerBytes) return page;
  }
}

/** What Athena refuses because of what was asked; undefined for what is our own fault. */
function refusalOf({ name, message }: Error, { routeKey }: PageEvent): PageError | undefined {
  switch (name) {
    case 'TooManyRequestsException':
    case 'ThrottlingException':
      return new PageError(429, 'too many queries run at once: try again in a moment');
    case 'InvalidRequestException':
      return new PageError(400, message);
    case 'AccessDeniedException':
      // The id of a query of another workgroup. That none could be started would be a fault of the deployment.
      return routeKey === pageRoutes.start
        ? undefined
        : new PageError(404, 'the page has no query of this id');
    default:
      return undefined;
  }
}

function json(statusCode: number, value: object): PageAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}

/** `cacheMinutes`: the age up to which Athena may give an answer again, where its own cache does serve. */
export function athenaOf(
  client: AthenaClient,
  own: { database: string; workgroup: string; cacheMinutes: number },
): Athena {
  return {
    async start(QueryString, parameters, ClientRequestToken) {
      const { QueryExecutionId } = await client.send(
        new StartQueryExecutionCommand({
          QueryString,
          ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
          ClientRequestToken,
          QueryExecutionContext: { Database: own.database },
          WorkGroup: own.workgroup,
          ResultReuseConfiguration: {
            ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: own.cacheMinutes },
          },
        }),
      );
      return QueryExecutionId!;
    },
    async state(QueryExecutionId) {
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { Status, Statistics } = QueryExecution!;
      return {
        QueryExecutionId,
        Status: {
          State: Status!.State!,
          ...(Status?.StateChangeReason !== undefined && { StateChangeReason: Status.StateChangeReason }),
        },
        Statistics: {
          DataScannedInBytes: Statistics?.DataScannedInBytes ?? 0,
          TotalExecutionTimeInMillis: Statistics?.TotalExecutionTimeInMillis ?? 0,
        },
      };
    },
    async rows(QueryExecutionId, NextToken, MaxResults) {
      const { ResultSet, NextToken: next } = await client.send(
        new GetQueryResultsCommand({
          QueryExecutionId,
          MaxResults,
          ...(NextToken !== undefined && { NextToken }),
        }),
      );
      return { ResultSet, ...(next !== undefined && { NextToken: next }) };
    },
    async stop(QueryExecutionId) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    },
  };
}

/** The queries that ship, by name, sorted. */
export function readQueries(folder: string): Map<string, NamedQuery> {
  const queries = queryFolders.flatMap((inner) =>
    readdirSync(`${folder}/${inner}`)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => parseNamedQuery(file, readFileSync(`${folder}/${inner}/${file}`, 'utf8'))),
  );
  return new Map(queries.sort((a, b) => (a.name < b.name ? -1 : 1)).map((query) => [query.name, query]));
}

let queries: Map<string, NamedQuery> | undefined;
let client: AthenaClient | undefined;

export async function handler(event: PageEvent): Promise<PageAnswer> {
  const { env } = process;
  // The deployment puts the folder beside the code.
  queries ??= readQueries(`${env.LAMBDA_TASK_ROOT ?? '.'}/queries`);
  client ??= new AthenaClient({});
  const settings: PageSettings = {
    cacheMinutes: Number(env.FIRN_CACHE_MINUTES),
    liveSeconds: Number(env.FIRN_LIVE_SECONDS),
    claim: env.FIRN_CLAIM ?? '',
  };
  const athena = athenaOf(client, {
    database: env.FIRN_DATABASE ?? 'firn',
    workgroup: env.FIRN_WORKGROUP ?? '',
    cacheMinutes: settings.cacheMinutes,
  });
  return answerPage(event, athena, queries, settings, Date.now());
}
