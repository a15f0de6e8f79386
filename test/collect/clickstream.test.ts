/** Messages that came by a collection route: which row each becomes, or why it is none. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { Fault } from '../../lake/errors.ts';
import { networkOf } from '../../lake/pii.ts';
import { compileTransform, type Verdict } from '../../lake/transform.ts';
import { contracts, published } from '../../schemas/index.ts';

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number) => new Date(ms).toISOString();

/** A contract whose name is an event's. */
const orderCompleted = parseContract(
  {
    type: 'record',
    name: 'order_completed',
    fields: [
      { name: 'order_id', type: 'string', 'field-id': 3, aliases: ['orderId'] },
      { name: 'revenue', type: 'double', 'field-id': 4 },
      { name: 'user_id', type: ['null', 'string'], 'field-id': 5, pii: { rule: 'hash' } },
      { name: 'anonymous_id', type: ['null', 'string'], 'field-id': 6, pii: { rule: 'drop' } },
      { name: 'ip', type: ['null', 'string'], 'field-id': 7, pii: { rule: 'truncate' } },
      { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 8 },
      { name: 'channel', type: ['null', 'string'], 'field-id': 9 },
    ],
  },
  'order_completed.avsc',
);

const transform = compileTransform({
  contracts: new Map([...contracts, ['order_completed', orderCompleted]]),
  published,
  defaultTable: 'web_log',
  piiKey: 'a key',
});

function verdictOf(data: unknown, envelope: object = {}): Verdict {
  const known = { $firn: 1, id: 'r-0', route: 'segment/batch', ip: '203.0.113.77', ua: '', key: 'site', at };
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return transform({
    bytes: Buffer.from(`${JSON.stringify({ ...known, ...envelope }).slice(0, -1)},"data":${text}}`),
    arrivalMs: at + 15,
    stream: 'firn-events',
    shardId: 'shardId-000000000000',
    sequenceNumber: '49',
    recordId: 'record',
  });
}

const track = { type: 'track', event: 'Seen', userId: 'u', messageId: 'm-1' };

test.each<[string, unknown, string, string | undefined]>([
  ['an unknown type', { ...track, type: 'dance' }, 'bad_value', 'type'],
  ['no type', { ...track, type: undefined }, 'missing_field', 'type'],
  ['a type that objects have by nature', { ...track, type: 'constructor' }, 'bad_value', 'type'],
  ['no id of a person', { ...track, userId: undefined }, 'missing_field', 'userId'],
  ['ids that are empty', { ...track, userId: '', anonymousId: null }, 'missing_field', 'userId'],
  ['an id that is an object', { ...track, userId: { id: 1 } }, 'wrong_type', 'userId'],
  ['an id whose digits are lost', '{"type":"page","userId":9007199254740993}', 'unsafe_integer', 'userId'],
  ['half a surrogate pair in an id', '{"type":"page","userId":"\\ud800"}', 'bad_value', 'user_id'],
  ['a track call without an event', { ...track, event: undefined }, 'missing_field', 'event'],
  ['an event that is no text', { ...track, event: 7 }, 'wrong_type', 'event'],
  ['a group call without a group', { ...track, type: 'group' }, 'missing_field', 'groupId'],
  ['an alias call without the former id', { ...track, type: 'alias' }, 'missing_field', 'previousId'],
  ['properties that are text', { ...track, properties: 'red' }, 'wrong_type', 'properties'],
  ['a context that is a list', { ...track, context: [1] }, 'wrong_type', 'context'],
  ['a time that is none', { ...track, timestamp: 'yesterday' }, 'bad_timestamp', 'timestamp'],
  [
    'a time without a zone',
    { ...track, originalTimestamp: '2026-01-02T03:04:05' },
    'bad_timestamp',
    'originalTimestamp',
  ],
  ['an ancient time', { ...track, timestamp: '1969-12-31T23:59:59Z' }, 'timestamp_range', 'timestamp'],
  ['a time to come', { ...track, timestamp: iso(at + 86_400_000 * 2) }, 'timestamp_future', 'timestamp'],
  ['a time after 2100', { ...track, timestamp: '2999-01-01T00:00:00Z' }, 'timestamp_range', 'timestamp'],
  ['a number', 7, 'not_object', undefined],
  ['a list', [track], 'not_object', undefined],
  ['an event above 32 KB', { ...track, properties: { a: 'x'.repeat(33 * 1024) } }, 'too_large', undefined],
  ['an id of 257 characters', { ...track, messageId: 'm'.repeat(257) }, 'bad_value', 'event_id'],
  [
    'nesting without end',
    `{"type":"page","userId":"u","properties":{"a":${'['.repeat(9000)}${']'.repeat(9000)}}}`,
    'bad_value',
    'properties',
  ],
])('%s is rejected, with the reason and the id', (_, data, code, field) => {
  const { table, row } = verdictOf(data);
  expect([table, row.code, row.field]).toEqual(['rejected', code, field]);
  expect(row.table_name).toBe('clickstream');
  if (typeof data === 'object' && !Array.isArray(data) && row.field !== 'event_id')
    expect(row.event_id).toBe('m-1');
});

test('ids that are numbers become text', () => {
  const { row } = verdictOf({ ...track, userId: 7, anonymousId: 1.5, messageId: 12 });
  expect(row).toMatchObject({ user_id: '7', anonymous_id: '1.5', event_id: '12' });
});

test('what is known of a server that speaks for a visitor is not taken for the visitor', () => {
  const request = { route: 'segment/track', ua: 'Mozilla/5.0 (X11)', country: 'US', ip: '198.51.100.1' };
  const server = { ...track, context: { library: { name: 'analytics-ruby' } } };
  const told = verdictOf(server, request).row;
  expect([told.country, told.ip, told.user_agent]).toEqual([undefined, undefined, undefined]);
  const located = { ...server, context: { ...server.context, location: { country: 'PT' } } };
  expect(verdictOf(located, request).row.country).toBe('PT');
  expect(verdictOf(track, request).row).toMatchObject({ country: 'US', ip: '198.51.100.0' });
});

test("a mail that is opened through a mailbox's proxy was opened by a person, who is somewhere else", () => {
  const ua = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';
  const proxy = { route: 'pixel', ua, country: 'US', ip: '66.249.84.1' };
  const { row } = verdictOf({ event: 'Email Opened', userId: 'ada' }, proxy);
  expect(row).toMatchObject({ event: 'Email Opened', is_bot: false, user_agent: ua });
  expect([row.browser, row.country, row.ip]).toEqual([undefined, undefined, undefined]);
});

test("the type of a route goes before the message's own", () => {
  expect(verdictOf({ ...track, type: 'page' }, { route: 'segment/track' }).row.type).toBe('track');
});

test.each<[string, object, number]>([
  [
    'a clock that is an hour fast',
    { originalTimestamp: iso(at + 3_590_000), sentAt: iso(at + 3_600_000) },
    at - 10_000,
  ],
  [
    'a clock of the year 2001',
    { originalTimestamp: '2001-01-01T00:00:00Z', sentAt: '2001-01-01T00:00:30Z' },
    at - 30_000,
  ],
  [
    'timestamp, where there is no originalTimestamp',
    { timestamp: iso(at - 5000), sentAt: iso(at) },
    at - 5000,
  ],
  [
    'originalTimestamp before timestamp',
    { timestamp: iso(at), originalTimestamp: iso(at - 7000) },
    at - 7000,
  ],
  ['no sentAt: the client at its word', { timestamp: iso(at - 86_400_000) }, at - 86_400_000],
  ['a sentAt that is none', { timestamp: iso(at - 1000), sentAt: 'now' }, at - 1000],
  ['nothing at all: the arrival', {}, at],
])('the time is set right: %s', (_, times, expected) => {
  expect(verdictOf({ ...track, ...times }).row.timestamp).toBe(expected * 1000);
});

test('what a batch says holds for its messages, unless they say otherwise', () => {
  const batch = {
    sentAt: iso(at + 1000),
    context: { app: { name: 'all' }, locale: 'de' },
    integrations: { All: true },
  };
  const { row } = verdictOf(
    { ...track, timestamp: iso(at), context: { locale: 'en' }, integrations: { A: false } },
    { batch },
  );
  expect(row).toMatchObject({
    timestamp: (at - 1000) * 1000,
    locale: 'en',
    context: '{"app":{"name":"all"},"locale":"en"}',
    integrations: '{"All":true,"A":false}',
  });
});

describe('a number keeps its digits, however many', () => {
  const exact =
    '{"id":12345678901234567890,"ratio":-0.1234567890123456789,"sum":1234567890.12345678,"far":1e400}';
  const own = `"type":"track","event":"x","userId":"u","properties":${exact},"traits":{"n":${exact}}`;
  const direct = (bytes: string) =>
    transform({
      bytes: Buffer.from(bytes),
      arrivalMs: at,
      stream: 's',
      shardId: 's',
      sequenceNumber: '1',
      recordId: 'r',
    });

  test('in properties, traits, context and integrations', () => {
    const context = `{"ip":"203.0.113.7","account":${exact}}`;
    expect(verdictOf(`{${own},"context":${context},"integrations":${exact}}`).row).toMatchObject({
      properties: exact,
      traits: `{"n":${exact}}`,
      context: `{"account":${exact}}`,
      integrations: exact,
      ip: '203.0.113.0',
    });
  });

  test('in what a batch says for all its messages, which may look like the end of the envelope', () => {
    const batch = { context: { a: 1, data: { b: 'exact' } } };
    const envelope = { $firn: 1, id: 'r-0', route: 'segment/batch', ip: '', ua: '', key: 'site', at, batch };
    const head = JSON.stringify(envelope).replace('"exact"', exact).slice(0, -1);
    const { row } = direct(`${head},"data":{${own}}}`);
    expect(row).toMatchObject({ properties: exact, context: `{"a":1,"data":{"b":${exact}}}` });
  });

  test('by the other protocols, and straight into the stream', () => {
    const cloudEvent = verdictOf(`{"id":"e","type":"t","data":${exact},"extra":12345678901234567890}`, {
      route: 'cloudevents',
    });
    expect(cloudEvent.row).toMatchObject({ properties: exact, context: '{"extra":12345678901234567890}' });
    const sdk = `{"event_type":"x","event_id":"e","device_id":"d","attributes":${exact},"items":[${exact}]}`;
    const properties = `${exact.slice(0, -1)},"items":[${exact}]}`;
    expect(verdictOf(sdk, { route: 'collect' }).row).toMatchObject({ properties });
    const named = `{"$table":"clickstream",${own}}`;
    expect(direct(named).row).toMatchObject({ properties: exact });
    expect(direct(JSON.stringify(named)).row).toMatchObject({ properties: exact });
  });

  test('and no text is taken for one', () => {
    const properties = '{"a":"\\u00001","b":"\\u000001","c":"12345678901234567890","d":12345678901234567890}';
    const { row } = verdictOf(`{"type":"track","event":"x","userId":"u","properties":${properties}}`);
    expect(row.properties).toBe(properties);
  });

  test('but not in a message that has all control characters, which is a row all the same', () => {
    const controls = [0, 1, 2, 3, 4, 5, 6, 7].map((code) => `\\u000${code}`);
    for (const used of [controls.slice(0, 7), controls]) {
      const properties = `{"a":"${used.join('')}","b":12345678901234567890}`;
      const { row } = verdictOf(`{"type":"track","event":"x","userId":"u","properties":${properties}}`);
      const rounded = JSON.stringify(JSON.parse(properties));
      expect(row.properties).toBe(used.length < 8 ? properties : rounded);
    }
  });

  test('whatever a message holds, it says the same as it did', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?(e[+-]?\d{1,3})?$/);
    const value = fc.oneof(
      digits,
      fc.string().map((text) => JSON.stringify(text)),
    );
    const list = fc.array(value, { minLength: 1 });
    fc.assert(
      fc.property(list, (values) => {
        const text = `{"type":"page","userId":"u","properties":{"a":[${values.join(',')}]}}`;
        const { row } = verdictOf(text);
        const kept = String(row.properties);
        // Minus nothing is nothing.
        const read = (json: string) => JSON.parse(json, (_, value) => (value === 0 ? 0 : value)) as unknown;
        expect(read(kept)).toEqual(read(`{"a":[${values.join(',')}]}`));
        for (const one of values) {
          if (/^-?[1-9]\d{20,}$/.test(one)) expect(kept).toContain(one);
        }
      }),
    );
  });
});

test("a batch's own members cannot make its messages look like the proxy's", () => {
  const batch = { context: { route: 'records', '"route":"record': 1 } };
  for (const route of ['segment/batch', 'collect']) {
    expect(verdictOf({ ...track, event_type: 'x', device_id: 'd' }, { route, batch }).table).toBe(
      'clickstream',
    );
  }
});

test('an event above 32 KB is found in a batch whose own members look like an envelope', () => {
  const large = { ...track, properties: { a: 'x'.repeat(33 * 1024) } };
  expect(verdictOf(large, { batch: { context: { a: 1, data: {} } } }).row.code).toBe('too_large');
});

test('keys that reach into prototypes reach nothing', () => {
  const text =
    '{"type":"track","event":"x","userId":"u","__proto__":{"admin":true,"name":"p"},"constructor":{"prototype":{"admin":true}},' +
    '"context":{"__proto__":{"admin":true}},"properties":{"__proto__":{"admin":1},"toString":2}}';
  const batch = JSON.parse('{"context":{"__proto__":{"ip":"1.1.1.1","admin":true}}}') as object;
  const { row } = verdictOf(text, { batch });
  expect(row).toMatchObject({ type: 'track', ip: '203.0.113.0' });
  expect(JSON.parse(String(row.properties))).toHaveProperty('toString', 2);
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
});

test("a track call whose name has a contract lands in that contract's table, by its rules", () => {
  const { table, row } = verdictOf({
    ...track,
    event: 'Order Completed',
    anonymousId: 'a',
    timestamp: '2026-01-02T03:04:00.123456Z',
    properties: { orderId: 'o-1', revenue: 12.5 },
    context: { page: { url: 'https://shop.example/', referrer: 'https://www.google.com/' } },
  });
  expect(table).toBe('order_completed');
  expect(row).toEqual({
    event_id: 'm-1',
    received_at: (at + 15) * 1000,
    order_id: 'o-1',
    revenue: 12.5,
    user_id: expect.stringMatching(/^[0-9a-f]{64}$/),
    anonymous_id: undefined,
    ip: '203.0.113.0',
    timestamp: 1_767_323_040_123_456,
    channel: 'organic_search',
  });
  const again = verdictOf({ ...track, event: 'orderCompleted', properties: { order_id: 'o-2', revenue: 1 } });
  expect([again.table, again.row.user_id]).toEqual(['order_completed', row.user_id]);
});

test('one that breaks its contract is rejected, and is no row of clickstream either', () => {
  const { table, row } = verdictOf({
    ...track,
    event: 'Order Completed',
    properties: { order_id: 7, revenue: 1 },
  });
  expect([table, row.table_name, row.code, row.field]).toEqual([
    'rejected',
    'order_completed',
    'wrong_type',
    'order_id',
  ]);
});

test('other calls, tables of the lakehouse itself, and names like none are events of clickstream', () => {
  for (const message of [
    { ...track, event: 'rejected' },
    { ...track, event: 'clickstream' },
    { ...track, event: '…' },
    { ...track, type: 'page', name: 'Order Completed' },
  ]) {
    expect(verdictOf(message).table).toBe('clickstream');
  }
});

test('an event of the Kinesis proxy may name clickstream, as a message or by columns', () => {
  const proxied = (data: object) => verdictOf({ $table: 'clickstream', ...data }, { route: 'record' });
  expect(proxied(track)).toMatchObject({
    table: 'clickstream',
    row: { user_id: 'u', event_id: 'm-1', ip: '203.0.113.0' },
  });
  expect(
    proxied({ type: 'page', user_id: 'u', timestamp: '2026-01-02T03:04:05Z', ip: '1.2.3.4' }),
  ).toMatchObject({
    table: 'clickstream',
    row: { user_id: 'u', ip: '1.2.3.0' },
  });
  expect(proxied({ type: 'page' })).toMatchObject({ table: 'rejected' });
});

test('an envelope that somebody else wrote is not taken on trust', () => {
  for (const envelope of [
    { route: 7 },
    { route: ['pixel'] },
    { ip: {}, ua: [], key: 5, country: ['US'], at: 'x', batch: 7 },
    { at: 1e300, route: 'segment/' },
    { at: -1, route: 'collect', batch: { upload_timestamp: {} } },
    { route: 'pixel', batch: [] },
  ]) {
    expect(['clickstream', 'rejected', 'web_log']).toContain(verdictOf(track, envelope).table);
  }
});

test('whatever a message holds, it has a verdict', () => {
  const member = fc.constantFrom(
    ...[
      'type',
      'event',
      'userId',
      'anonymousId',
      'messageId',
      'timestamp',
      'sentAt',
      'context',
      'properties',
      'traits',
    ],
    ...[
      '__proto__',
      'page',
      'ip',
      'userAgent',
      'campaign',
      'library',
      'attributes',
      'user',
      'data',
      'time',
      'id',
    ],
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        'track',
        'page',
        'u',
        '',
        'https://x.example/?utm_source=a',
        '2026-01-01T00:00:00Z',
        '\ud800',
      ),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(member, tie('node'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).node;
  const route = fc.constantFrom('segment/track', 'segment/batch', 'pixel', 'collect', 'cloudevents');
  fc.assert(
    fc.property(fc.dictionary(member, value, { maxKeys: 12 }), route, value, (message, name, batch) => {
      const { table, row } = verdictOf(message, { route: name, batch });
      expect(['clickstream', 'rejected']).toContain(table);
      expect(JSON.parse(JSON.stringify(row))).toHaveProperty('event_id');
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['203.0.113.77', '203.0.113.0'],
  ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::'],
  ['2001:DB8::1', '2001:db8:0::'],
  ['::1', '0:0:0::'],
  ['::ffff:203.0.113.77', '203.0.113.0'],
  ['64:ff9b:1:2:3:4:203.0.113.77', '64:ff9b:1::'],
  ['fe80::1%eth0', 'fe80:0:0::'],
  ['203.0.113.999', undefined],
  ['ada@example.com', undefined],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('a contract that hashes needs a key', () => {
  const compile = () =>
    compileTransform({
      contracts: new Map([['order_completed', orderCompleted]]),
      published: [],
      defaultTable: 'x',
    });
  expect(compile).toThrow(Fault);
  expect(compile).toThrow(/order_completed hashes "user_id".*FIRN_PII_KEY/);
});

test.each<[object, RegExp]>([
  [{ type: ['null', 'string'], pii: { rule: 'burn' } }, /"pii" is true, false, or/],
  [{ type: ['null', 'string'], pii: 'hash' }, /"pii" is true, false, or/],
  [{ type: ['null', 'long'], pii: { rule: 'hash' } }, /"hash" is for text/],
  [{ type: 'string', pii: { rule: 'drop' } }, /must be optional/],
])('a rule for personal data that makes no sense is refused: %j', (field, reason) => {
  const schema = { type: 'record', name: 't', fields: [{ name: 'a', 'field-id': 3, ...field }] };
  expect(() => parseContract(schema, 't.avsc')).toThrow(reason);
});
