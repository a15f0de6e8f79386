import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { assertEvents } from '../../testing/assert-events.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'firn-page-'));
let runtime: Runtime;
const secret = '203.0.113.77';
const view = (id: string, more: object = {}): object => ({
  event_id: id,
  user_id: 'ada',
  session_id: 's',
  event: 'view',
  ip: secret,
  hostname: 'h',
  uri: '/',
  timestamp: new Date().toISOString(),
  ...more,
});

beforeAll(async () => {
  runtime = await startRuntime({
    home: path.join(folder, 'home'),
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 }),
    writeKey: 'local',
    note: () => {},
    onFault: (fault) => {
      throw fault;
    },
  });
});
afterAll(async () => {
  await runtime.stop();
  rmSync(folder, { recursive: true });
});

async function put(records: readonly object[], wait = '?wait=committed'): Promise<Response> {
  return fetch(`${runtime.url}/v1/streams/firn-events/records${wait}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ records: records.map((data) => ({ data, 'partition-key': 'k' })) }),
  });
}

async function get(place: string, role = 'engineer'): Promise<{ status: number; body: never; text: string }> {
  const answer = await fetch(`${runtime.url}${place}`, { headers: { 'x-firn-role': role } });
  const text = await answer.text();
  return {
    status: answer.status,
    text,
    body: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}) as never,
  };
}

test('a put that waits answers the verdict on each record', async () => {
  const answer = await put([view('v1'), view('v2', { user_id: 7 }), { $table: 'nowhere' }]);
  const { Verdicts } = (await answer.json()) as { Verdicts: object[] };
  expect(answer.status).toBe(200);
  expect(Verdicts).toEqual([
    { Verdict: 'row', Table: 'web_log', EventId: 'v1' },
    {
      Verdict: 'rejected',
      EventId: 'v2',
      Code: 'wrong_type',
      Field: 'user_id',
      Reason: 'expected a string, got an integer',
    },
    expect.objectContaining({ Verdict: 'rejected', Code: 'unknown_table', Field: '$table' }),
  ]);
});

test('an event is found by its id: record, row, file and snapshot', async () => {
  await put([view("it's")]);
  const { body } = await get(`/api/trace/${encodeURIComponent("it's")}`);
  expect(body).toMatchObject({
    eventId: "it's",
    delivered: true,
    log: { shardId: expect.stringMatching(/^shardId-/), raw: expect.stringContaining(secret) },
    rows: [
      {
        table: 'web_log',
        row: { event_id: "it's", ip: secret },
        file: expect.stringMatching(/^firn\/web_log\/data\/.*\.parquet$/),
        snapshotId: expect.stringMatching(/^\d+$/),
      },
    ],
  });
  expect((await get('/api/trace/nobody')).body).toEqual({ eventId: 'nobody', rows: [] });
});

test('an analyst gets no raw event, no personal column and no contract saved', async () => {
  await put([view('p1')]);
  expect((await get('/api/trace/p1', 'analyst')).status).toBe(403);
  const tables = await get('/api/tables', 'analyst');
  expect(tables.text).not.toContain('"ip"');
  expect((await get('/api/tables')).text).toContain('"ip"');
  const save = await fetch(`${runtime.url}/api/contract/x`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(save.status).toBe(403);
});

test('live events come to who listens, while they are on their way', async () => {
  const stop = new AbortController();
  const live = await fetch(`${runtime.url}/api/live?role=engineer`, { signal: stop.signal });
  await put([view('live1')]);
  let text = '';
  for await (const chunk of live.body!) {
    text += Buffer.from(chunk).toString();
    if (text.includes('event: done')) break;
  }
  stop.abort();
  expect(text).toContain('live1');
});

test('status and metrics say what was accepted and what became of it', async () => {
  await put([view('m1')]);
  const { body } = await get('/api/status');
  expect(body).toMatchObject({ balanced: true, inFlight: 0, failed: 0 });
  expect((await get('/metrics')).text).toMatch(
    /^firn_verdicts_total\{verdict="row",table="web_log"\} [1-9]/m,
  );
});

test('what the collection routes refuse is counted', async () => {
  const refusals = async () =>
    ((await get('/api/status')).body as { refusals: { client: number; server: number } }).refusals;
  const before = await refusals();
  const url = `${runtime.url}/v1/streams/firn-events/records`;
  expect((await fetch(url, { method: 'PUT', headers: { 'x-api-key': 'another' }, body: '{}' })).status).toBe(
    403,
  );
  expect((await put([])).status).toBe(400);
  expect(await refusals()).toEqual({ ...before, client: before.client + 2 });
});

test.each([
  ['GET', '/api/nothing', '', 404],
  ['POST', '/api/athena/CreateNamedQuery', '{}', 404],
  ['POST', '/api/infer', '{"table":"Bad Name","events":[{}]}', 400],
  ['POST', '/api/infer', '[', 400],
])('%s %s with %s answers %i and a message', async (method, place, body, status) => {
  const answer = await fetch(`${runtime.url}${place}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== '' && { body }),
  });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toHaveProperty('message');
});

test.each([
  'VACUUM web_log',
  '/* it */ optimize web_log REWRITE DATA USING BIN_PACK',
  'EXECUTE it',
  'PREPARE it FROM SELECT 1',
])('the page only reads: %s is refused, for the engineer too', async (QueryString) => {
  const answer = await fetch(`${runtime.url}/api/athena/StartQueryExecution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-firn-role': 'engineer' },
    body: JSON.stringify({ QueryString }),
  });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('the page only reads')]);
});

test('a body that does not say to be JSON is refused: a form on another site could send it', async () => {
  const answer = await fetch(`${runtime.url}/api/infer`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(415);
});

test('assertEvents finds what was sent, and tells what came instead', async () => {
  const since = new Date(Date.now() - 1);
  await put([view('a1', { uri: '/checkout' })]);
  await assertEvents(runtime.url, [{ table: 'web_log', event_id: 'a1', uri: '/checkout' }], { since });
  await put([view('a2', { timestamp: 'soon' })]);
  const failure = assertEvents(runtime.url, [{ table: 'web_log', event_id: 'a2' }], { since, withinMs: 0 });
  await expect(failure).rejects.toThrow(
    /missing: \{"table":"web_log","event_id":"a2"\}.*a1.*web_log: bad_timestamp of timestamp/s,
  );
});
