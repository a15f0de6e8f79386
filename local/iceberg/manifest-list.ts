/** Manifest lists: one Avro file per snapshot, one record per manifest. */
import type { Buffer } from 'node:buffer';
import { exactType } from '../../lake/exact-avro.ts';
import { bytesOrNull, countOf, readAvro, writeAvro } from './avro.ts';
import { manifestFileSchema } from './manifest-schema.ts';
import type { ManifestFile, PartitionSummary, Snapshot } from './types.ts';

const manifestFileType = exactType(manifestFileSchema);

export function writeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: Pick<Snapshot, 'snapshot-id' | 'parent-snapshot-id' | 'sequence-number'>,
  syncMarker: Uint8Array,
): Buffer {
  const parent = snapshot['parent-snapshot-id'];
  return writeAvro(
    manifestFileSchema,
    manifestFileType,
    manifests.map(manifestFileRecord),
    {
      'snapshot-id': String(snapshot['snapshot-id']),
      ...(parent !== undefined && { 'parent-snapshot-id': String(parent) }),
      'sequence-number': String(snapshot['sequence-number']),
      'format-version': '2',
    },
    syncMarker,
  );
}

export function readManifestList(bytes: Buffer, where: string): ManifestFile[] {
  return readAvro(bytes, where).records.map((record) => {
    const partitions = record.partitions as Record<string, unknown>[] | null | undefined;
    // Version 1 writers say `added_data_files_count`, may leave counts out, and know no sequence numbers.
    const files = (kind: string) =>
      countOf(record[`${kind}_files_count`]) ?? countOf(record[`${kind}_data_files_count`]) ?? 0;
    return {
      manifestPath: record.manifest_path as string,
      manifestLength: Number(record.manifest_length),
      partitionSpecId: record.partition_spec_id as number,
      content: record.content === 1 ? 'deletes' : 'data',
      sequenceNumber: countOf(record.sequence_number) ?? 0,
      minSequenceNumber: countOf(record.min_sequence_number) ?? 0,
      addedSnapshotId: record.added_snapshot_id as bigint,
      addedFilesCount: files('added'),
      existingFilesCount: files('existing'),
      deletedFilesCount: files('deleted'),
      addedRowsCount: countOf(record.added_rows_count) ?? 0,
      existingRowsCount: countOf(record.existing_rows_count) ?? 0,
      deletedRowsCount: countOf(record.deleted_rows_count) ?? 0,
      ...(partitions && { partitions: partitions.map(summaryOf) }),
      ...(record.key_metadata ? { keyMetadata: record.key_metadata as Buffer } : {}),
    };
  });
}

function manifestFileRecord(file: ManifestFile): object {
  return {
    manifest_path: file.manifestPath,
    manifest_length: BigInt(file.manifestLength),
    partition_spec_id: file.partitionSpecId,
    content: file.content === 'data' ? 0 : 1,
    sequence_number: BigInt(file.sequenceNumber),
    min_sequence_number: BigInt(file.minSequenceNumber),
    added_snapshot_id: file.addedSnapshotId,
    added_files_count: file.addedFilesCount,
    existing_files_count: file.existingFilesCount,
    deleted_files_count: file.deletedFilesCount,
    added_rows_count: BigInt(file.addedRowsCount),
    existing_rows_count: BigInt(file.existingRowsCount),
    deleted_rows_count: BigInt(file.deletedRowsCount),
    partitions:
      file.partitions?.map((summary) => ({
        contains_null: summary.containsNull,
        contains_nan: summary.containsNan ?? null,
        lower_bound: bytesOrNull(summary.lowerBound),
        upper_bound: bytesOrNull(summary.upperBound),
      })) ?? null,
    key_metadata: bytesOrNull(file.keyMetadata),
  };
}

function summaryOf(record: Record<string, unknown>): PartitionSummary {
  return {
    containsNull: record.contains_null as boolean,
    ...(typeof record.contains_nan === 'boolean' && { containsNan: record.contains_nan }),
    ...(record.lower_bound ? { lowerBound: record.lower_bound as Buffer } : {}),
    ...(record.upper_bound ? { upperBound: record.upper_bound as Buffer } : {}),
  };
}
