/** The collection routes of a whole lakehouse, from the request to the row. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { digestWriteKeys } from '../../lake/write-keys.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { sqlOn } from '../helpers/sql.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

let runtime: Runtime;
const folder = makeTemporaryFolder();

beforeAll(async () => {
  const settings = parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 });
  const quiet = { note: () => {}, onFault: () => {} };
  runtime = await startRuntime({ home: folder.path, writeKey: localWriteKey, settings, ...quiet });
});

afterAll(async () => {
  await runtime.stop();
  folder.remove();
});

const basic = `Basic ${Buffer.from('local:').toString('base64')}`;
const json = { authorization: basic, 'content-type': 'application/json' };

test('what trackers send becomes rows; the bad one of a batch is in rejected with its reason', async () => {
  const { url } = runtime;
  const post = async (path: string, body: unknown, headers: Record<string, string> = json) => {
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.text()];
  };
  const accepted = [200, '{"success":true}'];
  const batch = [
    { type: 'track', event: 'Seen', userId: 'ada', messageId: 'm-1', properties: { n: 1 } },
    { type: 'track', event: 'Seen', messageId: 'm-2' },
    { type: 'page', name: 'Home', anonymousId: 'a-1', messageId: 'm-3' },
  ];
  expect(await post('/v1/batch', { batch })).toEqual(accepted);
  expect(
    await post('/v1/i', { userId: 'ada', messageId: 'm-4', writeKey: 'local', traits: { plan: 'pro' } }, {}),
  ).toEqual(accepted);
  expect(await post('/v1/m', { series: [] }, {})).toEqual(accepted);
  expect(
    await post('/collect?appId=local', [{ event_type: '_page_view', event_id: 'm-5', device_id: 'd' }]),
  ).toEqual(accepted);
  const event = { specversion: '1.0', id: 'm-6', source: '/x', type: 'paid' };
  expect(
    await post('/v1/events', event, { authorization: basic, 'content-type': 'application/cloudevents+json' }),
  ).toEqual(accepted);
  const image = await fetch(`${url}/v1/pixel.gif?writeKey=local&messageId=m-7&userId=ada&event=Opened`);
  expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/gif']);
  expect((await post('/v1/track', {}, { authorization: 'Basic Og==' }))[0]).toBe(401);

  const ask = (sql: string) => sqlOn(url, sql);
  await expect.poll(() => ask('SELECT event_id FROM clickstream'), { timeout: 15_000 }).toHaveLength(6);
  expect(
    await ask(
      'SELECT event_id, type, event, name, user_id, anonymous_id, source FROM clickstream ORDER BY 1',
    ),
  ).toEqual([
    ['m-1', 'track', 'Seen', null, 'ada', null, 'local'],
    ['m-3', 'page', null, 'Home', null, 'a-1', 'local'],
    ['m-4', 'identify', null, null, 'ada', null, 'local'],
    ['m-5', 'page', null, null, null, 'd', 'local'],
    ['m-6', 'track', 'paid', null, null, null, 'local'],
    ['m-7', 'track', 'Opened', null, 'ada', null, 'local'],
  ]);
  expect(await ask('SELECT event_id, code, field FROM rejected')).toEqual([
    ['m-2', 'missing_field', 'userId'],
  ]);
});

test('analytics.js gets settings that send it to where it asked', async () => {
  const { url } = runtime;
  const answer = await fetch(`${url}/v1/projects/local/settings`);
  const settings = (await answer.json()) as { integrations: Record<string, unknown> };
  expect(settings.integrations['Segment.io']).toMatchObject({
    apiHost: `${new URL(url).host}/v1`,
    protocol: 'http',
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
});

test('a preflight from any page is answered, with what the trackers send', async () => {
  const { url } = runtime;
  const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' };
  const segment = await fetch(`${url}/v1/t`, { method: 'OPTIONS', headers });
  expect(segment.status).toBe(204);
  expect(segment.headers.get('access-control-allow-headers')).toMatch(/authorization.*x-retry-count/);
  const aws = await fetch(`${url}/collect?appId=local`, { method: 'OPTIONS', headers });
  expect(aws.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(aws.headers.get('access-control-allow-credentials')).toBe('true');
});

test("the cloud's function puts by the Kinesis client, here into this stream", async () => {
  const names = ['AWS_ENDPOINT_URL', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const before = names.map((name) => process.env[name]);
  const given = [runtime.url, 'us-east-1', 'local', 'local'];
  for (const [i, name] of names.entries()) process.env[name] = given[i];
  process.env.FIRN_STREAM = 'firn-events';
  process.env.FIRN_WRITE_KEYS = digestWriteKeys({ cloud: 'secret' });
  try {
    const { handler } = await import('../../functions/collect.ts');
    const batch = Array.from({ length: 700 }, (_, n) => ({
      type: 'page',
      userId: 'eve',
      messageId: `cloud-${n}`,
    }));
    const answer = await handler({
      httpMethod: 'POST',
      resource: '/b',
      body: JSON.stringify({ batch, writeKey: 'secret' }),
      requestContext: { requestId: 'r', requestTimeEpoch: Date.now(), identity: { sourceIp: '203.0.113.7' } },
    });
    expect(answer).toMatchObject({ statusCode: 200, body: '{"success":true}' });
    const count = () =>
      sqlOn(runtime.url, "SELECT count(DISTINCT event_id) FROM clickstream WHERE source = 'cloud'");
    await expect.poll(count, { timeout: 15_000 }).toEqual([['700']]);
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
    delete process.env.FIRN_STREAM;
    delete process.env.FIRN_WRITE_KEYS;
  }
});
