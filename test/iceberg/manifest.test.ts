import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { exactType } from '../../lake/exact-avro.ts';
import { readAvro, writeAvro } from '../../local/iceberg/avro.ts';
import { readManifest, writeManifest } from '../../local/iceberg/manifest.ts';
import { readManifestList, writeManifestList } from '../../local/iceberg/manifest-list.ts';
import type { DataFile, ManifestEntry, ManifestFile, Value } from '../../local/iceberg/types.ts';
import { schemaOf, specOf } from './support.ts';

const sync = Buffer.alloc(16, 3);
const schema = schemaOf({
  'odd name é': 'string',
  at: 'timestamp',
  price: 'decimal(9, 2)',
  n: 'long',
  id: 'uuid',
  raw: 'binary',
  ok: 'boolean',
  ratio: 'double',
  gone: 'int',
});
const spec = specOf(
  schema,
  ['odd name é', 'identity'],
  ['at', 'day'],
  ['price', 'identity'],
  ['n', 'bucket[8]'],
  ['id', 'identity'],
  ['raw', 'truncate[2]'],
  ['ok', 'identity'],
  ['ratio', 'identity'],
  ['gone', 'void'],
  ['at', 'identity'],
);
const tuple: (Value | null)[] = [
  'é',
  -1,
  -1420n,
  3,
  'f79c3e09-677c-4bbd-a479-3f349cb785e7',
  Buffer.from([1, 2]),
  false,
  Number.NaN,
  null,
  9007199254740993n,
];

function dataFile(partition: readonly (Value | null)[], path = 'file:///t/data/a.parquet'): DataFile {
  return {
    content: 'data',
    filePath: path,
    fileFormat: 'PARQUET',
    specId: 0,
    partition,
    recordCount: 7,
    fileSizeInBytes: 1234,
    columnSizes: new Map([[1, 10]]),
    valueCounts: new Map([[1, 7]]),
    nullValueCounts: new Map([[1, 0]]),
    nanValueCounts: new Map(),
    lowerBounds: new Map([[1, Buffer.from('a')]]),
    upperBounds: new Map([[1, Buffer.from('b')]]),
    splitOffsets: [4],
    sortOrderId: 1,
  };
}

function entry(partition: readonly (Value | null)[], more: Partial<ManifestEntry> = {}): ManifestEntry {
  return {
    status: 'added',
    snapshotId: 2n ** 62n + 1n,
    sequenceNumber: null,
    fileSequenceNumber: null,
    dataFile: dataFile(partition),
    ...more,
  };
}

const target = { schema, schemas: [schema], spec, content: 'data' as const, syncMarker: sync };
const manifestFile: ManifestFile = {
  manifestPath: 'file:///t/metadata/m.avro',
  manifestLength: 100,
  partitionSpecId: 0,
  content: 'data',
  sequenceNumber: 9,
  minSequenceNumber: 4,
  addedSnapshotId: 2n ** 62n + 7n,
  addedFilesCount: 1,
  existingFilesCount: 2,
  deletedFilesCount: 3,
  addedRowsCount: 10,
  existingRowsCount: 20,
  deletedRowsCount: 30,
  partitions: [
    { containsNull: true, containsNan: false, lowerBound: Buffer.from('a'), upperBound: Buffer.from('b') },
    { containsNull: false },
  ],
};

describe('a manifest', () => {
  test('reads back with partition values of every type, under names that Avro does not allow', () => {
    const { bytes } = writeManifest([entry(tuple), entry(tuple.map(() => null))], target);
    const read = readManifest(bytes, manifestFile, spec);
    expect(read[0]).toEqual(entry(tuple, { sequenceNumber: 9, fileSequenceNumber: 9 }));
    expect(read[1]!.dataFile.partition).toEqual(tuple.map(() => null));
  });

  test('gives added files its own sequence number, and keeps that of existing ones', () => {
    const existing = entry(tuple, { status: 'existing', sequenceNumber: 4, fileSequenceNumber: 4 });
    const { bytes } = writeManifest([existing, entry(tuple)], target);
    const read = readManifest(bytes, manifestFile, spec);
    expect(read.map((one) => one.sequenceNumber)).toEqual([4, 9]);
  });

  test('tells readers its schema, spec and content in the header', () => {
    const { metadata } = readAvro(writeManifest([entry(tuple)], target).bytes, 'm');
    expect(JSON.parse(metadata.get('schema')!)).toEqual(schema);
    expect(JSON.parse(metadata.get('partition-spec')!)).toEqual(spec.fields);
    expect(metadata.get('partition-spec-id')).toBe('0');
    expect(metadata.get('format-version')).toBe('2');
    expect(metadata.get('content')).toBe('data');
  });

  test('is summarized by field: bounds over values, nulls and NaN apart', () => {
    const other = tuple.map((value) => (value === 'é' ? 'a'.repeat(40) : null));
    const { partitions } = writeManifest([entry(tuple), entry(other)], target);
    expect(partitions[0]).toEqual({
      containsNull: false,
      containsNan: false,
      lowerBound: Buffer.from('a'.repeat(40)),
      upperBound: Buffer.from('é'),
    });
    expect(partitions[2]).toMatchObject({ containsNull: true, lowerBound: Buffer.from('fa74', 'hex') });
    expect(partitions[7]).toEqual({ containsNull: true, containsNan: true });
  });

  test('is found by field ids, whatever a writer calls its partition fields', () => {
    const { bytes } = writeManifest([entry(tuple)], target);
    const { schema: avro, records, metadata } = readAvro(bytes, 'm');
    const renamed = JSON.stringify(avro).replaceAll('at_day', 'other_name');
    const rewritten = writeAvro(
      JSON.parse(renamed),
      exactType(JSON.parse(renamed)),
      records.map((record) => renameDay(record)),
      Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('avro.'))),
      sync,
    );
    expect(readManifest(rewritten, manifestFile, spec)[0]!.dataFile.partition).toEqual(tuple);
  });

  test('is read with the fields that its spec has, where the manifest lacks one', () => {
    const narrow = { ...spec, fields: spec.fields.slice(0, 1) };
    const { bytes } = writeManifest([entry(['é'])], { ...target, spec: narrow });
    const wider = { ...spec, fields: spec.fields.slice(0, 2) };
    expect(readManifest(bytes, manifestFile, wider)[0]!.dataFile.partition).toEqual(['é', null]);
  });

  test('needs a schema that has the source column', () => {
    const lost = { ...target, schemas: [schemaOf({ other: 'string' })] };
    expect(() => writeManifest([entry(['x'])], { ...lost, spec: specOf(schema, ['n', 'identity']) })).toThrow(
      'no schema of the table has its source column, id 4',
    );
  });
});

function renameDay(record: Record<string, unknown>): object {
  const file = record.data_file as Record<string, unknown>;
  const { at_day, ...rest } = file.partition as Record<string, unknown>;
  return { ...record, data_file: { ...file, partition: { ...rest, other_name: at_day } } };
}

describe('a manifest list', () => {
  test('reads back, and says in its header which snapshot it is', () => {
    const snapshot = { 'snapshot-id': 2n ** 62n, 'parent-snapshot-id': 5n, 'sequence-number': 9 };
    const bytes = writeManifestList([manifestFile], snapshot, sync);
    expect(readManifestList(bytes, 'list')).toEqual([manifestFile]);
    const { metadata } = readAvro(bytes, 'list');
    expect(metadata.get('snapshot-id')).toBe('4611686018427387904');
    expect(metadata.get('parent-snapshot-id')).toBe('5');
    expect(metadata.get('sequence-number')).toBe('9');
  });

  test('of a version 1 writer has other names and no sequence numbers', () => {
    const v1 = {
      type: 'record',
      name: 'manifest_file',
      fields: [
        { name: 'manifest_path', type: 'string', 'field-id': 500 },
        { name: 'manifest_length', type: 'long', 'field-id': 501 },
        { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
        { name: 'added_snapshot_id', type: 'long', 'field-id': 503 },
        { name: 'added_data_files_count', type: ['null', 'int'], default: null, 'field-id': 504 },
      ],
    };
    const record = {
      manifest_path: 'file:/t/m.avro',
      manifest_length: 5n,
      partition_spec_id: 0,
      added_snapshot_id: 3n,
      added_data_files_count: 4,
    };
    const bytes = writeAvro(v1, exactType(v1), [record], {}, sync);
    expect(readManifestList(bytes, 'list')).toMatchObject([
      { content: 'data', sequenceNumber: 0, minSequenceNumber: 0, addedFilesCount: 4, deletedFilesCount: 0 },
    ]);
  });
});
