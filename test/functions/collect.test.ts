import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ApiEvent, answer, type PutEntry, type PutRecords } from '../../functions/collect.ts';
import { digestWriteKeys, parseWriteKeys } from '../../lake/write-keys.ts';

const keys = parseWriteKeys(digestWriteKeys({ site: 'secret' }));
const basic = `Basic ${Buffer.from('secret:').toString('base64')}`;

function event(resource: string, body: string, more: Partial<ApiEvent> = {}): ApiEvent {
  return {
    httpMethod: 'POST',
    resource,
    headers: { Authorization: basic, 'Content-Type': 'application/json', 'User-Agent': 'test' },
    body,
    requestContext: {
      requestId: 'r',
      requestTimeEpoch: 1_767_323_045_000,
      identity: { sourceIp: '203.0.113.7' },
      domainName: 'api.example',
      path: `/v1${resource}`,
    },
    ...more,
  };
}

/** A stream that answers each call by its script, and keeps what it took. */
function scripted(...script: ((entries: readonly PutEntry[]) => (string | undefined)[])[]) {
  const calls: number[] = [];
  const taken: string[] = [];
  const put: PutRecords = async (entries) => {
    const codes = (script[calls.length] ?? ((all) => all.map(() => undefined)))(entries);
    calls.push(entries.length);
    for (const [i, { Data }] of entries.entries()) {
      if (codes[i] === undefined) taken.push(Buffer.from(Data).toString());
    }
    return codes;
  };
  return { put, calls, taken };
}

const messages = (count: number) =>
  JSON.stringify({ batch: Array.from({ length: count }, (_, i) => ({ type: 'track', userId: `u${i}` })) });

test('a message is one record, in the envelope that the gateway writes', async () => {
  const { put, taken } = scripted();
  const body = '{"userId":"u","event":"Order","n":1.0}';
  expect(await answer(event('/track', body), keys, put)).toMatchObject({
    statusCode: 200,
    body: '{"success":true}',
    isBase64Encoded: false,
  });
  expect(taken).toEqual([
    `{"$firn":1,"id":"r-0","route":"segment/track","ip":"203.0.113.7","ua":"test","key":"site","at":1767323045000,"data":${body}}`,
  ]);
});

test('a body is read whether API Gateway has unpacked it, and left the header in place, or not', async () => {
  const body = '{"userId":"u"}';
  const headers = { Authorization: basic, 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' };
  const unpacked = scripted();
  await answer(event('/track', body, { headers }), keys, unpacked.put);
  const packed = scripted();
  const bytes = gzipSync(body).toString('base64');
  await answer(event('/track', bytes, { headers, isBase64Encoded: true }), keys, packed.put);
  expect(unpacked.taken).toEqual([expect.stringContaining(`"data":${body}}`)]);
  expect(packed.taken).toEqual(unpacked.taken);
});

test('more than 500 messages are several calls', async () => {
  const { put, calls } = scripted();
  expect((await answer(event('/batch', messages(1200)), keys, put)).statusCode).toBe(200);
  expect(calls).toEqual([500, 500, 200]);
});

test('records that Kinesis refuses are sent again, and only they', async () => {
  const slow = 'ProvisionedThroughputExceededException';
  const { put, calls, taken } = scripted((all) => all.map((_, i) => (i === 1 ? slow : undefined)));
  expect((await answer(event('/batch', messages(3)), keys, put)).statusCode).toBe(200);
  expect(calls).toEqual([3, 1]);
  expect(taken.map((text) => JSON.parse(text).data.userId)).toEqual(['u0', 'u2', 'u1']);
});

test.each([
  ['ProvisionedThroughputExceededException', 429],
  ['InternalFailure', 503],
])('where Kinesis goes on with %s the client is told to send again', async (code, status) => {
  const refuse = (all: readonly PutEntry[]) => all.map(() => code);
  const { put } = scripted(refuse, refuse, refuse);
  const { statusCode, headers } = await answer(event('/batch', messages(2)), keys, put);
  expect(statusCode).toBe(status);
  expect(headers['access-control-allow-origin']).toBe('*');
});

test('a binary body, a query and a preflight reach the shared code', async () => {
  const { put, taken } = scripted();
  const clickstream = event('/collect', '', {
    headers: { origin: 'https://shop.example' },
    multiValueQueryStringParameters: { appId: ['secret'], upload_timestamp: ['1767323045000'] },
    body: Buffer.from('[{"event_type":"x"}]').toString('base64'),
    isBase64Encoded: true,
  });
  expect((await answer(clickstream, keys, put)).statusCode).toBe(200);
  expect(JSON.parse(taken[0]!)).toMatchObject({
    route: 'collect',
    batch: { upload_timestamp: '1767323045000' },
    data: { event_type: 'x' },
  });
  const preflight = await answer({ ...clickstream, httpMethod: 'OPTIONS' }, keys, put);
  expect(preflight).toMatchObject({
    statusCode: 204,
    headers: {
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
    },
  });
});

test('the settings name the address that the client used', async () => {
  const { put } = scripted();
  const settings = event('/projects/{key}/settings', '', {
    httpMethod: 'GET',
    pathParameters: { key: 'secret' },
  });
  settings.requestContext.path = '/base/projects/secret/settings';
  const { body } = await answer(settings, keys, put);
  expect(JSON.parse(body).integrations['Segment.io']).toMatchObject({
    apiKey: 'secret',
    apiHost: 'api.example/base',
    protocol: 'https',
  });
});
