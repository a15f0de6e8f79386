import { expect, test } from 'vitest';
import { compareSchemas } from '../../lake/evolution.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';

const schema = (fields: readonly IcebergField[]): IcebergSchema => ({
  type: 'struct',
  'schema-id': 0,
  fields,
});
const column = (
  id: number,
  name: string,
  type: IcebergField['type'] = 'string',
  required = false,
): IcebergField => ({
  id,
  name,
  type,
  required,
});

const live = [
  column(1, 'event_id', 'string', true),
  column(3, 'count', 'int', true),
  column(4, 'price', 'decimal(10, 2)'),
  column(5, 'place', { type: 'struct', fields: [column(6, 'city'), column(7, 'lat', 'float')] }),
  column(8, 'tags', { type: 'list', 'element-id': 9, element: 'int', 'element-required': false }),
];

function compare(wanted: readonly IcebergField[], former: readonly IcebergSchema[] = []) {
  return compareSchemas(schema(live), schema(wanted), former, new Set([3]));
}

function without(id: number): IcebergField[] {
  return live.filter((field) => field.id !== id);
}

function instead(id: number, field: IcebergField): IcebergField[] {
  return live.map((old) => (old.id === id ? field : old));
}

test('the same schema is no change', () => {
  expect(compare(live)).toEqual({ changes: [], faults: [] });
});

test.each<[string, IcebergField[], string[]]>([
  ['an added optional column', [...live, column(10, 'note')], ['add note']],
  ['a rename', instead(3, column(3, 'quantity', 'int', true)), ['rename count to quantity']],
  ['a drop', without(4), ['drop price']],
  ['another order', [live[0]!, live[2]!, live[1]!, live[3]!, live[4]!], ['reorder columns']],
  ['int to long', instead(3, column(3, 'count', 'long', true)), ['widen count from int to long']],
  [
    'a decimal of more digits',
    instead(4, column(4, 'price', 'decimal(12, 2)')),
    ['widen price from decimal(10, 2) to decimal(12, 2)'],
  ],
  ['required to optional', instead(3, column(3, 'count', 'int')), ['count becomes optional']],
  [
    'changes inside a struct',
    instead(
      5,
      column(5, 'place', {
        type: 'struct',
        fields: [column(7, 'latitude', 'double'), column(11, 'zip')],
      }),
    ),
    [
      'rename place.lat to latitude',
      'widen place.latitude from float to double',
      'add place.zip',
      'drop place.city',
    ],
  ],
  [
    'wider elements',
    instead(
      8,
      column(8, 'tags', { type: 'list', 'element-id': 9, element: 'long', 'element-required': false }),
    ),
    ['widen tags.element from int to long'],
  ],
])('%s passes', (_, wanted, changes) => {
  expect(compare(wanted)).toEqual({ changes, faults: [] });
});

test.each<[string, IcebergField[], RegExp]>([
  [
    'an added required column',
    [...live, column(10, 'note', 'string', true)],
    /note: a new field must be optional/,
  ],
  [
    'optional to required',
    instead(4, column(4, 'price', 'decimal(10, 2)', true)),
    /price: an optional field cannot/,
  ],
  ['another type', instead(3, column(3, 'count', 'string', true)), /count: int cannot become string/],
  ['a narrower type', instead(4, column(4, 'price', 'decimal(8, 2)')), /cannot become decimal\(8, 2\)/],
  ['another scale', instead(4, column(4, 'price', 'decimal(12, 3)')), /cannot become decimal\(12, 3\)/],
  ['a struct for a word', instead(5, column(5, 'place')), /place: a struct cannot become string/],
  ['dropping what partitions are made from', without(3), /count: cannot be dropped/],
])('%s is forbidden', (_, wanted, fault) => {
  const { faults } = compare(wanted);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(fault);
});

test('the id of a dropped column is never used again', () => {
  const former = [schema([...live, column(10, 'old')])];
  expect(compare([...live, column(10, 'new')], former).faults).toEqual([
    'new: field-id 10 was that of old, and is never used again; choose a new one',
  ]);
});

test('other identifier fields are told: rows replace those that have them in common', () => {
  const upsert = { ...schema(live), 'identifier-field-ids': [1, 3] };
  const compareTo = (before: IcebergSchema, after: IcebergSchema) =>
    compareSchemas(before, after, [], new Set()).changes;
  expect(compareTo(schema(live), upsert)).toEqual([
    'rows replace those with the same event_id, count from now on',
  ]);
  expect(compareTo(upsert, schema(live))).toEqual(['rows are appended from now on, and replace none']);
  expect(compareTo(upsert, upsert)).toEqual([]);
});
