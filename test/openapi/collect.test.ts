/**
 * The collection routes that go straight to Kinesis, beside the code that serves them on one machine: the same
 * request must put an equal JSON value into the stream and give the client an equal status.
 */
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { expect, test } from 'vitest';
import { authorize } from '../../functions/authorizer.ts';
import { answer as answerOfFunction, type PutRecords } from '../../functions/collect.ts';
import type { CollectAnswer } from '../../lake/collect/answers.ts';
import { type CollectPlan, collect } from '../../lake/collect/collect.ts';
import { collectLimits } from '../../lake/collect/limits.ts';
import { collectRoutes } from '../../lake/collect/routes.ts';
import { wayOf } from '../../lake/openapi/collect.ts';
import { apiDocument } from '../../lake/openapi/document.ts';
import { digestWriteKeys, parseWriteKeys } from '../../lake/write-keys.ts';
import { cors } from '../../local/gateway/proxy.ts';
import {
  type Answer,
  type Authorize,
  apiGateway,
  type Invoke,
  type Request,
  requestId,
  requestTime,
  sourceIp,
} from './api-gateway.ts';
import { FakeKinesis } from './kinesis.ts';
import { settings } from './settings.ts';

const document = apiDocument(settings);
const keys = parseWriteKeys(digestWriteKeys({ web: 'secret' }));

/** The real authorizer, as API Gateway hears it. */
const authorizer: Authorize = async (event) => {
  try {
    const { policyDocument, context } = authorize(event as never, keys);
    return policyDocument.Statement[0].Effect === 'Deny' ? 'deny' : context;
  } catch (error) {
    if ((error as Error).message !== 'Unauthorized') throw error;
    return 'unauthorized';
  }
};

interface Seen {
  status: number;
  answer: Pick<Answer, 'status' | 'headers' | 'body'>;
  records: { value: unknown; partitionKey: string }[];
}

async function cloud(request: Request, prepare?: (kinesis: FakeKinesis) => void): Promise<Seen> {
  const kinesis = new FakeKinesis(settings.stream);
  prepare?.(kinesis);
  const put: PutRecords = async (entries) => {
    const request = entries.map(({ Data, PartitionKey }) => ({
      Data: Buffer.from(Data).toString('base64'),
      PartitionKey,
    }));
    const { body } = kinesis.call(
      'PutRecords',
      JSON.stringify({ StreamName: settings.stream, Records: request }),
    );
    return (body as { Records: { ErrorCode?: string }[] }).Records.map(({ ErrorCode }) => ErrorCode);
  };
  const invoke: Invoke = (event) => answerOfFunction(event, keys, put);
  const answer = await apiGateway(document, kinesis, authorizer, invoke)(request);
  const records = kinesis.records.map(({ data, partitionKey }) => ({
    value: eventValue(data),
    partitionKey,
  }));
  return { status: answer.status, answer, records };
}

function local({ method, path, headers = {}, query = {}, body = '' }: Request): Seen {
  const outcome = collect(
    {
      method,
      path,
      query: new URLSearchParams(query).toString(),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: Buffer.from(body),
      ip: sourceIp,
      requestId,
      atMs: requestTime,
      protocol: 'https',
      apiHost: 'abc.execute-api.eu-west-1.amazonaws.com/v1',
    },
    keys,
  );
  const { done, records } = 'records' in outcome ? outcome : { done: outcome, records: [] };
  return { status: done.status, answer: answerOf(done), records: records.map(kept) };
}

const answerOf = ({ status, headers, body }: CollectAnswer) => ({
  status,
  headers,
  body: Buffer.from(body as string),
});

function kept({ data, partitionKey }: CollectPlan['records'][number]): Seen['records'][number] {
  const bytes = Buffer.concat(data.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return { value: eventValue(bytes), partitionKey };
}

const eventValue = (data: Buffer): unknown =>
  parse(data.toString('utf8'), null, { onDuplicateKey: ({ newValue }) => newValue });

const basic = `Basic ${Buffer.from('secret:').toString('base64')}`;

const post = (path: string, body: string, headers: Record<string, string> = {}): Request => ({
  method: 'POST',
  path,
  headers: {
    authorization: basic,
    'content-type': 'application/json',
    'user-agent': 'it\'s a "test" / $ua #end',
    ...headers,
  },
  body,
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: clients send what looks like Velocity.
const messages = [
  '{"type":"track","event":"Order Completed","anonymousId":"a","properties":{"total":12.5,"it\'s":"\\"q\\""}}',
  '{"userId":9007199254740993,"messageId":"m-1","sentAt":"2026-01-02T03:04:05Z","context":{"ip":"1.2.3.4"}}',
  '{"a":"$100 ${x} $!input.body #set($y = 1) #end ## </script> \\u2028 \\n 🧊 größe"}',
  '{"batch":[1],"$firn":1,"data":{"x":"}"},"__proto__":{"a":1}}',
  '{"writeKey":"secret"}',
  ' { "spaces" : [ 1 , 2 ] } ',
  '{}',
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: clients send what looks like Velocity.

const direct = collectRoutes.filter((route) => wayOf(route) === 'kinesis');
const singles = direct.filter(({ kind }) => kind === 'segment').map(({ path }) => path);
const batches = direct.filter(({ kind }) => kind === 'segment-batch').map(({ path }) => path);

test('the long paths of Segment, its batches and the pixel need no function', () => {
  expect([...singles, ...batches]).toEqual([
    '/v1/identify',
    '/v1/track',
    '/v1/page',
    '/v1/screen',
    '/v1/group',
    '/v1/alias',
    '/v1/batch',
    '/v1/import',
  ]);
  expect(direct.map(({ kind }) => kind)).toContain('pixel');
});

const short = collectRoutes.filter(({ path }) => /^\/v1\/[a-z]$/.test(path) && path !== '/v1/m');

test.each(short.map(({ path, kind }) => [path, kind]))(
  '%s: the function takes the key in the body',
  async (path, kind) => {
    const message = '{"writeKey":"secret","event":"x","n":9007199254740993}';
    const body = kind === 'segment' ? message : `{"batch":[${message},5],"sentAt":"2026-01-02T03:04:05Z"}`;
    const request = post(path, body, { authorization: '', 'content-type': 'text/plain' });
    const here = local(request);
    const there = await cloud(request);
    expect([there.status, there.records]).toEqual([200, here.records]);
    expect(there.answer.body.toString()).toBe('{"success":true}');
    expect(there.answer.headers).toMatchObject(cors);
    expect((await cloud(post(path, body.replace('secret', 'wrong'), { authorization: '' }))).status).toBe(
      401,
    );
  },
);

test('/v1/b takes what PutRecords does not: an empty batch, and more than 500 messages', async () => {
  for (const count of [0, 501, 1200]) {
    const request = post('/v1/b', `{"batch":[${Array(count).fill('{"a":1}')}]}`);
    const there = await cloud(request);
    expect([there.status, there.records]).toEqual([200, local(request).records]);
    expect(there.records).toHaveLength(count);
  }
});

test('CloudEvents and AWS clickstream events come by the function', async () => {
  const events = '[{"specversion":"1.0","id":"1","source":"/s","type":"t"}]';
  const cloudEvents = post('/v1/events', events, { 'content-type': 'application/cloudevents-batch+json' });
  const query = { appId: 'secret', platform: 'Web', event_bundle_sequence_id: '1' };
  const bundle = { ...post('/v1/collect', '[{"event_type":"_page_view","event_id":"e"}]'), query };
  for (const request of [cloudEvents, bundle]) {
    const there = await cloud(request);
    const here = local(request);
    expect([request.path, there.status, there.records]).toEqual([request.path, here.status, here.records]);
    expect([here.status, here.records.length]).toEqual([200, 1]);
  }
});

test('a page whose client sends cookies is named by the function, beforehand too', async () => {
  const origin = 'https://shop.example';
  const { answer } = await cloud({ method: 'OPTIONS', path: '/v1/collect', headers: { Origin: origin } });
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  });
});

test.each(singles)('%s: any message arrives as it does on one machine', async (path) => {
  for (const message of messages) {
    for (const type of ['application/json', 'text/plain', 'text/plain;charset=UTF-8']) {
      const request = post(path, message, { 'content-type': type });
      const here = local(request);
      const there = await cloud(request);
      expect([there.status, there.records]).toEqual([here.status, here.records]);
      expect(there.records).toHaveLength(1);
      expect(there.answer.body.toString().trim()).toBe('{"success":true}');
    }
  }
});

test.each(batches)('%s: a record for each message, with what the batch says for all', async (path) => {
  const shared = [
    '',
    ',"sentAt":"2026-01-02T03:04:05.678Z"',
    ',"context":{"library":{"name":"x\'\\"$y"}},"integrations":{"All":true},"sentAt":null',
    ',"writeKey":"secret","other":[1]',
  ];
  for (const members of shared) {
    const request = post(path, `{"batch":[${messages}]${members}}`);
    const here = local(request);
    const there = await cloud(request);
    expect([there.status, there.records]).toEqual([here.status, here.records]);
    expect(there.records).toHaveLength(messages.length);
    expect(there.answer.body.toString().trim()).toBe('{"success":true}');
  }
});

test('a batch with messages that are none: the others land, and each has a record of its own', async () => {
  const request = post('/v1/batch', '{"batch":[{"a":1},5,"text",null,[1],{"b":2}]}');
  const there = await cloud(request);
  expect(there.records).toEqual(local(request).records);
  expect(there.records).toHaveLength(6);
});

test('500 messages in a batch', async () => {
  const batch = Array.from({ length: 500 }, (_, i) => ({ type: 'track', event: `e${i}` }));
  const request = post('/v1/batch', JSON.stringify({ batch }));
  expect((await cloud(request)).records).toEqual(local(request).records);
});

const large = (bytes: number) => {
  const empty = '{"a":""}';
  return `{"a":"${'ä'.repeat((bytes - empty.length) / 2)}${'x'.repeat((bytes - empty.length) % 2)}"}`;
};

test.each([
  ['a message of 32 KiB', post('/v1/track', large(32 * 1024)), 200],
  ['a message of 33 KiB', post('/v1/track', large(33 * 1024)), 400],
  ['a batch of 501 KiB', post('/v1/batch', `{"batch":[${large(501 * 1024)}]}`), 400],
  ['a batch with a message that is too large', post('/v1/batch', `{"batch":[{},${large(40_000)}]}`), 200],
  ['no JSON', post('/v1/track', '{"a"'), 400],
  ['nothing', post('/v1/track', ''), 400],
  ['an array', post('/v1/track', '[{}]'), 400],
  ['text', post('/v1/page', '"x"'), 400],
  ['null', post('/v1/page', 'null'), 400],
  ['two messages', post('/v1/page', '{"a":1} {"b":2}'), 400],
  ['what would end the envelope', post('/v1/page', '{"a":1},"ip":"6.6.6.6","data":{}'), 400],
  ['no batch', post('/v1/batch', '{}'), 400],
  ['a batch that is an object', post('/v1/batch', '{"batch":{}}'), 400],
  ['no key', post('/v1/track', '{}', { authorization: '' }), 401],
  ['a wrong key', post('/v1/track', '{}', { authorization: 'Basic d3Jvbmc6' }), 401],
  ['a wrong scheme', post('/v1/batch', '{"batch":[{}]}', { authorization: 'Digest x' }), 401],
  ['a form', post('/v1/track', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
  ['a wrong method', { ...post('/v1/track', '{}'), method: 'PUT' }, 405],
])('%s: the same answer', async (_, request, status) => {
  const here = local(request);
  const there = await cloud(request);
  expect([here.status, there.status]).toEqual([status, status]);
  expect(there.records).toEqual(here.records);
  expect(there.answer.headers).toMatchObject(cors);
  if (status !== 200) {
    const { __type } = JSON.parse(there.answer.body.toString());
    expect(__type).toBe(JSON.parse(here.answer.body.toString()).__type);
  }
});

/** What no template can do, and is told in docs/api-gateway.md. */
test.each([
  ['an empty batch', post('/v1/batch', '{"batch":[]}'), 200, 400],
  ['501 messages', post('/v1/batch', `{"batch":[${Array(501).fill('{}')}]}`), 200, 400],
  [
    'the key in the header x-api-key',
    post('/v1/track', '{}', { authorization: '', 'x-api-key': 'secret' }),
    200,
    401,
  ],
  ['the key in the body', post('/v1/track', '{"writeKey":"secret"}', { authorization: '' }), 200, 401],
])('told differences: %s', async (_, request, here, there) => {
  expect(local(request).status).toBe(here);
  const answer = await cloud(request);
  expect(answer.status).toBe(there);
  expect(answer.records).toEqual([]);
});

test.each([
  ['ProvisionedThroughputExceededException', 429],
  ['InternalFailure', 503],
])('a batch of which one message failed with %s is sent again', async (code, status) => {
  const there = await cloud(post('/v1/batch', '{"batch":[{},{},{}]}'), (kinesis) => {
    kinesis.failures = [undefined, code];
  });
  expect(there.status).toBe(status);
  expect(JSON.parse(there.answer.body.toString()).__type).toBe(code);
});

test('a message that Kinesis does not take is sent again', async () => {
  for (const path of ['/v1/track', '/v1/batch', '/v1/pixel.gif']) {
    const request = path.endsWith('gif') ? pixel({ event: 'x' }) : post(path, '{"batch":[{}]}');
    const there = await cloud(request, (kinesis) => {
      kinesis.next = { status: 400, body: { __type: 'ProvisionedThroughputExceededException' } };
    });
    expect(there.status, path).toBe(429);
    expect(there.answer.headers['content-type'], path).toBe('application/json');
  }
});

const pixel = (query: Record<string, string>): Request => ({
  method: 'GET',
  path: '/v1/pixel.gif',
  query: { writeKey: 'secret', ...query },
  headers: { 'user-agent': 'mail/1.0' },
});

test.each([
  [{}],
  [{ event: 'Mail Opened', userId: 'ada', campaign: '"it\'s" 100% $off #end / \\' }],
  [{ 'a"b': '1', "it's": 'größe 🧊', $name: '$value', '#end': '\n\t' }],
  [{ data: 'eyJldmVudCI6IngifQ==', empty: '' }],
  [{ keySet: 'x', class: 'y', length: '1' }],
])('a pixel with the parameters %j', async (query) => {
  const here = local(pixel(query));
  const there = await cloud(pixel(query));
  expect(there.records).toEqual(here.records);
  expect(there.records).toHaveLength(1);
  expect(there.answer.body.equals(here.answer.body)).toBe(true);
  expect(there.answer.body.toString('latin1', 0, 6)).toBe('GIF89a');
  expect(there.answer.headers).toMatchObject({ 'content-type': 'image/gif', 'cache-control': 'no-store' });
  expect(JSON.stringify(there.records)).not.toContain('secret');
});

test('a pixel with any parameters', async () => {
  const text = fc.string({ unit: 'grapheme' });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(text, text), async (query) => {
      const request = pixel({ ...query, writeKey: 'secret' });
      expect((await cloud(request)).records).toEqual(local(request).records);
    }),
    { numRuns: 50 },
  );
});

test('a batch of any messages', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 1 }), fc.jsonValue(), async (batch, context) => {
      const request = post('/v1/batch', JSON.stringify({ batch, context }));
      expect((await cloud(request)).records).toEqual(local(request).records);
    }),
    { numRuns: 30 },
  );
});

test('a pixel without a right key is refused alike', async () => {
  for (const writeKey of ['wrong', '']) {
    expect((await cloud(pixel({ writeKey }))).status).toBe(401);
    expect(local(pixel({ writeKey })).status).toBe(401);
  }
});

test("the library's own metrics are answered and put nowhere", async () => {
  for (const type of ['application/json', 'text/plain']) {
    const there = await cloud(post('/v1/m', '{"series":[{}]}', { 'content-type': type, authorization: '' }));
    expect([there.status, there.records]).toEqual([200, []]);
    expect(there.answer.body.toString()).toBe('{"success":true}');
  }
});

test.each(['secret', 'a.b~c:d', 'x'.repeat(128)])('settings for the key %s', async (key) => {
  const request: Request = { method: 'GET', path: `/v1/projects/${key}/settings` };
  const here = local(request);
  const there = await cloud(request);
  expect(JSON.parse(there.answer.body.toString())).toEqual(JSON.parse(here.answer.body.toString()));
  expect([there.status, there.answer.headers['cache-control']]).toEqual([
    200,
    here.answer.headers['cache-control'],
  ]);
});

test.each(["it's", '$x', '<b>', 'x'.repeat(129), 'é', '%00'])('no settings for the key %s', async (key) => {
  const request: Request = { method: 'GET', path: `/v1/projects/${key}/settings` };
  const { status, answer } = await cloud(request);
  expect(status).toBe(400);
  expect(answer.body.toString()).not.toContain(key);
});

test('every collection route is in the document, with its method', () => {
  for (const { path, method, kind } of collectRoutes) {
    // The stage is `v1`: a path above it cannot be served.
    if (!path.startsWith('/v1/')) {
      expect(collectRoutes.map((route) => route.path)).toContain(`/v1${path}`);
      continue;
    }
    const item = document.paths[path.slice('/v1'.length)]!;
    expect(item[method.toLowerCase() as 'get' | 'post'], `${kind} ${path}`).toBeDefined();
  }
});

test('the limits that templates have are those of one machine', () => {
  const texts = JSON.stringify(document.paths);
  expect(texts).toContain(`.length() > ${4 * Math.ceil(collectLimits.eventBytes / 3)}`);
  expect(texts).toContain(`.length() > ${4 * Math.ceil(collectLimits.batchBytes / 3)}`);
});
