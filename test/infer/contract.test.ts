import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { inferContract } from '../../lake/infer/contract.ts';
import { printSchema } from '../../lake/infer/print.ts';
import { tryOut } from '../../lake/infer/try-out.ts';
import { parseEvents } from '../../scripts/infer/command.ts';

const golden = new URL('golden/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, golden), 'utf8');
const now = Date.parse('2026-11-22T12:00:00Z');

test('sample orders make the schema file of orders', () => {
  const { schema, notes } = inferContract('orders', parseEvents(read('orders.ndjson'), 'orders.ndjson'));
  expect(printSchema(schema)).toBe(read('orders.avsc'));
  expect(notes).toEqual([
    'nothing: left out, since it is null wherever it is',
    'customer.email: looks personal; hidden from analysts',
    'customer.address: looks personal; hidden from analysts',
    'ip: looks personal; hidden from analysts',
    'partitioned by the day of placed_at',
  ]);
});

test('a table that has a schema keeps its fields and ids; what is new is optional and gets ids never used', () => {
  const { schema } = inferContract('orders', [{ orderId: 'a' }]);
  const { schema: next } = inferContract('orders', [{ orderId: 'b', note: 'x' }], schema, [3, 4, 9]);
  expect(next.fields).toEqual([
    ...schema.fields,
    { name: 'note', type: ['null', 'string'], default: null, 'field-id': 10 },
  ]);
});

test('two members whose names fold to one column are one field with two names', () => {
  const { schema } = inferContract('t', [{ userId: 'a' }, { user_id: 'b' }]);
  expect(schema.fields).toMatchObject([{ name: 'user_id', type: ['null', 'string'], aliases: ['userId'] }]);
  const { schema: next, notes } = inferContract('t', [{ 'User-Id': 'c' }], schema);
  expect(next.fields).toMatchObject([{ name: 'user_id', aliases: ['userId', 'User-Id'] }]);
  expect(notes).toEqual(['User-Id: another name for user_id']);
});

test('values of another kind than most are told, since they would be rejected', () => {
  const events = [{ n: 1 }, { n: 2 }, { n: 'three' }];
  const { schema, notes } = inferContract('t', events);
  expect(notes[0]).toBe('n: 1 of 3 values are of another kind; they will be rejected');
  expect(tryOut(parseContract(schema, 't'), events, now)).toMatchObject({
    rows: 2,
    rejected: [{ index: 2, code: 'wrong_type', field: 'n' }],
  });
});

test.each([
  [{ at: 1768469400 }, 's'],
  [{ createdAt: 1768469400000 }, 'ms'],
  [{ event_time: 1768469400000000 }, 'us'],
  [{ count: 1768469400 }, undefined],
  [{ at: 12 }, undefined],
])('of %j the unit is %s', (event, unit) => {
  expect(inferContract('t', [event]).schema.fields[0]?.epoch).toBe(unit);
});

test('an object with many different members is a map', () => {
  const scores = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i]));
  const { schema } = inferContract('t', [{ scores }]);
  expect(schema.fields[0]?.type).toEqual({
    type: 'map',
    values: ['null', 'long'],
    'key-id': 4,
    'value-id': 5,
  });
});

test('a member that every JavaScript object has is left out, and said to be', () => {
  const { schema, notes } = inferContract('t', [{ a: 1, valueOf: {} }]);
  expect(schema.fields.map(({ name }) => name)).toEqual(['a']);
  expect(notes[0]).toBe('valueOf: left out, since every JavaScript object has a member of this name');
});

test.each([
  ['a name that is none', () => inferContract('Orders!', [{}]), '"Orders!" is no name for a table'],
  ['no events', () => inferContract('t', []), 'there are no events'],
  ['an event that is a list', () => inferContract('t', [{}, []]), 'event 2 is no JSON object'],
  ['a line that is no JSON', () => parseEvents('{}\n{', 'f'), 'f, line 2: expected one JSON object'],
])('%s is refused', (_, act, message) => {
  expect(act).toThrow(message);
});

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const events = fc.array(
  fc.dictionary(
    text,
    fc.oneof(
      text,
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true, min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(text, { maxLength: 3 }),
      fc.dictionary(text, fc.integer(), { maxKeys: 3 }),
    ),
    { maxKeys: 5 },
  ),
  { minLength: 1, maxLength: 5 },
);

test('whatever objects come, the schema is a contract, and takes every event that no note spoke of', () => {
  fc.assert(
    fc.property(events, (list) => {
      const { schema, notes } = inferContract('t', list);
      if (schema.fields.length === 0) return;
      const contract = parseContract(JSON.parse(printSchema(schema)), 't');
      if (notes.some((note) => note.includes('another kind'))) return;
      expect(tryOut(contract, list, now).rejected).toEqual([]);
    }),
  );
});

const nested = (levels: number): object => (levels === 0 ? { a: 1 } : { a: nested(levels - 1) });

test.each([
  ['levels', [nested(40)], /nested deeper than 32 levels/],
  [
    'fields',
    [Object.fromEntries(Array.from({ length: 5001 }, (_, i) => [`k${i}`, i]))],
    /more than 5000 fields/,
  ],
])('events of too many %s make no contract', (_, events, reason) => {
  expect(() => inferContract('x', events)).toThrow(reason);
});

test('events that name another table are left out, and said to be; where all do, the tables are named', () => {
  const events = [{ id: 'a', $table: 'orders' }, { id: 'b' }, { ip: '203.0.113.9', $table: 'web_log' }];
  const { schema, notes } = inferContract('orders', events);
  expect(schema.fields.map(({ name }) => name)).toEqual(['event_id']);
  expect(notes[0]).toBe('left out are the events whose $table is another: 1 for "web_log"');
  expect(tryOut(parseContract(schema, 'orders'), events, now)).toEqual({
    rows: 2,
    rejected: [],
    elsewhere: 1,
  });
  expect(() => inferContract('orders', [events[2]])).toThrow(
    'no event is for the table orders: by their $table, 1 for "web_log". Name that table, or take $table out of the events',
  );
});
