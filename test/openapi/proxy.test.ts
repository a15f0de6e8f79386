/**
 * The cloud's API and the local gateway, side by side: the same request must put an equal JSON value into the
 * stream and give the client an equal status and error code.
 */
import fc from 'fast-check';
import { parse } from 'lossless-json';
import { expect, test } from 'vitest';
import { apiDocument } from '../../lake/openapi/document.ts';
import { digestWriteKeys, parseWriteKeys } from '../../lake/write-keys.ts';
import { basePath, cors, proxy } from '../../local/gateway/proxy.ts';
import { PutRefused } from '../../local/log/log.ts';
import type { Stream, StreamRecord } from '../../local/log/stream.ts';
import {
  type Answer,
  type Authorize,
  apiGateway,
  type Request,
  requestTime,
  sourceIp,
} from './api-gateway.ts';
import { FakeKinesis } from './kinesis.ts';
import { settings } from './settings.ts';

const path = `${basePath}/streams/${settings.stream}`;
const document = apiDocument(settings);
const authorize: Authorize = async (event) => {
  const { headers } = event as { headers: Record<string, string> };
  return headers['x-api-key'] === 'local' ? { key: 'local' } : 'deny';
};

interface Seen {
  status: number;
  code: unknown;
  answer: Answer;
  /** Records as JSON values, their numbers as digits. */
  records: { value: unknown; partitionKey: string }[];
}

async function cloud(request: Request, prepare?: (kinesis: FakeKinesis) => void): Promise<Seen> {
  const kinesis = new FakeKinesis(settings.stream);
  prepare?.(kinesis);
  const answer = await apiGateway(document, kinesis, authorize)(request);
  const records = kinesis.records.map(({ data, partitionKey }) => ({
    value: eventValue(data),
    partitionKey,
  }));
  return { status: answer.status, code: answer.json?.__type, answer, records };
}

async function local(request: Request, refuse?: PutRefused): Promise<Seen> {
  const records: Seen['records'] = [];
  const stream = {
    name: settings.stream,
    describe: () => ({ name: settings.stream, arn: '', createdMs: 1.7e12, retentionHours: 24, shards: [] }),
    put: async (put: StreamRecord[]) => {
      if (refuse !== undefined) throw refuse;
      return put.map(({ data, partitionKey }) => {
        records.push({ value: eventValue(bytesOf(data)), partitionKey });
        return { sequenceNumber: '49', shardId: 'shardId-000000000000' };
      });
    },
  } as unknown as Stream;
  const serve = proxy(stream, parseWriteKeys(digestWriteKeys({ local: 'local' })), {
    now: () => requestTime,
  } as never);
  const answer = await serve({
    method: request.method,
    path: request.path,
    query: '',
    headers: Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(request.body ?? ''),
    ip: sourceIp,
  });
  const body = Buffer.from(answer.body as string);
  const json = body.length === 0 ? undefined : JSON.parse(body.toString());
  const { status, headers } = answer;
  return { status, code: json?.__type, answer: { status, headers, body, json }, records };
}

function bytesOf(data: StreamRecord['data']): Buffer {
  return Buffer.concat(data.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Without the id, which is the request's own; the text must be one JSON value. */
function eventValue(data: Buffer): unknown {
  const { id, ...rest } = parse(data.toString('utf8'), null, {
    onDuplicateKey: ({ newValue }) => newValue,
  }) as {
    id: string;
  };
  expect(id).toMatch(/^[0-9a-f-]{36}-\d+$/);
  return { index: id.split('-').at(-1), ...rest };
}

const put = (action: 'record' | 'records', body: string, headers: Record<string, string> = {}): Request => ({
  method: 'PUT',
  path: `${path}/${action}`,
  headers: { 'x-api-key': 'local', 'content-type': 'application/json', 'user-agent': 'test/1.0', ...headers },
  body,
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: clients send what looks like Velocity.
/** Events that a template might spoil: [name, JSON text]. */
const events: [string, string][] = [
  ['an ordinary event', '{"event":"visit","user_id":"ada","n":1,"ok":true,"none":null}'],
  ['quotes and backslashes', '{"a":"\\"\'\\\\ \\\\\\" it\'s"}'],
  ['newlines, tabs and other controls', '{"a":"1\\r\\n2\\t3\\u0000\\u001f\\u007f\\b\\f"}'],
  ['letters of the world, and beyond the first plane', '{"größe":"日本語 🧊 \\ud83e\\uddca é"}'],
  ['line separators of JavaScript', '{"a":"\\u2028\\u2029"}'],
  ['a lone surrogate', '{"a":"\\ud83e"}'],
  ['markup', '{"a":"</script><!-- & <b>\\"x\\"</b> -->"}'],
  ['dollar signs and references', '{"a":"$100 $input.body ${context.requestId} $!foo \\\\$bar"}'],
  [
    'directives',
    '{"a":"#set($x = 1) #if(true)no#end ## comment #* block *# #[[raw]]# #foreach($i in [1..9])$i#end"}',
  ],
  ['a name with a dollar sign', '{"$table":"web_log","$firn":1,"#end":"$x"}'],
  ['what looks like an envelope', '{"$firn":1,"id":"x","ip":"6.6.6.6","data":{"a":1}}'],
  ['what closes an envelope', '{"a":"}\\",\\"ip\\":\\"6.6.6.6\\",\\"data\\":{"}'],
  ['null members', '{"a":null,"b":[null,null]}'],
  ['integers beyond 2^53', '{"a":9007199254740993,"b":-123456789012345678901234567890}'],
  ['fractions', '{"a":0.1,"b":1.5e300,"c":-0.000001}'],
  ['duplicate keys: the last counts', '{"a":1,"a":2}'],
  ['nested texts of JSON', '{"a":"{\\"b\\":\\"{\\\\\\"c\\\\\\":1}\\"}"}'],
  ['deep nesting', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
  ['the empty object', '{}'],
  ['text that is JSON', '"{\\"event\\":\\"visit\\"}"'],
  ['text that is Avro in base64', '"wwEAAAAA"'],
  ['the empty text', '""'],
  ['names that a prototype has', '{"__proto__":{"x":1},"constructor":{"prototype":1},"toString":2}'],
  ['a name that is an index', '{"0":"a","-1":"b","":"c"}'],
];

test.each(events)('one record: %s', async (_, event) => {
  const request = put('record', `{"Data":${event},"PartitionKey":"ada"}`);
  const here = await local(request);
  const there = await cloud(request);
  expect(here.status).toBe(200);
  expect(there.status).toBe(200);
  expect(there.records).toEqual(here.records);
  expect(there.answer.json).toMatchObject({
    SequenceNumber: expect.any(String),
    ShardId: expect.any(String),
  });
});

test('many records: each of these events, in order', async () => {
  const items = events.map(([, event], i) => `{"data":${event},"partition-key":"key-${i}"}`);
  const request = put('records', `{"records":[${items}]}`);
  const here = await local(request);
  const there = await cloud(request);
  expect(there.records).toEqual(here.records);
  expect(there.records).toHaveLength(events.length);
  expect(there.answer.json).toMatchObject({ FailedRecordCount: 0 });
});

test.each([
  ['quotes: it\'s "quoted" \\ and /slashed/'],
  ['$input.body ${context.requestId} #set($x = 1)'],
  ['größe 🧊 日本語'],
  ['a'.repeat(600)],
  [`${'a'.repeat(511)}🧊`],
  [''],
])('a user agent of %s', async (agent) => {
  const request = put('record', '{"Data":{"a":1},"PartitionKey":"k"}', { 'user-agent': agent });
  expect((await cloud(request)).records).toEqual((await local(request)).records);
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: clients send what looks like Velocity.

test('a request without a user agent', async () => {
  const request = put('record', '{"Data":{"a":1},"PartitionKey":"k"}');
  delete request.headers!['user-agent'];
  expect((await cloud(request)).records).toEqual((await local(request)).records);
});

test.each(['it\'s "a" \\key/', 'größe 🧊', '$key #set($x = 1)', 'k'.repeat(256)])(
  'a partition key of %s',
  async (key) => {
    const one = put('record', JSON.stringify({ Data: { a: 1 }, PartitionKey: key }));
    const many = put('records', JSON.stringify({ records: [{ data: { a: 1 }, 'partition-key': key }] }));
    for (const request of [one, many]) {
      expect((await cloud(request)).records).toEqual((await local(request)).records);
    }
  },
);

const record = { data: { a: 1 }, 'partition-key': 'k' };
const list = (count: number) => JSON.stringify({ records: Array.from({ length: count }, () => record) });

test('500 records are put', async () => {
  const request = put('records', list(500));
  expect((await cloud(request)).records).toEqual((await local(request)).records);
});

test('any event, key and user agent', async () => {
  const text = fc.string({ unit: 'grapheme' });
  const anything = fc.record({
    event: fc.jsonValue(),
    key: fc.string({ minLength: 1, maxLength: 256 }),
    agent: text,
  });
  await fc.assert(
    fc.asyncProperty(anything, async ({ event, key, agent }) => {
      const headers = { 'user-agent': agent };
      const one = put('record', JSON.stringify({ Data: { event }, PartitionKey: key }), headers);
      const item = { data: { event }, 'partition-key': key };
      const many = put('records', JSON.stringify({ records: [item, item] }), headers);
      for (const request of [one, many]) {
        const there = await cloud(request);
        expect(there.records).toEqual((await local(request)).records);
        expect(there.status).toBe(200);
      }
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['no JSON', put('record', '{"Data":')],
  ['nothing', put('record', '')],
  ['an array', put('record', '[]')],
  ['text', put('record', '"x"')],
  ['null', put('records', 'null')],
  ['two values', put('record', '{"Data":{},"PartitionKey":"k"} {"Data":{}}')],
  ['no event', put('record', '{"PartitionKey":"k"}')],
  ['an event that is null', put('record', '{"Data":null,"PartitionKey":"k"}')],
  ['an event that is a number', put('record', '{"Data":5,"PartitionKey":"k"}')],
  ['an event that is an array', put('record', '{"Data":[{}],"PartitionKey":"k"}')],
  ['no partition key', put('record', '{"Data":{}}')],
  ['an empty partition key', put('record', '{"Data":{},"PartitionKey":""}')],
  ['a partition key that is a number', put('record', '{"Data":{},"PartitionKey":7}')],
  [
    'a partition key of 257 characters',
    put('record', JSON.stringify({ Data: {}, PartitionKey: 'k'.repeat(257) })),
  ],
  ['the other body', put('record', list(1))],
  ['no list', put('records', '{}')],
  ['a list that is an object', put('records', '{"records":{}}')],
  ['an empty list', put('records', list(0))],
  ['501 records', put('records', list(501))],
  ['1200 records', put('records', list(1200))],
  [
    'one bad record among good ones',
    put('records', JSON.stringify({ records: [record, { ...record, data: 7 }] })),
  ],
  ['a record that is no object', put('records', JSON.stringify({ records: [record, 'x'] }))],
  ['a record of null', put('records', JSON.stringify({ records: [null] }))],
  [
    'an event beyond 1 MiB',
    put('record', JSON.stringify({ Data: { a: 'x'.repeat(1024 * 1024) }, PartitionKey: 'k' })),
  ],
  ['a wrong content type', put('record', '{"Data":{},"PartitionKey":"k"}', { 'content-type': 'text/plain' })],
  ['no key', put('record', list(1), { 'x-api-key': '' })],
  ['a wrong key', put('record', list(1), { 'x-api-key': 'wrong' })],
  ['another stream', { ...put('record', list(1)), path: `${basePath}/streams/other/record` }],
  ['another stream, many', { ...put('records', list(1)), path: `${basePath}/streams/other/records` }],
  ['another stream, described', { ...put('record', ''), method: 'GET', path: `${basePath}/streams/other` }],
  ['no such route', { ...put('record', ''), method: 'GET', path: `${basePath}/nothing` }],
  ['a wrong method', { ...put('record', '{}'), method: 'POST' }],
])('refused alike: %s', async (_, request) => {
  const here = await local(request);
  const there = await cloud(request);
  expect(here.status).toBeGreaterThanOrEqual(400);
  expect([there.status, there.code]).toEqual([here.status, here.code]);
  expect(there.records).toEqual([]);
  expect(there.answer.json).toMatchObject({ message: expect.stringMatching(/./) });
  expect(there.answer.headers).toMatchObject(cors);
});

test('a refusal does not repeat what the client sent', async () => {
  const { answer } = await cloud(put('records', JSON.stringify({ records: [{ ...record, data: 4711 }] })));
  expect(answer.body.toString()).not.toContain('4711');
});

test('a stream that is too busy answers 429, on both', async () => {
  const busy = {
    status: 400,
    body: { __type: 'ProvisionedThroughputExceededException', message: 'Rate exceeded' },
  };
  const request = put('record', '{"Data":{},"PartitionKey":"k"}');
  const there = await cloud(request, (kinesis) => {
    kinesis.next = busy;
  });
  const here = await local(request, new PutRefused('slow down', false));
  expect([there.status, there.code]).toEqual([here.status, here.code]);
  expect(there.status).toBe(429);
  expect(there.answer.headers['retry-after']).toBe('1');
});

test.each([
  [400, 'KMSThrottlingException', 429, 'ProvisionedThroughputExceededException'],
  [400, 'KMSDisabledException', 503, 'InternalFailure'],
  [400, 'AccessDeniedException', 503, 'InternalFailure'],
  [400, 'ResourceNotFoundException', 503, 'InternalFailure'],
  [500, 'InternalFailure', 503, 'InternalFailure'],
  [503, 'ServiceUnavailable', 503, 'InternalFailure'],
])(
  'Kinesis says %i %s: the client hears %i %s, and no names of our account',
  async (status, type, answered, code) => {
    const message = 'User: arn:aws:sts::111122223333:assumed-role/x is not authorized';
    for (const request of [put('record', '{"Data":{},"PartitionKey":"k"}'), put('records', list(2))]) {
      const there = await cloud(request, (kinesis) => {
        kinesis.next = { status, body: { __type: type, message } };
      });
      expect([there.status, there.code]).toEqual([answered, code]);
      expect(there.answer.body.toString()).not.toContain('111122223333');
      expect(there.answer.headers).toMatchObject(cors);
    }
  },
);

test.each([
  [['ProvisionedThroughputExceededException', undefined, 'ProvisionedThroughputExceededException'], 429],
  [[undefined, 'InternalFailure', undefined], 503],
  [['ProvisionedThroughputExceededException', 'InternalFailure'], 503],
])('records that fail alone make the client send them again: %j', async (failures, status) => {
  const there = await cloud(put('records', list(3)), (kinesis) => {
    kinesis.failures = failures;
  });
  expect(there.status).toBe(status);
  const { FailedRecordCount, Records } = there.answer.json as {
    FailedRecordCount: number;
    Records: { ErrorCode?: string; SequenceNumber?: string }[];
  };
  expect(FailedRecordCount).toBe(failures.filter(Boolean).length);
  expect(Records.map(({ ErrorCode }) => ErrorCode)).toEqual([0, 1, 2].map((i) => failures[i]));
  expect(there.records).toHaveLength(3 - FailedRecordCount);
});

test('a list of streams holds ours, in the shape that the local gateway gives it', async () => {
  const request: Request = { method: 'GET', path: `${basePath}/streams`, headers: { 'x-api-key': 'local' } };
  const here = (await local(request)).answer.json!;
  const there = (await cloud(request)).answer.json!;
  const [summary] = there.StreamSummaries as Record<string, unknown>[];
  const [summaryHere] = here.StreamSummaries as Record<string, unknown>[];
  expect(Object.keys(summary!).sort()).toEqual(Object.keys(summaryHere!).sort());
  expect({ ...there, StreamSummaries: [{ ...summary, StreamARN: '' }] }).toEqual(here);
});

test('our stream is described without the account key that encrypts it', async () => {
  const request: Request = { method: 'GET', path, headers: { 'x-api-key': 'local' } };
  const here = (await local(request)).answer.json!.StreamDescription as object;
  const there = (await cloud(request)).answer.json!.StreamDescription as object;
  expect(Object.keys(there).sort()).toEqual(Object.keys(here).sort());
});

test('every route answers a browser that asks beforehand, without a key', async () => {
  for (const [template, { options }] of Object.entries(document.paths)) {
    // The function answers where cookies may come: it is tested with the function.
    if (options!['x-amazon-apigateway-integration'].type === 'aws_proxy') continue;
    const request = { method: 'OPTIONS', path: basePath + template.replace(/\{\w+\}/g, 'x') };
    const { status, headers, body } = (await cloud(request)).answer;
    expect([status, body.length], template).toEqual([204, 0]);
    expect(headers).toMatchObject(cors);
  }
});
