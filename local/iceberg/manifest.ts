/** Manifests: the data and delete files of a snapshot, one Avro record each. */
import { Buffer } from 'node:buffer';
import { exactType } from '../../lake/exact-avro.ts';
import type { IcebergPartitionSpec, IcebergSchema } from '../../lake/iceberg.ts';
import { bytesOrNull, countOf, readAvro, writeAvro } from './avro.ts';
import { stringifyJson } from './json.ts';
import { manifestEntrySchema } from './manifest-schema.ts';
import {
  type AvroPartitionField,
  avroPartition,
  type PartitionType,
  partitionReader,
  partitionType,
  summarizePartitions,
} from './partition.ts';
import type { DataFile, FileContent, ManifestEntry, ManifestFile, PartitionSummary, Value } from './types.ts';

const STATUS = ['existing', 'added', 'deleted'] as const;
const CONTENT: readonly FileContent[] = ['data', 'position-deletes', 'equality-deletes'];

/** What a manifest's bytes depend on beside its entries. */
export interface ManifestTarget {
  schema: IcebergSchema;
  /** All schemas of the table, oldest first: partition sources may have left the current one. */
  schemas: readonly IcebergSchema[];
  spec: IcebergPartitionSpec;
  content: ManifestFile['content'];
  syncMarker: Uint8Array;
}

/** A manifest of data files or of delete files, as a file's bytes; and the summaries for its manifest list record. */
export function writeManifest(
  entries: readonly ManifestEntry[],
  target: ManifestTarget,
): { bytes: Buffer; partitions: PartitionSummary[] } {
  const partition = partitionType(target.spec, target.schemas);
  const schema = manifestEntrySchema(partition);
  const records = entries.map((entry) => entryRecord(entry, partition));
  const bytes = writeAvro(
    schema,
    exactType(schema),
    records,
    {
      schema: stringifyJson(target.schema),
      'schema-id': String(target.schema['schema-id']),
      'partition-spec': stringifyJson(target.spec.fields),
      'partition-spec-id': String(target.spec['spec-id']),
      'format-version': '2',
      content: target.content,
    },
    target.syncMarker,
  );
  const tuples = entries.map((entry) => entry.dataFile.partition);
  return { bytes, partitions: summarizePartitions(partition, tuples) };
}

/** Reads a manifest; inherited ids and sequence numbers are filled in from its manifest list record. */
export function readManifest(bytes: Buffer, file: ManifestFile, spec: IcebergPartitionSpec): ManifestEntry[] {
  const { schema, records } = readAvro(bytes, file.manifestPath);
  const partitionOf = partitionReader(avroPartitionSchema(schema), spec);
  return records.map((record) => {
    const status = STATUS[record.status as number]!;
    const data = record.data_file as Record<string, unknown>;
    // Files of a version 1 manifest have no sequence number: theirs is 0. In version 2 only an added file may
    // leave it out, to inherit the manifest's (spec, "Sequence Number Inheritance"); for version 1 that is 0 too.
    return {
      status,
      snapshotId: (record.snapshot_id as bigint | null) ?? file.addedSnapshotId,
      sequenceNumber: countOf(record.sequence_number) ?? file.sequenceNumber,
      fileSequenceNumber: countOf(record.file_sequence_number) ?? file.sequenceNumber,
      dataFile: dataFileOf(
        data,
        file.partitionSpecId,
        partitionOf(data.partition as Record<string, unknown>),
      ),
    };
  });
}

function entryRecord(entry: ManifestEntry, partition: readonly PartitionType[]): object {
  const file = entry.dataFile;
  return {
    status: STATUS.indexOf(entry.status),
    snapshot_id: entry.snapshotId,
    sequence_number: longOrNull(entry.sequenceNumber),
    file_sequence_number: longOrNull(entry.fileSequenceNumber),
    data_file: {
      content: CONTENT.indexOf(file.content),
      file_path: file.filePath,
      file_format: file.fileFormat,
      partition: avroPartition(partition, file.partition),
      record_count: BigInt(file.recordCount),
      file_size_in_bytes: BigInt(file.fileSizeInBytes),
      column_sizes: countPairs(file.columnSizes),
      value_counts: countPairs(file.valueCounts),
      null_value_counts: countPairs(file.nullValueCounts),
      nan_value_counts: countPairs(file.nanValueCounts),
      lower_bounds: bytePairs(file.lowerBounds),
      upper_bounds: bytePairs(file.upperBounds),
      key_metadata: bytesOrNull(file.keyMetadata),
      split_offsets: file.splitOffsets?.map(BigInt) ?? null,
      equality_ids: file.equalityIds ?? null,
      sort_order_id: file.sortOrderId ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  };
}

/** The fields of `data_file.partition` in a manifest's own Avro schema. */
function avroPartitionSchema(schema: unknown): readonly AvroPartitionField[] {
  type Record = { fields: readonly { 'field-id': number; name: string; type: unknown }[] };
  const dataFile = (schema as Record).fields.find((field) => field['field-id'] === 2)?.type as Record;
  const partition = dataFile.fields.find((field) => field['field-id'] === 102)?.type as Record | undefined;
  return partition?.fields ?? [];
}

function dataFileOf(data: Record<string, unknown>, specId: number, partition: (Value | null)[]): DataFile {
  const file: DataFile = {
    content: CONTENT[(data.content as number | undefined) ?? 0]!,
    filePath: data.file_path as string,
    fileFormat: (data.file_format as string).toUpperCase() as DataFile['fileFormat'],
    specId,
    partition,
    recordCount: Number(data.record_count),
    fileSizeInBytes: Number(data.file_size_in_bytes),
  };
  const counts = (name: string) => pairsToMap(data[name], Number);
  const bytes = (name: string) => pairsToMap(data[name], (value) => value as Buffer);
  return {
    ...file,
    ...present('columnSizes', counts('column_sizes')),
    ...present('valueCounts', counts('value_counts')),
    ...present('nullValueCounts', counts('null_value_counts')),
    ...present('nanValueCounts', counts('nan_value_counts')),
    ...present('lowerBounds', bytes('lower_bounds')),
    ...present('upperBounds', bytes('upper_bounds')),
    ...present('keyMetadata', data.key_metadata as Buffer | null),
    ...present('splitOffsets', (data.split_offsets as bigint[] | null | undefined)?.map(Number)),
    ...present('equalityIds', data.equality_ids as number[] | null),
    ...present('sortOrderId', data.sort_order_id as number | null),
    ...present('referencedDataFile', data.referenced_data_file as string | null),
  };
}

/** `{ name: value }`, or nothing where the value is null or undefined. */
function present<K extends string, V>(name: K, value: V | null | undefined): { [P in K]?: V } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}

function countPairs(map: ReadonlyMap<number, number> | undefined): object[] | null {
  return map ? [...map].map(([key, value]) => ({ key, value: BigInt(value) })) : null;
}

function bytePairs(map: ReadonlyMap<number, Uint8Array> | undefined): object[] | null {
  return map ? [...map].map(([key, value]) => ({ key, value: Buffer.from(value) })) : null;
}

function pairsToMap<V>(pairs: unknown, convert: (value: unknown) => V): Map<number, V> | undefined {
  if (!Array.isArray(pairs)) return undefined;
  return new Map(pairs.map(({ key, value }: { key: number; value: unknown }) => [key, convert(value)]));
}

function longOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}
