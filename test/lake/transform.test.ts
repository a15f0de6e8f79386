import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { exactType } from '../../lake/exact-avro.ts';
import { compileTransform, type StreamRecord } from '../../lake/transform.ts';
import { contracts, published } from '../../schemas/index.ts';

/** Tables that somebody added are no part of these examples. */
const names = ['app_event', 'clickstream', 'ecommerce_event', 'rejected', 'web_log'];
const shipped = new Map([...contracts].filter(([table]) => names.includes(table)));
const transform = compileTransform({ contracts: shipped, published, defaultTable: 'web_log' });

function record(bytes: Buffer, index = 0): StreamRecord {
  return {
    bytes,
    arrivalMs: Date.UTC(2026, 10, 22, 12),
    stream: 'firn-events',
    shardId: 'shardId-000000000000',
    sequenceNumber: `49${String(index).padStart(4, '0')}`,
    recordId: `record-${index}`,
  };
}

/**
 * Each folder of test/golden/transform is a case: `records.txt` holds a record a line, `verdicts.ndjson` what
 * becomes of each. To accept changed verdicts, delete the file and run the test.
 */
const golden = fileURLToPath(new URL('../golden/transform/', import.meta.url));
test.each(readdirSync(golden))('golden: %s', (name) => {
  const lines = readFileSync(path.join(golden, name, 'records.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  const verdicts = lines.map((line, i) => JSON.stringify(transform(record(Buffer.from(line), i))));
  const file = path.join(golden, name, 'verdicts.ndjson');
  if (!existsSync(file)) writeFileSync(file, `${verdicts.join('\n')}\n`);
  expect(verdicts).toEqual(readFileSync(file, 'utf8').trimEnd().split('\n'));
});

function avroMessage(table: string, fields: object): Buffer {
  const contract = contracts.get(table)!;
  const header = Buffer.from([0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64LE(BigInt(`0x${contract.fingerprint}`), 2);
  return Buffer.concat([header, exactType(contract.avro).toBuffer(fields)]);
}

const purchase = {
  event_id: 'e-1',
  event_type: 'purchase',
  user_id: 'u',
  product_id: null,
  timestamp: 1_795_341_600_000_000n,
  session_id: null,
  price: Buffer.from([0x04, 0xe2]),
  quantity: 2,
  user_agent: null,
  page_url: null,
  ip_address: null,
};

test('an Avro message goes to the table of its fingerprint, as bytes and as base64 text', () => {
  const message = avroMessage('ecommerce_event', purchase);
  const expected = {
    table: 'ecommerce_event',
    row: {
      event_id: 'e-1',
      event_type: 'purchase',
      user_id: 'u',
      timestamp: 1_795_341_600_000_000,
      price: '12.50',
      quantity: 2,
      received_at: 1_795_348_800_000_000,
    },
  };
  expect(transform(record(message))).toEqual(expected);
  expect(transform(record(Buffer.from(JSON.stringify(message.toString('base64')))))).toEqual(expected);
  const enveloped = JSON.stringify({ $firn: 1, id: 'r-0', data: message.toString('base64') });
  expect(transform(record(Buffer.from(enveloped)))).toEqual(expected);
});

test('an Avro message of an unknown schema, a short one and a broken one are rejected', () => {
  const unknown = Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.alloc(8, 1), Buffer.from('x')]);
  const message = avroMessage('ecommerce_event', purchase);
  expect(transform(record(unknown)).row).toMatchObject({
    code: 'unknown_fingerprint',
    raw_encoding: 'base64',
  });
  expect(transform(record(Buffer.from([0xc3, 0x01, 2]))).row).toMatchObject({ code: 'bad_avro' });
  expect(transform(record(message.subarray(0, -3))).row).toMatchObject({
    code: 'bad_avro',
    table_name: 'ecommerce_event',
  });
  expect(transform(record(Buffer.concat([message, Buffer.from('more')]))).row).toMatchObject({
    code: 'bad_avro',
  });
});

test('nobody writes the table of rejections but the lakehouse', () => {
  const json = Buffer.from(JSON.stringify({ $table: 'rejected', code: 'x' }));
  expect(transform(record(json)).row).toMatchObject({ code: 'unknown_table', table_name: 'rejected' });
  expect(transform(record(avroMessage('rejected', rejection))).row).toMatchObject({
    code: 'unknown_fingerprint',
  });
});

const rejection = {
  event_id: null,
  table_name: null,
  code: 'x',
  reason: 'x',
  field: null,
  raw: null,
  raw_encoding: 'utf8',
  raw_length: 1n,
  raw_sha256: 'x',
  stream: null,
  shard_id: null,
  sequence_number: null,
};

test('a rejected event keeps 64 KiB of what came, cut at a character', () => {
  const text = `"${'é'.repeat(40_000)}`;
  const { table, row } = transform(record(Buffer.from(text)));
  expect(table).toBe('rejected');
  expect(row.raw_length).toBe(Buffer.byteLength(text));
  expect(Buffer.byteLength(String(row.raw))).toBe(65_535);
  expect(text.startsWith(String(row.raw))).toBe(true);
});

test('an event without an id is named by its place, and the same place gives the same id', () => {
  const event = {
    user_id: 'u',
    session_id: 's',
    event: 'view',
    ip: '10.0.0.1',
    hostname: 'h',
    timestamp: '2026-11-22T10:00:00Z',
    uri: '/',
  };
  const bytes = Buffer.from(JSON.stringify(event));
  expect(transform(record(bytes, 7)).row.event_id).toBe('shardId-000000000000:490007');
  const wrapped = Buffer.from(JSON.stringify({ $firn: 1, id: 'request-3', data: event }));
  expect(transform(record(wrapped, 7)).row.event_id).toBe('request-3');
  expect(transform({ ...record(bytes), sequenceNumber: undefined }).row.event_id).toBe('record-0');
});

test.each([
  ['data last', '{"$firn":1,"id":"r-1","ua":"x,\\"data\\":1","data":{"$table":"x"}}'],
  ['data first', '{"$firn":1,"data":{"$table":"x"},"id":"r-1"}'],
  [
    'data twice, of which the last counts',
    '{"$firn":1,"id":"r-1","data":{"$table":"y"},"data":{"$table":"x"}}',
  ],
  ['another data deeper', '{"$firn":1,"id":"r-1","at":{"a":1,"data":{"$table":"y"}},"data":{"$table":"x"}}'],
  ['the mark last', '{"id":"r-1","data":{"$table":"x"},"$firn":1}'],
])('an envelope opens the same with %s', (_, text) => {
  expect(transform(record(Buffer.from(text))).row).toMatchObject({
    code: 'unknown_table',
    table_name: 'x',
    event_id: 'r-1',
  });
});

test("the contract's delete field, and nothing else in an event, makes it a deletion", () => {
  const orders = parseContract(
    {
      type: 'record',
      name: 'orders',
      fields: [
        { name: 'id', type: 'string', 'field-id': 3 },
        { name: 'gone', type: ['null', 'boolean'], default: null, 'field-id': 4 },
      ],
      write: 'upsert',
      identifier: ['id'],
      'delete-field': 'gone',
    },
    'schemas/orders.avsc',
  );
  const change = compileTransform({
    contracts: new Map([['orders', orders]]),
    published: [],
    defaultTable: 'orders',
  });
  const operationOf = (event: object) => change(record(Buffer.from(JSON.stringify(event)))).operation;
  expect(operationOf({ id: 'a' })).toBe('update');
  expect(operationOf({ id: 'a', gone: true })).toBe('delete');
  expect(operationOf({ id: 'a', gone: false, operation: 'delete' })).toBe('update');
  expect(operationOf({ gone: true })).toBe(undefined);
});

test('whatever the bytes, there is a verdict with the system columns', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
    fc.json().map((data) => Buffer.from(`{"$firn":1,"id":"r-1","data":${data}}`)),
    fc.uint8Array({ maxLength: 60 }).map((body) => {
      return Buffer.concat([avroMessage('ecommerce_event', purchase).subarray(0, 10), body]);
    }),
  );
  fc.assert(
    fc.property(bytes, (some) => {
      const { table, row } = transform(record(Buffer.from(some)));
      expect(contracts.has(table)).toBe(true);
      expect(row.event_id).toEqual(expect.any(String));
      expect(row.received_at).toBe(1_795_348_800_000_000);
      expect(JSON.parse(JSON.stringify(row))).toEqual(row);
    }),
    { numRuns: 1000 },
  );
});
