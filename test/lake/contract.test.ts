import { expect, test } from 'vitest';
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import { glueType } from '../../lake/glue.ts';
import { contracts } from '../../schemas/index.ts';

const id = { name: 'id', type: 'string', 'field-id': 3 } as const;

function schema(change: object): unknown {
  return { type: 'record', name: 'order', fields: [id], ...change };
}

test('the shipped tables are these', () => {
  const shipped = ['app_event', 'clickstream', 'ecommerce_event', 'rejected', 'web_log'];
  expect([...contracts.keys()]).toEqual(expect.arrayContaining(shipped));
});

test('every table begins with event_id and received_at', () => {
  for (const { fields } of contracts.values()) {
    expect(fields.slice(0, 2).map(({ name, id, required }) => ({ name, id, required }))).toEqual([
      { name: 'event_id', id: 1, required: true },
      { name: 'received_at', id: 2, required: true },
    ]);
  }
});

test('only the lakehouse writes the table of rejections', () => {
  expect([...contracts.values()].filter(({ internal }) => internal).map(({ table }) => table)).toEqual([
    'rejected',
  ]);
});

test('the table has the name of the record, in snake case', () => {
  expect(parseContract(schema({ name: 'CheckoutStarted' }), 'x').table).toBe('checkout_started');
});

test('partition fields are named as Iceberg names them', () => {
  const contract = parseContract(
    schema({
      fields: [id, { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 4 }],
      iceberg: {
        'partition-spec': [
          { source: 'id', transform: 'bucket[8]' },
          { source: 'id', transform: 'truncate[2]' },
          { source: 'at', transform: 'hour' },
          { source: 'received_at', transform: 'day' },
        ],
      },
    }),
    'x',
  );
  expect(contract.partition.map(({ name, fieldId }) => [name, fieldId])).toEqual([
    ['id_bucket', 1000],
    ['id_trunc', 1001],
    ['at_hour', 1002],
    ['received_at_day', 1003],
  ]);
});

test('a nested record is a struct, and is spelt so for Glue', () => {
  const event = contracts.get('app_event')!.fields.find(({ name }) => name === 'event')!;
  expect(glueType(event.type)).toBe('struct<type:string,product:string,amount:decimal(12,2)>');
});

test.each<[string, unknown, string]>([
  ['a list', [], 'expected an Avro record schema'],
  ['a record without fields', schema({ fields: [] }), '"fields" must list at least one field'],
  ['a field without an id', schema({ fields: [{ name: 'id', type: 'string' }] }), '"field-id" is missing'],
  [
    'an id used twice',
    schema({ fields: [id, { ...id, name: 'other' }] }),
    'field-id 3 is used twice: by "id" and by "other"',
  ],
  ['an id of the system', schema({ fields: [{ ...id, 'field-id': 2 }] }), 'by "received_at" and by "id"'],
  ['an upper-case name', schema({ fields: [{ ...id, name: 'Id' }] }), 'names are lower-case'],
  ['a wide union', schema({ fields: [{ ...id, type: ['null', 'string', 'int'] }] }), 'the only unions are'],
  [
    'fixed',
    schema({ fields: [{ ...id, type: { type: 'fixed', name: 'f', size: 2 } }] }),
    '"fixed" has no column',
  ],
  [
    'a time of day',
    schema({ fields: [{ ...id, type: { type: 'int', logicalType: 'time-millis' } }] }),
    'time-millis has no column type',
  ],
  ['epoch on a string', schema({ fields: [{ ...id, epoch: 's' }] }), '"epoch" is for timestamps'],
  [
    'an unknown partition source',
    schema({ iceberg: { 'partition-spec': [{ source: 'nope', transform: 'day' }] } }),
    'there is no column "nope"; the columns are event_id, received_at, id',
  ],
  [
    'a transform that does not suit',
    schema({ iceberg: { 'partition-spec': [{ source: 'id', transform: 'day' }] } }),
    'day cannot be taken of "id", which is string',
  ],
  [
    'a transform that there is not',
    schema({ iceberg: { 'partition-spec': [{ source: 'id', transform: 'week' }] } }),
    '"week" is no transform',
  ],
  [
    'a name twice',
    schema({ fields: [id, { ...id, 'field-id': 4, name: 'b', aliases: ['id'] }] }),
    'is used twice',
  ],
  ['a write mode that there is not', schema({ write: 'sometimes' }), '"write" must be'],
  [
    'an alias that every object has',
    schema({ fields: [{ ...id, aliases: ['valueOf'] }] }),
    'JavaScript objects have a member "valueOf"',
  ],
  ['a row filter on no column', schema({ 'row-filter': { x: ['a'] } }), 'row-filter: there is no column "x"'],
  ['a row filter without values', schema({ 'row-filter': { id: [] } }), '"id" needs a list of values'],
  ['a row filter of another type', schema({ 'row-filter': { id: [7] } }), 'each string'],
  ['a row filter on a time', schema({ 'row-filter': { received_at: ['x'] } }), '"received_at" is timestamp'],
  [
    'an id that is no string',
    schema({ fields: [{ ...id, name: 'event_id', type: 'int', 'field-id': 1 }] }),
    'event_id',
  ],
])('%s is refused with file and reason', (_, bad, reason) => {
  expect(() => parseContract(bad, 'schemas/order.avsc')).toThrow('schemas/order.avsc: ');
  expect(() => parseContract(bad, 'schemas/order.avsc')).toThrow(reason);
});

const at = { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 4 };
const gone = { name: 'gone', type: ['null', 'boolean'], default: null, 'field-id': 5 };
const upsert = { fields: [id, at, gone], write: 'upsert', identifier: ['id'] };
const daily = { 'partition-spec': [{ source: 'at', transform: 'day' }] };

test('an upsert has identifier fields, and may have a field that deletes', () => {
  expect(parseContract(schema({ ...upsert, 'delete-field': 'gone' }), 'x')).toMatchObject({
    write: 'upsert',
    identifier: ['id'],
    dedupe: false,
    deleteField: 'gone',
  });
});

test('dedupe is an upsert by event_id and the partition sources', () => {
  const deduped = schema({ fields: [id, at], dedupe: true, iceberg: daily });
  expect(parseContract(deduped, 'x')).toMatchObject({
    write: 'upsert',
    identifier: ['event_id', 'at'],
    dedupe: true,
  });
});

test.each<[string, object, string]>([
  ['no identifier', { ...upsert, identifier: undefined }, 'needs "identifier"'],
  ['an identifier that is no column', { ...upsert, identifier: ['nope'] }, 'there is no column "nope"'],
  ['an optional identifier', { ...upsert, identifier: ['id', 'gone'] }, '"gone" must be a required field'],
  [
    'a floating identifier',
    { ...upsert, fields: [{ ...id, type: 'double' }] },
    '"id" is a double; rows are told apart by other types only',
  ],
  ['an identifier twice', { ...upsert, identifier: ['id', 'id'] }, 'names a column twice'],
  ['a partition source beside the identifier', { ...upsert, iceberg: daily }, 'the partition source "at"'],
  [
    'the time of arrival as identifier',
    { dedupe: true, iceberg: { 'partition-spec': [{ source: 'received_at', transform: 'day' }] } },
    '"received_at" differs each time an event arrives',
  ],
  [
    'an optional partition source under dedupe',
    {
      fields: [{ ...gone }],
      dedupe: true,
      iceberg: { 'partition-spec': [{ source: 'gone', transform: 'identity' }] },
    },
    '"gone" must be a required field',
  ],
  [
    'a delete field of another type',
    { ...upsert, 'delete-field': 'id' },
    'must name a boolean column, not "id"',
  ],
  ['an identifier without upsert', { identifier: ['id'] }, 'is for tables with "write": "upsert"'],
  ['dedupe and upsert', { ...upsert, dedupe: true }, 'is an upsert by event_id already'],
  ['dedupe that is no boolean', { dedupe: 'yes' }, '"dedupe" must be true or false'],
  ['an internal upsert', { ...upsert, internal: true }, 'an internal table is append-only'],
])('%s is refused', (_, bad, reason) => {
  expect(() => parseContract(schema(bad), 'schemas/order.avsc')).toThrow(reason);
});

test('lists and maps carry their ids', () => {
  const fields: AvroRecord['fields'] = [
    { name: 'tags', 'field-id': 3, type: { type: 'array', items: 'string', 'element-id': 4 } },
    {
      name: 'extra',
      'field-id': 5,
      type: { type: 'map', values: ['null', 'long'], 'key-id': 6, 'value-id': 7 },
    },
  ];
  const [, , tags, extra] = parseContract(schema({ fields }), 'x').fields;
  expect(tags!.type).toEqual({
    kind: 'list',
    elementId: 4,
    element: { kind: 'string' },
    elementRequired: true,
  });
  expect(extra!.type).toEqual({
    kind: 'map',
    keyId: 6,
    valueId: 7,
    value: { kind: 'long' },
    valueRequired: false,
  });
});
