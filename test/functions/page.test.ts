import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { expect, test } from 'vitest';
import { type Athena, answerPage, athenaOf, readQueries } from '../../functions/page.ts';
import type { PageEvent, PageSettings } from '../../lake/page/request.ts';
import { liveQuery } from '../../lake/page/routes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const queries = readQueries(path.join(root, 'queries'));
const noon = Date.parse('2026-05-01T12:00:00Z');
const plain: PageSettings = { cacheMinutes: 5, liveSeconds: 30, claim: '' };
const id = '00000000-0000-4000-8000-000000000001';

/** Athena, as far as the page knows it: a token that was used gives its execution again. */
class FakeAthena implements Athena {
  readonly started: { sql: string; parameters: readonly string[]; token: string }[] = [];
  readonly stopped: string[] = [];
  states: string[] = [];
  pages: ((max: number) => object) | undefined;
  failure: Error | undefined;

  async start(sql: string, parameters: readonly string[], token: string): Promise<string> {
    if (this.failure) throw this.failure;
    const known = this.started.findIndex((other) => other.token === token);
    if (known === -1) this.started.push({ sql, parameters, token });
    return String(known === -1 ? this.started.length - 1 : known);
  }

  async state(asked: string) {
    if (this.failure) throw this.failure;
    return {
      QueryExecutionId: asked,
      Status: { State: this.states[Number(asked)] ?? 'RUNNING' },
      Statistics: { DataScannedInBytes: 0, TotalExecutionTimeInMillis: 0 },
    };
  }

  async rows(_id: string, _next: string | undefined, max: number): Promise<object> {
    return this.pages?.(max) ?? { ResultSet: { Rows: [] } };
  }

  async stop(asked: string): Promise<void> {
    this.stopped.push(asked);
  }
}

const ask = async (
  athena: Athena,
  event: Partial<PageEvent> & { routeKey: string },
  { now = noon, settings = plain }: { now?: number; settings?: PageSettings } = {},
) => {
  const { statusCode, body } = await answerPage(
    { requestContext: {}, ...event },
    athena,
    queries,
    settings,
    now,
  );
  return { status: statusCode, value: JSON.parse(body) };
};
const start = (name: string, parameters?: object): PageEvent => ({
  routeKey: 'POST /api/queries/{name}',
  pathParameters: { name },
  body: JSON.stringify({ parameters }),
  requestContext: {},
});
const state = { routeKey: 'GET /api/executions/{id}', pathParameters: { id } };

test('every query that ships is listed with its parameters and chart, and no view among them', async () => {
  const { value } = await ask(new FakeAthena(), { routeKey: 'GET /api/queries' });
  const names = value.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['web-funnel', 'retention-by-week', liveQuery]));
  expect(names).not.toContain('all_events');
  expect(JSON.stringify(value)).not.toContain('CREATE OR REPLACE');
});

test('a query runs by its name, its values as typed literals beside the text that ships', async () => {
  const athena = new FakeAthena();
  const { status, value } = await ask(athena, start('user-timeline', { user: "x' OR '1'='1", days: '7' }));
  expect([status, value.QueryExecution.Status.State]).toEqual([200, 'RUNNING']);
  const [{ sql, parameters } = { sql: '', parameters: [] }] = athena.started;
  expect(sql).toBe(queries.get('user-timeline')!.sql);
  expect(parameters).toContain("'x'' OR ''1''=''1'");
  expect(parameters).toContain('7');
});

test.each<[string, PageEvent, number, string]>([
  ['SQL in the place of a name', start('SELECT 1'), 404, 'no query of this name'],
  ['a view', start('all_events'), 404, 'no query of this name'],
  ['what every object has', start('constructor'), 404, 'no query of this name'],
  ['a value of another type', start('web-funnel', { hours: '1; DROP' }), 400, 'expected a whole number'],
  ['a parameter that is none', start('web-funnel', { sql: 'x' }), 400, 'no parameter sql'],
  ['a value that is no text', start('web-funnel', { hours: { a: 1 } }), 400, 'must be a text'],
  ['a value without end', start('user-timeline', { user: 'x'.repeat(501) }), 400, 'at most 500 characters'],
  ['a needed value that is missing', start('user-timeline'), 400, 'needs the parameter user'],
  ['parameters that are a list', start('web-funnel', ['6']), 400, 'expected {"parameters"'],
  ['a body that is no JSON', { ...start('web-funnel'), body: '{' }, 400, 'no JSON'],
  ['a body that is null', { ...start('web-funnel'), body: 'null' }, 400, 'expected {"parameters"'],
  ['a body without end', { ...start('web-funnel'), body: ' '.repeat(20_000) }, 400, 'at most 16384'],
  ['an id that is none', { ...state, pathParameters: { id: '../x' }, requestContext: {} }, 400, 'no id'],
  ['another route', { routeKey: 'POST /api/athena/{operation}', requestContext: {} }, 404, 'there is no'],
])('%s is refused, and nothing is asked', async (_, event, status, message) => {
  const athena = new FakeAthena();
  const answer = await ask(athena, event);
  expect([answer.status, answer.value.message]).toEqual([status, expect.stringContaining(message)]);
  expect(athena.started).toEqual([]);
});

test('who asks the same within the same minutes shares one execution; later, it is a new one', async () => {
  const athena = new FakeAthena();
  await ask(athena, start('web-funnel', { hours: '6' }));
  await ask(athena, start('web-funnel', { hours: '6' }), { now: noon + 299_000 });
  expect(athena.started).toHaveLength(1);
  await ask(athena, start('web-funnel', { hours: '7' }));
  await ask(athena, start('web-funnel', { hours: '6' }), { now: noon + 300_000 });
  expect(athena.started).toHaveLength(3);
  // Athena takes tokens of 32 to 128 characters.
  for (const { token } of athena.started) expect(token).toMatch(/^[\da-f]{64}-1$/);
});

test('the newest rows are shared for seconds only', async () => {
  const athena = new FakeAthena();
  for (const seconds of [0, 29, 30]) await ask(athena, start(liveQuery), { now: noon + seconds * 1000 });
  expect(athena.started).toHaveLength(2);
  expect(athena.started[0]!.parameters).toContain("TIMESTAMP '2026-05-01 12:00:30.000'");
});

test('a query that failed is tried again when it is asked again, and not without end', async () => {
  const athena = new FakeAthena();
  athena.states = ['FAILED', 'CANCELLED', 'FAILED'];
  const { value } = await ask(athena, start('web-funnel'));
  expect(value.QueryExecution.Status.State).toBe('FAILED');
  await ask(athena, start('web-funnel'));
  expect(athena.started).toHaveLength(3);
});

test('rows that do not fit into an answer come fewer at a time', async () => {
  const athena = new FakeAthena();
  athena.pages = (max) => ({ ResultSet: { Rows: Array(max).fill('x'.repeat(20_000)) } });
  const { value } = await ask(athena, { ...state, routeKey: 'GET /api/executions/{id}/rows' });
  expect(value.ResultSet.Rows).toHaveLength(200);
});

test('a query is cancelled by its id', async () => {
  const athena = new FakeAthena();
  expect(await ask(athena, { ...state, routeKey: 'DELETE /api/executions/{id}' })).toEqual({
    status: 200,
    value: {},
  });
  expect(athena.stopped).toEqual([id]);
});

test.each([
  ['TooManyRequestsException', 429],
  ['InvalidRequestException', 400],
  ['AccessDeniedException', 404],
])("Athena's %s is answered %i, and a bug is not hidden", async (name, status) => {
  const athena = new FakeAthena();
  athena.failure = Object.assign(new Error('no'), { name });
  expect((await ask(athena, state)).status).toBe(status);
  athena.failure = new Error('bug');
  await expect(ask(athena, state)).rejects.toThrow('bug');
  // That nothing can be started is no matter of whoever asks.
  athena.failure = Object.assign(new Error('no rights'), { name: 'AccessDeniedException' });
  await expect(ask(athena, start('web-funnel'))).rejects.toThrow('no rights');
});

test.each([
  [{}, 403],
  [{ groups: 'writers' }, 403],
  [{ groups: 'analysts' }, 200],
  [{ groups: '[writers analysts]' }, 200],
  [{ groups: '[writers, analysts]' }, 200],
  [{ groups: '[analysts-of-others]' }, 403],
])('where a claim is asked for, a token with %j is answered %i', async (claims, status) => {
  const event = { routeKey: 'GET /api/queries', requestContext: { authorizer: { jwt: { claims } } } };
  const settings = { ...plain, claim: 'groups=analysts' };
  expect((await ask(new FakeAthena(), event, { settings })).status).toBe(status);
});

test('Athena is asked in the page\u2019s workgroup and database, with reuse of results', async () => {
  const sent: { name: string; input: object }[] = [];
  const client = {
    send: async (command: { constructor: { name: string }; input: object }) => {
      sent.push({ name: command.constructor.name, input: command.input });
      return { QueryExecutionId: id, QueryExecution: { Status: { State: 'QUEUED' } }, ResultSet: {} };
    },
  } as unknown as AthenaClient;
  const athena = athenaOf(client, { database: 'firn_dev', workgroup: 'firn-dev-page', cacheMinutes: 5 });
  expect(await athena.start('SELECT ?', ["'a'"], 't')).toBe(id);
  expect((await athena.state(id)).Statistics.DataScannedInBytes).toBe(0);
  await athena.rows(id, 'next', 10);
  await athena.stop(id);
  expect(sent).toEqual([
    {
      name: 'StartQueryExecutionCommand',
      input: {
        QueryString: 'SELECT ?',
        ExecutionParameters: ["'a'"],
        ClientRequestToken: 't',
        QueryExecutionContext: { Database: 'firn_dev' },
        WorkGroup: 'firn-dev-page',
        ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 5 } },
      },
    },
    { name: 'GetQueryExecutionCommand', input: { QueryExecutionId: id } },
    { name: 'GetQueryResultsCommand', input: { QueryExecutionId: id, MaxResults: 10, NextToken: 'next' } },
    { name: 'StopQueryExecutionCommand', input: { QueryExecutionId: id } },
  ]);
});
