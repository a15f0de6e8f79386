/** `"t$files"`: data and delete files of the current snapshot, with their statistics. */
import { decodeValue } from '../../iceberg/bounds.ts';
import { currentSchema } from '../../iceberg/metadata.ts';
import { leaves } from '../../iceberg/schema.ts';
import type { DataFile } from '../../iceberg/types.ts';
import {
  column,
  forAll,
  isVisible,
  type MetadataRows,
  partitionColumn,
  partitionTexts,
  type Telling,
} from './columns.ts';
import { valueText } from './value-text.ts';

const integerKeys = (of: string) => (value: string) => `CAST(${value} AS MAP(INTEGER, ${of}))`;
const contents = ['data', 'position-deletes', 'equality-deletes'];

export function filesTable(table: Telling, files: readonly DataFile[]): MetadataRows {
  const counts = 'MAP(VARCHAR, BIGINT)';
  const partition = partitionColumn(table);
  const types = new Map(leaves(currentSchema(table.metadata)).map(({ id, type }) => [id, type]));
  const seen = <T>(values: ReadonlyMap<number, T> | undefined) =>
    values && Object.fromEntries([...values].filter(([id]) => isVisible(table, id)));
  const texts = (bounds: ReadonlyMap<number, Uint8Array> | undefined) =>
    bounds &&
    Object.fromEntries(
      [...bounds].flatMap(([id, bytes]) => (isVisible(table, id) ? boundText(id, types.get(id), bytes) : [])),
    );
  return {
    columns: [
      column('content', 'INTEGER'),
      ...forAll(table, column('file_path', 'VARCHAR')),
      column('file_format', 'VARCHAR'),
      column('record_count', 'BIGINT'),
      column('file_size_in_bytes', 'BIGINT'),
      column('column_sizes', counts, integerKeys('BIGINT')),
      column('value_counts', counts, integerKeys('BIGINT')),
      column('null_value_counts', counts, integerKeys('BIGINT')),
      column('nan_value_counts', counts, integerKeys('BIGINT')),
      column('lower_bounds', 'MAP(VARCHAR, VARCHAR)', integerKeys('VARCHAR')),
      column('upper_bounds', 'MAP(VARCHAR, VARCHAR)', integerKeys('VARCHAR')),
      ...forAll(
        table,
        column('key_metadata', 'VARCHAR', (value) => `unhex(${value})`),
      ),
      column('split_offsets', ['BIGINT']),
      column('equality_ids', ['INTEGER']),
      ...(partition === undefined ? [] : [partition]),
    ],
    rows: files.map((file) => ({
      content: contents.indexOf(file.content),
      file_path: file.filePath,
      file_format: file.fileFormat,
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeInBytes,
      column_sizes: seen(file.columnSizes),
      value_counts: seen(file.valueCounts),
      null_value_counts: seen(file.nullValueCounts),
      nan_value_counts: seen(file.nanValueCounts),
      lower_bounds: texts(file.lowerBounds),
      upper_bounds: texts(file.upperBounds),
      key_metadata: file.keyMetadata && valueText('binary', file.keyMetadata),
      split_offsets: file.splitOffsets,
      equality_ids: file.equalityIds,
      ...(partition !== undefined && { partition: partitionTexts(table, file) }),
    })),
  };
}

function boundText(id: number, type: string | undefined, bytes: Uint8Array): [number, string][] {
  const value = type === undefined ? undefined : decodeValue(type, bytes);
  return value === undefined ? [] : [[id, valueText(type!, value)]];
}
