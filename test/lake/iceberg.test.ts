import { describe, expect, test } from 'vitest';
import {
  fromIcebergFields,
  fromIcebergTransform,
  fromIcebergType,
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
  icebergType,
} from '../../lake/iceberg.ts';
import type { Contract, Field, Type } from '../../lake/types.ts';

function field(id: number, name: string, type: Type, more: Partial<Field> = {}): Field {
  return { id, name, type, required: false, pii: false, aliases: [], ...more };
}

const contract: Contract = {
  table: 'shop_event',
  doc: 'Events of a shop.',
  rowFilter: [],
  fields: [
    field(1, 'event_id', { kind: 'string' }, { required: true, doc: 'Unique.' }),
    field(2, 'received_at', { kind: 'timestamp', epoch: 'us' }, { required: true }),
    field(3, 'kind', { kind: 'string', symbols: ['view', 'buy'] }),
    field(4, 'price', { kind: 'decimal', precision: 9, scale: 2 }),
    field(5, 'item', {
      kind: 'struct',
      fields: [
        field(6, 'sku', { kind: 'string', uuid: true }),
        field(7, 'tags', { kind: 'list', elementId: 8, element: { kind: 'int' }, elementRequired: true }),
        field(9, 'seen', {
          kind: 'map',
          keyId: 10,
          valueId: 11,
          value: { kind: 'timestamptz' },
          valueRequired: false,
        }),
      ],
    }),
  ],
  partition: [
    { sourceId: 2, source: 'received_at', transform: 'day', name: 'received_at_day', fieldId: 1000 },
    { sourceId: 1, source: 'event_id', transform: 'bucket[4]', name: 'event_id_bucket', fieldId: 1001 },
  ],
  sort: [
    { sourceId: 2, source: 'received_at', transform: 'identity', direction: 'desc', nullOrder: 'nulls-last' },
  ],
  write: 'upsert',
  identifier: ['event_id'],
  dedupe: false,
  properties: { 'write.parquet.compression-codec': 'snappy' },
  internal: false,
  avro: {},
  fingerprint: '0000000000000000',
};

test('a contract becomes an Iceberg schema: ids, docs and required columns stay, enums and uuids are text', () => {
  expect(icebergSchema(contract)).toEqual({
    type: 'struct',
    'schema-id': 0,
    'identifier-field-ids': [1],
    fields: [
      { id: 1, name: 'event_id', required: true, type: 'string', doc: 'Unique.' },
      { id: 2, name: 'received_at', required: true, type: 'timestamp' },
      { id: 3, name: 'kind', required: false, type: 'string' },
      { id: 4, name: 'price', required: false, type: 'decimal(9, 2)' },
      {
        id: 5,
        name: 'item',
        required: false,
        type: {
          type: 'struct',
          fields: [
            { id: 6, name: 'sku', required: false, type: 'string' },
            {
              id: 7,
              name: 'tags',
              required: false,
              type: { type: 'list', 'element-id': 8, element: 'int', 'element-required': true },
            },
            {
              id: 9,
              name: 'seen',
              required: false,
              type: {
                type: 'map',
                'key-id': 10,
                key: 'string',
                'value-id': 11,
                value: 'timestamptz',
                'value-required': false,
              },
            },
          ],
        },
      },
    ],
  });
});

test('an append-only table has no identifier fields', () => {
  expect(icebergSchema({ ...contract, identifier: [] })).not.toHaveProperty('identifier-field-ids');
});

test('partition spec, sort order and properties follow the contract', () => {
  expect(icebergPartitionSpec(contract)).toEqual({
    'spec-id': 0,
    fields: [
      { 'source-id': 2, 'field-id': 1000, name: 'received_at_day', transform: 'day' },
      { 'source-id': 1, 'field-id': 1001, name: 'event_id_bucket', transform: 'bucket[4]' },
    ],
  });
  expect(icebergSortOrder(contract)).toEqual({
    'order-id': 1,
    fields: [{ 'source-id': 2, transform: 'identity', direction: 'desc', 'null-order': 'nulls-last' }],
  });
  expect(icebergSortOrder({ sort: [] })).toEqual({ 'order-id': 0, fields: [] });
  expect(icebergProperties(contract)).toMatchObject({
    comment: 'Events of a shop.',
    'write.format.default': 'parquet',
    'write.parquet.compression-codec': 'snappy',
  });
});

describe('Iceberg types read back', () => {
  test('as what they were', () => {
    const plain = (type: Type) => icebergType(fromIcebergType(icebergType(type)));
    for (const { type } of contract.fields) expect(plain(type)).toEqual(icebergType(type));
  });

  test('foreign spellings and types included', () => {
    expect(fromIcebergType('decimal(38,10)')).toEqual({ kind: 'decimal', precision: 38, scale: 10 });
    expect(fromIcebergType('uuid')).toEqual({ kind: 'string', uuid: true });
    expect(fromIcebergType('fixed[16]')).toEqual({ kind: 'binary' });
    expect(fromIcebergFields([{ id: 3, name: 'A b', required: true, type: 'date' }])).toEqual([
      { id: 3, name: 'A b', required: true, type: { kind: 'date' }, pii: false, aliases: [] },
    ]);
  });

  test('a type that no contract can hold is refused by name', () => {
    expect(() => fromIcebergType('time')).toThrow('"time"');
    expect(() => fromIcebergType('geometry')).toThrow('"geometry"');
  });

  test('an unknown transform is read as void', () => {
    expect(fromIcebergTransform('bucket[16]')).toBe('bucket[16]');
    expect(fromIcebergTransform('zorder')).toBe('void');
  });
});
