/** `"t$manifests"`: the manifests of the current snapshot. */
import { decodeValue } from '../../iceberg/bounds.ts';
import { specById } from '../../iceberg/metadata.ts';
import { partitionType } from '../../iceberg/partition.ts';
import type { ManifestFile } from '../../iceberg/types.ts';
import { column, forAll, isVisible, type MetadataRows, type Telling } from './columns.ts';
import { transformedText } from './value-text.ts';

export function manifestsTable(table: Telling, manifests: readonly ManifestFile[]): MetadataRows {
  const counts = ['added', 'existing', 'deleted'].flatMap((kind) => [
    column(`${kind}_data_files_count`, 'INTEGER'),
    column(`${kind}_rows_count`, 'BIGINT'),
  ]);
  const summary = {
    contains_null: 'BOOLEAN',
    contains_nan: 'BOOLEAN',
    lower_bound: 'VARCHAR',
    upper_bound: 'VARCHAR',
  };
  return {
    columns: [
      ...forAll(table, column('path', 'VARCHAR')),
      column('length', 'BIGINT'),
      column('partition_spec_id', 'INTEGER'),
      column('added_snapshot_id', 'BIGINT'),
      ...counts,
      column('partitions', [summary]),
    ],
    rows: manifests.map((manifest) => ({
      path: manifest.manifestPath,
      length: manifest.manifestLength,
      partition_spec_id: manifest.partitionSpecId,
      added_snapshot_id: manifest.addedSnapshotId,
      added_data_files_count: manifest.addedFilesCount,
      added_rows_count: manifest.addedRowsCount,
      existing_data_files_count: manifest.existingFilesCount,
      existing_rows_count: manifest.existingRowsCount,
      deleted_data_files_count: manifest.deletedFilesCount,
      deleted_rows_count: manifest.deletedRowsCount,
      partitions: partitionSummaries(table, manifest),
    })),
  };
}

function partitionSummaries(table: Telling, manifest: ManifestFile): object[] {
  const spec = specById(table.metadata, manifest.partitionSpecId);
  const types = partitionType(spec, table.metadata.schemas);
  return (manifest.partitions ?? []).flatMap((summary, at) => {
    if (!isVisible(table, spec.fields[at]!['source-id'])) return [];
    const { type } = types[at]!;
    const text = (bound: Uint8Array | undefined) => {
      const value = bound && decodeValue(type, bound);
      return value === undefined ? null : transformedText(spec.fields[at]!.transform, type, value);
    };
    return {
      contains_null: summary.containsNull,
      contains_nan: summary.containsNan,
      lower_bound: text(summary.lowerBound),
      upper_bound: text(summary.upperBound),
    };
  });
}
