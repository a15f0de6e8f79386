import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
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

const event = {
  user_id: 'u-1',
  session_id: 's-1',
  event: 'view',
  ip: '203.0.113.7',
  hostname: 'shop.example',
  timestamp: '2026-01-02T03:04:05Z',
  uri: '/',
};

interface Call {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

async function call(path: string, { method = 'PUT', body, headers = {} }: Call = {}) {
  const answer = await fetch(runtime.url + path, {
    method,
    headers: { 'x-api-key': 'local', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : text(body) }),
  });
  const content = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    json: content === '' ? undefined : (JSON.parse(content) as Record<string, unknown>),
  };
}

const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
const record = '/v1/streams/firn-events/record';
const records = '/v1/streams/firn-events/records';

test('health is ok', async () => {
  const { status, json } = await call('/health', { method: 'GET' });
  expect([status, json]).toEqual([200, { status: 'ok' }]);
});

test('a record is answered with its sequence number and shard', async () => {
  const { status, json } = await call(record, { body: { Data: event, PartitionKey: 'u-1' } });
  expect(status).toBe(200);
  expect(json).toEqual({
    EncryptionType: 'NONE',
    SequenceNumber: expect.stringMatching(/^49\d{54}$/),
    ShardId: expect.stringMatching(/^shardId-\d{12}$/),
  });
});

test('a method that a route does not take is answered with those that it does', async () => {
  const { url } = runtime;
  const allowed = async (path: string, method: string) =>
    (await fetch(`${url}${path}`, { method })).headers.get('allow');
  expect(await allowed(record, 'POST')).toBe('PUT, OPTIONS');
  expect(await allowed('/v1/streams', 'DELETE')).toBe('GET, OPTIONS');
});

test('records are answered one by one, in order', async () => {
  const items = ['a', 'b', 'a'].map((key) => ({ data: event, 'partition-key': key }));
  const { status, json } = await call(records, { body: { records: items } });
  expect(status).toBe(200);
  expect(json).toMatchObject({ FailedRecordCount: 0 });
  const placed = json!.Records as { SequenceNumber: string; ShardId: string }[];
  expect(placed).toHaveLength(3);
  expect(placed[0]!.ShardId).toBe(placed[2]!.ShardId);
  expect(BigInt(placed[0]!.SequenceNumber)).toBeLessThan(BigInt(placed[2]!.SequenceNumber));
});

test('data may be an object or text, for both routes', async () => {
  for (const data of [event, JSON.stringify(event)]) {
    expect((await call(record, { body: { Data: data, PartitionKey: 'k' } })).status).toBe(200);
    expect((await call(records, { body: { records: [{ data, 'partition-key': 'k' }] } })).status).toBe(200);
  }
});

test('the stream is listed and described as Kinesis does', async () => {
  const list = await call('/v1/streams', { method: 'GET' });
  expect(list.json).toMatchObject({
    HasMoreStreams: false,
    StreamNames: ['firn-events'],
    StreamSummaries: [{ StreamName: 'firn-events', StreamStatus: 'ACTIVE' }],
  });
  const { json } = await call('/v1/streams/firn-events', { method: 'GET' });
  const description = json!.StreamDescription as { Shards: unknown[]; StreamName: string };
  expect(description.StreamName).toBe('firn-events');
  expect(description.Shards).toHaveLength(4);
});

const full = Array.from({ length: 501 }, () => ({ data: {}, 'partition-key': 'k' }));

test.each<[string, string, Call, number, RegExp]>([
  ['a missing key', record, { headers: { 'x-api-key': '' } }, 401, /write key in the header x-api-key/],
  ['a wrong key', record, { headers: { 'x-api-key': 'guess' } }, 403, /not valid/],
  ['an unknown stream', '/v1/streams/other/record', {}, 404, /the stream is firn-events/],
  ['a path outside the routes', '/v1/tables', { method: 'GET' }, 404, /there is no route \/v1\/tables/],
  ['a path outside of everything', '/nowhere', { method: 'GET' }, 404, /no route GET \/nowhere/],
  ['another method', record, { method: 'POST', body: {} }, 405, /takes PUT, not POST/],
  [
    'another content type',
    record,
    { headers: { 'content-type': 'text/plain' }, body: '{}' },
    415,
    /application\/json/,
  ],
  ['no body', record, {}, 400, /body is empty/],
  ['a body that is no JSON', record, { body: '{"Data":' }, 400, /not JSON/],
  ['a body that is not UTF-8', record, { body: Uint8Array.of(0x22, 0xff, 0x22) }, 400, /not UTF-8/],
  ['a body of another shape', record, { body: [1] }, 400, /must be \{"Data"/],
  ['records of another shape', records, { body: { Records: [] } }, 400, /must be \{"records"/],
  ['an empty batch', records, { body: { records: [] } }, 400, /empty; send 1 to 500/],
  ['501 records', records, { body: { records: full } }, 400, /501 records; the limit is 500/],
  ['data that is no event', record, { body: { Data: 7, PartitionKey: 'k' } }, 400, /Data must be the event/],
  [
    'no partition key',
    records,
    { body: { records: [{ data: {} }] } },
    400,
    /records\[0\]\.partition-key must be text/,
  ],
  [
    'a partition key of 257 characters',
    record,
    { body: { Data: {}, PartitionKey: 'k'.repeat(257) } },
    400,
    /257 characters; the limit is 256/,
  ],
  [
    'a record of 1.1 MiB',
    record,
    { body: { Data: { a: 'x'.repeat(1.1 * 2 ** 20) }, PartitionKey: 'k' } },
    400,
    /record 0 has \d+ bytes; the limit is 1048576/,
  ],
  [
    'nesting without end',
    record,
    { body: `{"PartitionKey":"k","Data":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}` },
    400,
    /nests too deeply/,
  ],
])('%s is refused, and says why', async (_, path, given, status, message) => {
  const answer = await call(path, given);
  expect(answer.status).toBe(status);
  expect(answer.json).toEqual({ __type: expect.any(String), message: expect.stringMatching(message) });
});

test('a body above 10 MiB is refused', async () => {
  const body = Buffer.alloc(10 * 2 ** 20 + 1, 'x');
  const { status, json } = await call(record, { body });
  expect(status).toBe(413);
  expect(json!.message).toMatch(/larger than the limit of 10485760 bytes/);
});

test('browsers may collect: a preflight and every answer, errors too, carry CORS headers', async () => {
  const preflight = await call(records, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-api-key');
  for (const answer of [
    preflight,
    await call(record, { body: '' }),
    await call(record, { headers: { 'x-api-key': 'x' } }),
  ]) {
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  }
  expect((await call('/health', { method: 'GET' })).headers.get('access-control-allow-origin')).toBeNull();
});

test('a client that breaks off half-way harms nobody', async () => {
  const { port } = new URL(runtime.url);
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(
        'PUT /v1/streams/firn-events/record HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"Da',
      );
      socket.destroy();
      resolve();
    });
  });
  expect((await call(record, { body: { Data: event, PartitionKey: 'k' } })).status).toBe(200);
});

test('it listens on this machine only', async () => {
  const refused = await new Promise<string | undefined>((resolve) => {
    const { port } = new URL(runtime.url);
    const attempt = request({ host: '127.0.0.2', port, path: '/health', timeout: 2000 }, () =>
      resolve(undefined),
    );
    attempt.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    attempt.end();
  });
  expect(refused).toBe('ECONNREFUSED');
});
