import { expect, test } from 'vitest';
import { type LiveMetadata, planMigration } from '../../../lake/cloud/migration.ts';
import { type AvroRecord, parseContract } from '../../../lake/contract.ts';
import {
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../../lake/iceberg.ts';
import type { Contract } from '../../../lake/types.ts';

type Field = AvroRecord['fields'][number];

const stars: Field = { name: 'stars', type: 'int', 'field-id': 3 };
const comment: Field = { name: 'comment', type: ['null', 'string'], default: null, 'field-id': 4 } as Field;

function contract(fields: Field[], more: Partial<AvroRecord> = {}): Contract {
  const iceberg = { 'partition-spec': [{ source: 'received_at', transform: 'day' }] };
  return parseContract({ type: 'record', name: 'rating', fields, iceberg, ...more }, 'rating.avsc');
}

/** The table as Glue made it from a contract, and perhaps changed since. */
function live(from: Contract, more: Partial<LiveMetadata> = {}): LiveMetadata {
  return {
    location: 's3://warehouse/rating',
    'current-schema-id': 0,
    schemas: [icebergSchema(from)],
    'default-spec-id': 0,
    'partition-specs': [icebergPartitionSpec(from)],
    'last-partition-id': 1000,
    'default-sort-order-id': icebergSortOrder(from)['order-id'],
    'sort-orders': [icebergSortOrder(from)],
    properties: icebergProperties(from),
    ...more,
  };
}

const before = contract([stars]);

test('a table that is as its contract says is left alone', () => {
  expect(planMigration(before, live(before), [])).toEqual({ table: 'rating', changes: [], faults: [] });
});

test('a new optional column is a new schema, and nothing else is sent', () => {
  const { changes, update } = planMigration(contract([stars, comment]), live(before), [
    icebergSchema(before),
  ]);
  expect(changes).toEqual(['add comment']);
  expect(Object.keys(update!)).toEqual(['Schema', 'Location']);
  expect(update!.Location).toBe('s3://warehouse/rating');
  expect(update!.Schema.SchemaId).toBe(1);
  expect(update!.Schema.Fields.map(({ Id, Name, Required, Type }) => [Id, Name, Required, Type])).toEqual([
    [1, 'event_id', true, 'string'],
    [2, 'received_at', true, 'timestamp'],
    [3, 'stars', true, 'int'],
    [4, 'comment', false, 'string'],
  ]);
});

test('a contract that goes back to what the table once was takes the old schema again', () => {
  const once = icebergSchema(before);
  const now = icebergSchema(contract([stars, comment]));
  const metadata = live(before, { schemas: [once, { ...now, 'schema-id': 1 }], 'current-schema-id': 1 });
  const { changes, update } = planMigration(before, metadata, [now]);
  expect(changes).toEqual(['drop comment']);
  expect(update!.Schema.SchemaId).toBe(0);
});

test('what Iceberg forbids is a fault, and no update', () => {
  const required = contract([stars, { name: 'must', type: 'string', 'field-id': 5 }]);
  const { faults, update } = planMigration(required, live(before), [icebergSchema(before)]);
  expect(faults).toEqual(['must: a new field must be optional, since rows without it are there']);
  expect(update).toBeUndefined();
});

test('a column that somebody added by ALTER TABLE stays', () => {
  const foreign = { id: 9, name: 'added_by_hand', required: false, type: 'string' };
  const schema = { ...icebergSchema(before), fields: [...icebergSchema(before).fields, foreign] };
  const metadata = live(before, { schemas: [schema] });
  expect(planMigration(before, metadata, [icebergSchema(before)]).changes).toEqual([]);
  const { update } = planMigration(contract([stars, comment]), metadata, [icebergSchema(before)]);
  expect(update!.Schema.Fields.map(({ Name }) => Name)).toEqual([
    'event_id',
    'received_at',
    'stars',
    'comment',
    'added_by_hand',
  ]);
});

test("a field id that somebody's column has already is told, and not taken for a new name of it", () => {
  const foreign = { id: 4, name: 'added_by_hand', required: false, type: 'string' };
  const schema = { ...icebergSchema(before), fields: [...icebergSchema(before).fields, foreign] };
  const { faults } = planMigration(contract([stars, comment]), live(before, { schemas: [schema] }), [
    icebergSchema(before),
  ]);
  expect(faults).toEqual([
    'comment: field-id 4 is that of the column added_by_hand, which somebody added to the table; choose another',
  ]);
});

test('a new partition gets an id that no other partition ever had', () => {
  const iceberg = { 'partition-spec': [{ source: 'stars', transform: 'identity' }] };
  const metadata = live(before, { 'last-partition-id': 1004 });
  const { changes, update } = planMigration(contract([stars], { iceberg }), metadata, []);
  expect(changes).toEqual(['partition by stars, for new files']);
  expect(update!.PartitionSpec).toEqual({
    SpecId: 1,
    Fields: [{ SourceId: 3, Transform: 'identity', Name: 'stars', FieldId: 1005 }],
  });
});

test('a new sort order and a new property are sent; other properties of the table are kept', () => {
  const iceberg = {
    'partition-spec': [{ source: 'received_at', transform: 'day' }],
    'sort-order': [{ source: 'stars' }],
    properties: { 'write.target-file-size-bytes': '1000000' },
  };
  const metadata = live(before, { properties: { ...icebergProperties(before), owner: 'ada' } });
  const { changes, update } = planMigration(contract([stars], { iceberg }), metadata, []);
  expect(changes).toEqual([
    'change the sort order, for new files',
    'set write.target-file-size-bytes to 1000000',
  ]);
  expect(update!.SortOrder).toEqual({
    OrderId: 1,
    Fields: [{ SourceId: 3, Transform: 'identity', Direction: 'asc', NullOrder: 'nulls-first' }],
  });
  expect(update!.Properties).toMatchObject({ owner: 'ada', 'write.target-file-size-bytes': '1000000' });
});
