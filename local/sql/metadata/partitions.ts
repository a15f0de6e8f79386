/** `"t$partitions"`: rows, files and ranges of each partition of the current snapshot. */
import { quoteName } from '../../../lake/duckdb.ts';
import type { Value } from '../../../lake/transforms.ts';
import { compareValues, decodeValue } from '../../iceberg/bounds.ts';
import { currentSchema, specById } from '../../iceberg/metadata.ts';
import { partitionKey, partitionType } from '../../iceberg/partition.ts';
import type { DataFile } from '../../iceberg/types.ts';
import {
  column,
  isVisible,
  type MetadataRows,
  partitionColumn,
  partitionTexts,
  type Telling,
  typedText,
} from './columns.ts';
import { transformedText, valueText } from './value-text.ts';

export function partitionsTable(table: Telling, live: readonly DataFile[]): MetadataRows {
  const partition = partitionColumn(table);
  const columns = rangeColumns(table);
  const groups = new Map<string, DataFile[]>();
  for (const file of live) {
    if (file.content !== 'data') continue;
    const key = `${file.specId} ${partitionKey(file.partition)}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const ranges = Object.fromEntries(columns.map(({ id }) => [`c${id}`, rangeStructure]));
  return {
    columns: [
      ...(partition === undefined ? [] : [partition]),
      column('record_count', 'BIGINT'),
      column('file_count', 'BIGINT'),
      column('total_size', 'BIGINT'),
      ...(columns.length === 0 ? [] : [column('data', ranges, (value) => dataSql(columns, value))]),
    ],
    rows: [...groups.values()].map((files) => ({
      ...(partition !== undefined && { partition: partitionTexts(table, files[0]!) }),
      record_count: sum(files, ({ recordCount }) => recordCount),
      file_count: files.length,
      total_size: sum(files, ({ fileSizeInBytes }) => fileSizeInBytes),
      data: Object.fromEntries(columns.map((own) => [`c${own.id}`, range(own, files)])),
    })),
  };
}

/** `event=visit/timestamp_day=2026-01-15` for each partition that holds data, sorted; none if no field may be seen. */
export function partitionNames(table: Telling, live: readonly DataFile[]): string[] {
  const names = new Set<string>();
  for (const { content, specId, partition } of live) {
    const spec = specById(table.metadata, specId);
    const types = partitionType(spec, table.metadata.schemas);
    const parts = spec.fields.flatMap(({ name, transform, 'source-id': source }, at) => {
      if (content !== 'data' || transform === 'void' || !isVisible(table, source)) return [];
      const value = partition[at] ?? null;
      const text = value === null ? 'null' : transformedText(transform, types[at]!.type, value);
      return [`${name}=${text.replaceAll(/[%/=\s]/g, encodeURIComponent)}`];
    });
    if (parts.length > 0) names.add(parts.join('/'));
  }
  return [...names].sort();
}

interface RangeColumn {
  id: number;
  name: string;
  /** Iceberg primitive type. */
  type: string;
}

/** Primitive columns that no partition holds as they are. */
function rangeColumns(table: Telling): RangeColumn[] {
  const { metadata } = table;
  const fields = metadata['partition-specs'].flatMap((spec) => spec.fields);
  const held = new Set(fields.flatMap((own) => (own.transform === 'identity' ? [own['source-id']] : [])));
  return currentSchema(metadata).fields.flatMap(({ id, name, type }) =>
    typeof type === 'string' && !held.has(id) && isVisible(table, id) ? [{ id, name, type }] : [],
  );
}

const rangeStructure = { min: 'VARCHAR', max: 'VARCHAR', null_count: 'BIGINT', nan_count: 'BIGINT' };

function dataSql(columns: readonly RangeColumn[], value: string): string {
  const members = columns.map(({ id, name, type }) => {
    const own = (member: string) => `struct_extract(struct_extract(${value}, 'c${id}'), '${member}')`;
    const [min, max] = [typedText(type, own('min')), typedText(type, own('max'))];
    return `${quoteName(name)} := struct_pack(min := ${min}, max := ${max}, null_count := ${own('null_count')}, nan_count := ${own('nan_count')})`;
  });
  return `struct_pack(${members.join(', ')})`;
}

/** A bound that a file lacks, though it has values, makes the partition's unknown. */
function range({ id, type }: RangeColumn, files: readonly DataFile[]): object {
  const holding = files.filter(
    (file) => file.valueCounts === undefined || file.valueCounts.get(id) !== file.nullValueCounts?.get(id),
  );
  const extreme = (bounds: 'lowerBounds' | 'upperBounds', sign: 1 | -1): string | null => {
    let found: Value | undefined;
    for (const file of holding) {
      const bytes = file[bounds]?.get(id);
      const value = bytes && decodeValue(type, bytes);
      if (value === undefined) return null;
      if (found === undefined || compareValues(value, found) * sign < 0) found = value;
    }
    return found === undefined ? null : valueText(type, found);
  };
  const count = (counts: 'nullValueCounts' | 'nanValueCounts'): number | null => {
    const known = files.map((file) => file[counts]?.get(id));
    return known.includes(undefined) ? null : sum(known, (value) => value!);
  };
  return {
    min: extreme('lowerBounds', 1),
    max: extreme('upperBounds', -1),
    null_count: count('nullValueCounts'),
    nan_count: count('nanValueCounts'),
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
