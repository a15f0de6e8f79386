/** Requests to the collection routes: what goes into the stream for each, and what the client is told. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CollectAnswer } from '../../lake/collect/answers.ts';
import { type CollectPlan, type CollectRequest, collect } from '../../lake/collect/collect.ts';
import { digestWriteKeys, parseWriteKeys } from '../../lake/write-keys.ts';

const keys = parseWriteKeys(digestWriteKeys({ site: 'secret', app: 'other' }));
const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

function send(path: string, body: string | Buffer, more: Partial<CollectRequest> = {}) {
  const [plain, query = ''] = path.split('?') as [string, string?];
  return collect(
    {
      method: 'POST',
      path: plain,
      query,
      headers: { authorization: basic('secret'), ...more.headers },
      body: Buffer.from(body),
      ip: '203.0.113.7',
      requestId: 'r',
      atMs: 1_767_323_045_000,
      protocol: 'http',
      apiHost: 'localhost:4566/v1',
      ...(({ headers: _, ...rest }) => rest)(more),
    },
    keys,
  );
}

/** The records' envelopes, as JSON values. */
function records(outcome: CollectPlan | CollectAnswer): Record<string, unknown>[] {
  if (!('records' in outcome)) throw new Error(`refused: ${outcome.status} ${String(outcome.body)}`);
  return outcome.records.map(({ data: [head, event, tail] }) =>
    JSON.parse(head + Buffer.from(event).toString() + tail),
  );
}

function refusal(outcome: CollectPlan | CollectAnswer): [number, string] {
  if ('records' in outcome) throw new Error('accepted');
  return [outcome.status, (JSON.parse(String(outcome.body)) as { message: string }).message];
}

const message = '{"type":"track","event":"Order","userId":"u","messageId":"m-1"}';

test.each(['identify', 'track', 'page', 'screen', 'group', 'alias'])(
  '%s has a long and a short path',
  (type) => {
    for (const path of [`/v1/${type}`, `/v1/${type[0]}`, `/v1/${type}/`]) {
      expect(records(send(path, message))).toMatchObject([{ route: `segment/${type}`, key: 'site' }]);
    }
  },
);

test('a message passes as the bytes that came', () => {
  const came = '{ "userId" : "u" , "n": 12345678901234567890.50, "é":"\\u00e9" }';
  const plan = send('/v1/track', ` ${came}\n`) as CollectPlan;
  expect(Buffer.from(plan.records[0]!.data[1]).toString()).toBe(came);
});

test.each(['batch', 'b', 'import'])(
  'a message of /v1/%s is a record, with what the batch says for all',
  (path) => {
    const body = `{"sentAt":"2026-01-02T03:04:05Z","batch":[${message},7],"context":{"a":1},"writeKey":"secret"}`;
    const batch = { sentAt: '2026-01-02T03:04:05Z', context: { a: 1 } };
    expect(records(send(`/v1/${path}`, body))).toMatchObject([
      { id: 'r-0', route: 'segment/batch', batch, data: JSON.parse(message) },
      { id: 'r-1', route: 'segment/batch', batch, data: 7 },
    ]);
  },
);

test('an empty batch is no error, and nothing is put', () => {
  expect(records(send('/v1/batch', '{"batch":[]}'))).toEqual([]);
});

test.each<[string, Partial<CollectRequest>, string]>([
  ['Basic auth', { headers: { authorization: basic('secret') } }, message],
  ['the header x-api-key', { headers: { authorization: undefined, 'x-api-key': 'secret' } }, message],
  ['the body', { headers: { authorization: undefined } }, '{"userId":"u","writeKey":"secret"}'],
  ['the body, where Basic auth is empty', { headers: { authorization: basic('') } }, '{"writeKey":"secret"}'],
])('the write key may be in %s', (_, more, body) => {
  expect(records(send('/v1/track', body, more))).toMatchObject([{ key: 'site' }]);
});

test("a batch's key may be that of its first message", () => {
  const body = '{"batch":[{"userId":"u","writeKey":"other"},{"userId":"v"}]}';
  const outcome = send('/v1/batch', body, { headers: { authorization: undefined } });
  expect(records(outcome)).toMatchObject([{ key: 'app' }, { key: 'app' }]);
});

test.each<[string, string, string | Buffer, Partial<CollectRequest>, number, RegExp]>([
  ['a wrong key', '/v1/track', message, { headers: { authorization: basic('guess') } }, 401, /not valid/],
  ['no key', '/v1/track', message, { headers: { authorization: undefined } }, 401, /send your write key/],
  [
    'a key that is no text',
    '/v1/track',
    '{"writeKey":{"a":1}}',
    { headers: { authorization: undefined } },
    401,
    /key/,
  ],
  ['another method', '/v1/track', '', { method: 'PUT' }, 405, /takes POST/],
  ['a message of 33 KB', '/v1/track', JSON.stringify({ a: 'x'.repeat(33 * 1024) }), {}, 400, /32768 bytes/],
  [
    'a batch of 501 KB',
    '/v1/batch',
    JSON.stringify({ batch: ['x'.repeat(501 * 1024)] }),
    {},
    400,
    /512000 bytes/,
  ],
  [
    '2501 messages',
    '/v1/batch',
    `{"batch":[${'0,'.repeat(2500)}0]}`,
    {},
    400,
    /2501 events; the limit is 2500/,
  ],
  [
    'a batch whose context would be copied without end',
    '/v1/batch',
    `{"context":{"a":"${'x'.repeat(400_000)}"},"batch":[${'0,'.repeat(99)}0]}`,
    {},
    400,
    /for each of its messages makes \d+ bytes/,
  ],
  ['no JSON', '/v1/track', '{"a":', {}, 400, /not JSON/],
  ['a list in place of a message', '/v1/track', '[]', {}, 400, /one message/],
  ['no batch', '/v1/batch', '{"messages":[]}', {}, 400, /must be \{"batch"/],
  [
    'nesting without end',
    '/v1/track',
    `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    {},
    400,
    /nests too deeply/,
  ],
  ['no UTF-8', '/v1/track', Buffer.of(0x22, 0xff, 0x22), {}, 400, /not UTF-8/],
  ['nothing', '/v1/track', '', {}, 400, /empty/],
  [
    'a form',
    '/v1/track',
    'a=1',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    /application\/json or text\/plain/,
  ],
  [
    'broken gzip',
    '/v1/track',
    gzipSync(message).subarray(0, 30),
    { headers: { 'content-encoding': 'gzip' } },
    400,
    /not gzip/,
  ],
  ['brotli', '/v1/track', message, { headers: { 'content-encoding': 'br' } }, 415, /gzip or none/],
  [
    'a gzip bomb',
    '/v1/batch',
    gzipSync(Buffer.alloc(100 * 1024 * 1024, 0x20)),
    { headers: { 'content-encoding': 'gzip' } },
    400,
    /larger than that once it is unpacked/,
  ],
])('%s is refused, and says why', (_, path, body, more, status, reason) => {
  const [found, said] = refusal(send(path, body, more));
  expect([found, said]).toEqual([status, expect.stringMatching(reason)]);
});

test('beacons send text/plain, libraries on servers gzip', () => {
  expect(
    records(send('/v1/t', message, { headers: { 'content-type': 'text/plain;charset=UTF-8' } })),
  ).toHaveLength(1);
  const packed = gzipSync(`{"batch":[${message}]}`);
  expect(records(send('/v1/batch', packed, { headers: { 'content-encoding': 'gzip' } }))).toHaveLength(1);
  // A gateway in between may have unpacked it, and left the header.
  expect(records(send('/v1/track', message, { headers: { 'content-encoding': 'gzip' } }))).toHaveLength(1);
});

test("the library's own metrics are counted and go nowhere", () => {
  const outcome = send('/v1/m', '{"series":[{"metric":"a"},{"metric":"b"}]}', {
    headers: { authorization: undefined },
  });
  expect(outcome).toMatchObject({ status: 200, body: '{"success":true}', metrics: 2 });
});

test('settings let analytics.js start, and send to where they came from', () => {
  const outcome = send('/v1/projects/secret/settings', '', { method: 'GET' }) as CollectAnswer;
  expect(JSON.parse(String(outcome.body))).toMatchObject({
    integrations: { 'Segment.io': { apiKey: 'secret', apiHost: 'localhost:4566/v1', protocol: 'http' } },
    plan: { track: { __default: { enabled: true } } },
  });
  for (const path of ['/v1/projects/a%22b/settings', '/v1/projects/%ff/settings']) {
    expect(refusal(send(path, '', { method: 'GET' }))[0]).toBe(400);
  }
  expect(refusal(send('/v1/projects/k/settings', '', { method: 'GET', apiHost: 'a"b/v1' }))[0]).toBe(400);
});

test('the pixel is an image that nobody keeps, and its parameters are the event', () => {
  const outcome = send('/v1/pixel.gif?writeKey=secret&event=Mail+opened&userId=u%C3%A9&campaign=may', '', {
    method: 'GET',
  });
  expect(records(outcome)).toMatchObject([
    { route: 'pixel', key: 'site', data: { event: 'Mail opened', userId: 'ué', campaign: 'may' } },
  ]);
  const { done } = outcome as CollectPlan;
  expect(done.headers).toMatchObject({ 'content-type': 'image/gif', 'cache-control': 'no-store' });
  expect(Buffer.from(done.body).subarray(0, 6).toString()).toBe('GIF89a');
  expect(JSON.stringify(records(outcome))).not.toContain('secret');
  expect(refusal(send('/v1/pixel.gif?writeKey=guess', '', { method: 'GET' }))[0]).toBe(401);
});

const events = '[{"event_type":"a","event_id":"1"},{"event_type":"b","event_id":"2"}]';
const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

test.each(['/v1/collect', '/collect'])("%s takes AWS's events, plain and packed", (path) => {
  const query = `appId=secret&platform=Web&event_bundle_sequence_id=1&upload_timestamp=1767323045000`;
  const packed = gzipSync(events).toString('base64');
  for (const [body, more] of [
    [events, `&hashCode=${hash(events)}`],
    [events, '&compression='],
    [packed, `&compression=gzip&hashCode=${hash(packed)}`],
    [packed, `&compression=gzip&hashCode=${hash(events)}`],
  ] as const) {
    expect(records(send(`${path}?${query}${more}`, body))).toMatchObject([
      { route: 'collect', batch: { upload_timestamp: '1767323045000' }, data: { event_id: '1' } },
      { route: 'collect', data: { event_id: '2' } },
    ]);
  }
});

test.each<[string, string, string, number]>([
  ['an unknown application', 'appId=guess', events, 403],
  ['no application', '', events, 403],
  ['a hash of something else', 'appId=secret&hashCode=00000000', events, 403],
  ['a body above 1 MB', 'appId=secret', `["${'x'.repeat(1024 * 1024)}"]`, 413],
  [
    'a gzip bomb',
    'appId=secret&compression=gzip',
    gzipSync(Buffer.alloc(100 * 1024 * 1024)).toString('base64'),
    413,
  ],
  ['what is no array', 'appId=secret', '{}', 400],
  ['base64 of nothing', 'appId=secret&compression=gzip', '!!!', 400],
])('/collect refuses %s', (_, query, body, status) => {
  expect(refusal(send(`/v1/collect?${query}`, body))[0]).toBe(status);
});

test("a browser that sends cookies to /collect is told its page's own origin", () => {
  const headers = { origin: 'https://shop.example' };
  for (const method of ['OPTIONS', 'POST']) {
    const outcome = send('/collect?appId=secret', '[]', { method, headers });
    const answer = 'records' in outcome ? outcome.done : outcome;
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
      vary: 'origin',
    });
  }
});

const cloudEvent = {
  specversion: '1.0',
  id: 'ce-1',
  source: '/shop',
  type: 'order.paid',
  data: { total: 5 },
};
const as = (type: string) => ({ headers: { 'content-type': type } });

test('CloudEvents come structured, in batches and binary', () => {
  const structured = send(
    '/v1/events',
    JSON.stringify(cloudEvent),
    as('application/cloudevents+json; charset=utf-8'),
  );
  expect(records(structured)).toMatchObject([{ route: 'cloudevents', data: cloudEvent }]);
  const batched = send(
    '/v1/events',
    JSON.stringify([cloudEvent, { id: 2 }]),
    as('application/cloudevents-batch+json'),
  );
  expect(records(batched)).toMatchObject([{ data: cloudEvent }, { data: { id: 2 } }]);
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'ce-1',
    'ce-source': '/shop',
    'ce-type': 'order%20paid%E2%82%AC',
    'content-type': 'application/json',
  };
  expect(records(send('/v1/events', '{"total":5.0}', { headers }))).toMatchObject([
    { data: { id: 'ce-1', source: '/shop', type: 'order paid€', data: { total: 5 } } },
  ]);
  const text = { ...headers, 'content-type': 'text/plain' };
  expect(records(send('/v1/events', 'hello', { headers: text }))).toMatchObject([
    { data: { data: 'hello' } },
  ]);
});

test.each<[string, string, Record<string, string>, number]>([
  ['plain JSON', '{}', { 'content-type': 'application/json' }, 415],
  ['a list that says it is one event', '[]', { 'content-type': 'application/cloudevents+json' }, 400],
  ['an event that says it is a list', '{}', { 'content-type': 'application/cloudevents-batch+json' }, 400],
  ['a header that is not encoded', '{}', { 'ce-specversion': '1.0', 'ce-id': '%zz' }, 400],
])('%s is no CloudEvent', (_, body, headers, status) => {
  expect(refusal(send('/v1/events', body, { headers }))[0]).toBe(status);
});

test('a bearer token is a write key for CloudEvents', () => {
  const headers = { ...as('application/cloudevents+json').headers, authorization: 'Bearer other' };
  expect(records(send('/v1/events', '{}', { headers }))).toMatchObject([{ key: 'app' }]);
});

test('what the stream does not take is to be sent again', () => {
  const plan = send('/v1/track', message) as CollectPlan;
  expect(plan.failed(true)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect(plan.failed(false)).toMatchObject({ status: 503 });
});

test('no bytes, query or headers make it throw, and every record is JSON in an envelope', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{"batch":[',
      ']}',
      '{"a":',
      '}',
      '"writeKey":"secret"',
      '"\\u0062atch":[',
      '\\',
      '"',
      ',',
      '[',
      ']',
    ),
    fc.constantFrom(
      '"sentAt":1',
      '"context":{"data":{}}',
      '"type":"track"',
      '\ud800',
      '1e400',
      '{"event_type":"x"}',
    ),
    fc.string({ maxLength: 8 }),
  );
  const body = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''))),
    fc.array(piece, { maxLength: 12 }).map((pieces) => gzipSync(pieces.join(''))),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  const path = fc.constantFrom(
    '/v1/track',
    '/v1/b',
    '/v1/m',
    '/v1/pixel.gif',
    '/collect',
    '/v1/events',
    '/v1/projects/%/settings',
  );
  const header = fc.constantFrom(
    'content-type',
    'content-encoding',
    'authorization',
    'x-api-key',
    'ce-specversion',
    'ce-id',
    'origin',
    'user-agent',
  );
  const value = fc.oneof(
    fc.constantFrom(
      'gzip',
      'text/plain',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      basic('secret'),
      'secret',
      '%zz',
    ),
    fc.string({ maxLength: 10 }),
  );
  const query = fc.oneof(
    fc.constantFrom(
      'appId=secret',
      'appId=secret&compression=gzip',
      'writeKey=secret&data=%',
      'writeKey=secret&__proto__=1',
    ),
    fc.string({ maxLength: 20 }),
  );
  const method = fc.constantFrom('POST', 'GET', 'OPTIONS');
  fc.assert(
    fc.property(
      path,
      query,
      fc.dictionary(header, value),
      body,
      method,
      (where, asked, headers, bytes, how) => {
        const outcome = send(`${where}?${asked}`, bytes, { headers, method: how });
        if ('records' in outcome)
          for (const record of records(outcome)) expect(record).toMatchObject({ $firn: 1, key: 'site' });
        else expect(outcome.status).toBeLessThan(500);
      },
    ),
    { numRuns: 2000 },
  );
});
