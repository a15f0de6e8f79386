import { describe, expect, test } from 'vitest';
import { stringifyJson } from '../../local/iceberg/json.ts';
import { newMetadata, parseMetadata } from '../../local/iceberg/metadata.ts';
import { failedRequirement } from '../../local/iceberg/metadata-requirements.ts';
import { applyUpdates, type MetadataUpdate } from '../../local/iceberg/metadata-updates.ts';
import type { Snapshot, TableMetadata } from '../../local/iceberg/types.ts';
import { schemaOf, specOf, unpartitioned, unsorted } from './support.ts';

const schema = schemaOf({
  id: 'long',
  tags: { type: 'list', 'element-id': 9, element: 'string', 'element-required': false },
});
const fresh = newMetadata(
  { schema, spec: specOf(schema, ['id', 'bucket[4]']), sortOrder: unsorted, properties: { a: '1' } },
  { uuid: 'u-1', location: 'file:///t', nowMs: 1000 },
);

function snapshot(id: bigint, sequenceNumber: number, timestampMs = 2000): Snapshot {
  return {
    'snapshot-id': id,
    'sequence-number': sequenceNumber,
    'timestamp-ms': timestampMs,
    'manifest-list': 'file:///t/metadata/l.avro',
    summary: { operation: 'append' },
  };
}

function appended(metadata: TableMetadata, id: bigint, nowMs: number, madeMs = nowMs): TableMetadata {
  const updates: MetadataUpdate[] = [
    { action: 'add-snapshot', snapshot: snapshot(id, metadata['last-sequence-number'] + 1, madeMs) },
    { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id },
  ];
  return applyUpdates(metadata, updates, { nowMs, previousFile: `file:///t/metadata/${nowMs}.json` });
}

test('a new table knows its highest column and partition ids', () => {
  expect(fresh).toMatchObject({
    'format-version': 2,
    'last-column-id': 9,
    'last-partition-id': 1000,
    'last-sequence-number': 0,
    'current-snapshot-id': null,
    properties: { a: '1' },
  });
  const flat = { schema, spec: unpartitioned, sortOrder: unsorted, properties: {} };
  expect(newMetadata(flat, { uuid: 'u', location: 'l', nowMs: 0 })['last-partition-id']).toBe(999);
});

describe('an append', () => {
  test('moves main, the sequence number and both logs', () => {
    const after = appended(appended(fresh, 5n, 2000), 6n, 3000);
    expect(after).toMatchObject({
      'current-snapshot-id': 6n,
      'last-sequence-number': 2,
      'last-updated-ms': 3000,
      refs: { main: { 'snapshot-id': 6n, type: 'branch' } },
      'snapshot-log': [
        { 'timestamp-ms': 2000, 'snapshot-id': 5n },
        { 'timestamp-ms': 3000, 'snapshot-id': 6n },
      ],
      'metadata-log': [
        { 'timestamp-ms': 1000, 'metadata-file': 'file:///t/metadata/2000.json' },
        { 'timestamp-ms': 2000, 'metadata-file': 'file:///t/metadata/3000.json' },
      ],
    });
    expect(fresh.snapshots).toEqual([]);
  });

  test("is logged with the snapshot's own time, so that the table as of that time has it", () => {
    expect(appended(fresh, 5n, 3000, 2999)).toMatchObject({
      'last-updated-ms': 2999,
      'snapshot-log': [{ 'timestamp-ms': 2999, 'snapshot-id': 5n }],
    });
  });

  test('never runs time backwards when the clock does', () => {
    expect(appended(appended(fresh, 5n, 5000), 6n, 1000)['last-updated-ms']).toBe(5000);
  });

  test('remembers as many metadata files as the table asks for', () => {
    let metadata: TableMetadata = {
      ...fresh,
      properties: { 'write.metadata.previous-versions-max': '3' },
    };
    for (let i = 1; i <= 10; i++) metadata = appended(metadata, BigInt(i), 2000 + i);
    expect(metadata['metadata-log'].map((entry) => entry['metadata-file'])).toEqual([
      'file:///t/metadata/2008.json',
      'file:///t/metadata/2009.json',
      'file:///t/metadata/2010.json',
    ]);
  });

  test('with a sequence number that is taken is refused', () => {
    const context = { nowMs: 1, previousFile: 'file:///t/metadata/v1.metadata.json' };
    const late = { ...snapshot(5n, 0), 'parent-snapshot-id': 4n };
    expect(() => applyUpdates(fresh, [{ action: 'add-snapshot', snapshot: late }], context)).toThrow(
      'sequence number 0; expected more than',
    );
  });
});

test('a reference to a snapshot that is not there is refused', () => {
  const update: MetadataUpdate = {
    action: 'set-snapshot-ref',
    'ref-name': 'main',
    type: 'branch',
    'snapshot-id': 5n,
  };
  expect(() => applyUpdates(fresh, [update], { nowMs: 1, previousFile: '' })).toThrow('no such snapshot');
});

test('properties and references come and go', () => {
  const base = appended(fresh, 5n, 2000);
  const updates: MetadataUpdate[] = [
    { action: 'set-properties', updates: { b: '2', c: '3' } },
    { action: 'remove-properties', removals: ['a', 'c'] },
    { action: 'set-snapshot-ref', 'ref-name': 'v1', type: 'tag', 'snapshot-id': 5n, 'max-ref-age-ms': 9 },
    { action: 'remove-snapshot-ref', 'ref-name': 'main' },
  ];
  const after = applyUpdates(base, updates, { nowMs: 3000, previousFile: 'file:///t/metadata/x.json' });
  expect(after).toMatchObject({ properties: { b: '2' }, 'current-snapshot-id': null });
  expect(after.refs).toEqual({ v1: { type: 'tag', 'snapshot-id': 5n, 'max-ref-age-ms': 9 } });
});

test('a requirement that does not hold is told in a sentence', () => {
  const metadata = appended(fresh, 5n, 2000);
  expect(
    failedRequirement(metadata, [
      { type: 'assert-table-uuid', uuid: 'u-1' },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 5n },
      { type: 'assert-ref-snapshot-id', ref: 'other', 'snapshot-id': null },
      { type: 'assert-current-schema-id', 'current-schema-id': 0 },
      { type: 'assert-default-spec-id', 'default-spec-id': 0 },
    ]),
  ).toBeUndefined();
  expect(
    failedRequirement(metadata, [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': null }]),
  ).toBe('Requirement failed: branch main has changed: expected null, found 5');
});

describe('metadata files', () => {
  test('read back as they were, unknown members included', () => {
    const metadata = { ...appended(fresh, 9223372036854775807n, 2000), 'partition-statistics': [{ x: 1 }] };
    expect(parseMetadata(stringifyJson(metadata), 'v1')).toEqual(metadata);
  });

  test('of other writers may leave out what version 2 lets them', () => {
    const { refs: _, snapshots: _s, properties: _p, ...rest } = appended(fresh, 5n, 2000);
    expect(parseMetadata(stringifyJson(rest), 'v1')).toMatchObject({
      refs: { main: { 'snapshot-id': 5n, type: 'branch' } },
      snapshots: [],
      properties: {},
    });
    const java = stringifyJson({ ...fresh, 'current-snapshot-id': -1 });
    expect(parseMetadata(java, 'v1')).toMatchObject({ 'current-snapshot-id': null, refs: {} });
  });

  test('of another format version are refused', () => {
    expect(() => parseMetadata('{"format-version": 3}', 'v7.metadata.json')).toThrow(
      'v7.metadata.json is of Iceberg format version 3',
    );
  });
});
