import { expect, test } from 'vitest';
import { makeKey } from '../../local/keys.ts';
import { assertEvents, candidates, unmatched } from '../../testing/assert-events.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const view = (id: string, more: object = {}): object => ({
  event_id: id,
  user_id: 'ada',
  session_id: 's',
  event: 'view',
  ip: '203.0.113.1',
  hostname: 'h',
  uri: '/',
  timestamp: new Date().toISOString(),
  ...more,
});

async function put(url: string, records: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/v1/streams/firn-events/records?wait=committed`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ records: records.map((data) => ({ data, 'partition-key': 'k' })) }),
  });
  expect(answer.status).toBe(200);
}

test('an event is found among more than a page of others; without a text to ask for, too', async () => {
  const { url } = await startTestRuntime();
  const since = new Date(Date.now() - 1);
  await put(url, [view('first', { uri: "/it's" })]);
  for (let batch = 0; batch < 3; batch++) {
    await put(
      url,
      Array.from({ length: 500 }, (_, i) => view(`${batch}-${i}`)),
    );
  }
  await assertEvents(url, [{ table: 'web_log', event_id: 'first', uri: "/it's", os: null }], { since });
  await assertEvents(url, [{ table: 'web_log', os: null }], { since });
  const failure = assertEvents(url, [{ table: 'web_log', uri: '/nowhere' }], { since, withinMs: 0 });
  await expect(failure).rejects.toThrow(/missing: .*web_log has 1501 rows since/s);
});

test('a column that is not there is told at once, and what the id asked for was rejected for first', async () => {
  const { url } = await startTestRuntime();
  const since = new Date(Date.now() - 1);
  await put(url, [view('bad', { timestamp: 'soon' })]);
  await put(
    url,
    [1, 2, 3, 4, 5, 6].map((i) => view(`worse-${i}`, { user_id: i })),
  );
  const misspelt = assertEvents(url, [{ table: 'web_log', evnt: 'view' }], { since });
  await expect(misspelt).rejects.toThrow(/evnt/);
  const failure = assertEvents(url, [{ table: 'web_log', event_id: 'bad' }], { since, withinMs: 0 });
  await expect(failure).rejects.toThrow(
    /7 events were rejected, such as:\n {2}bad for web_log: bad_timestamp/,
  );
});

test('in a lakehouse with access keys it signs', async () => {
  const home = temporaryFolder();
  const { url } = await startTestRuntime({ home });
  const { accessKeyId, secretAccessKey } = makeKey(home, 'analyst', '', Date.now());
  await put(url, [view('a')]);
  const expected = [{ table: 'web_log', event_id: 'a' }];
  await assertEvents(url, expected, { credentials: { accessKeyId, secretAccessKey } });
  const credentials = { accessKeyId, secretAccessKey: 'another' };
  await expect(assertEvents(url, expected, { credentials })).rejects.toThrow(/signature/i);
});

test('two equal events need two rows, and JSON must hold at least what is expected', () => {
  const rows = new Map([['t', [{ a: '1', p: '{"x":1,"y":[2]}' }]]]);
  const once = { table: 't', a: 1, p: { x: 1 } };
  expect(unmatched([once, once], rows)).toEqual([once]);
  expect(unmatched([{ table: 't', p: { x: 2 } }], rows)).toHaveLength(1);
  expect(unmatched([{ table: 't', p: { y: [2] } }], rows)).toEqual([]);
});

test('names and values are quoted', () => {
  const event = { table: 't"', 'c"': "it's", n: 1 };
  expect(candidates('t"', [event, { table: 'other', x: 'y' }], new Date(0))).toBe(
    `SELECT * FROM "t""" WHERE received_at >= TIMESTAMP '1970-01-01 00:00:00.000' AND ((CAST("c""" AS varchar) = 'it''s'))`,
  );
});
