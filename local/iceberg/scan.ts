/**
 * Planning a scan: the data files of a snapshot that may hold matching rows, and the deletes that apply to them.
 * Manifests are skipped by their partition summaries, files by their partition, then by their column bounds.
 */
import {
  fromIcebergTransform,
  type IcebergField,
  type IcebergPartitionSpec,
  type IcebergSchema,
} from '../../lake/iceberg.ts';
import { transformResultType } from '../../lake/transforms.ts';
import type { Disk } from '../ports.ts';
import { decodeValue } from './bounds.ts';
import { loadManifest, loadManifestList } from './cache.ts';
import { DeleteIndex } from './deletes.ts';
import { toPath } from './location.ts';
import { currentSchema, currentSnapshot, schemaById, snapshotById, specById } from './metadata.ts';
import { anything, type Condition, mightMatch, projectCondition, rangeOf, type ValueRange } from './prune.ts';
import type {
  DataFile,
  ManifestEntry,
  ManifestFile,
  PartitionSummary,
  Predicate,
  ScanFile,
  ScanPlan,
  Table,
  TableMetadata,
} from './types.ts';

export interface ScanOptions {
  /** Default: the current snapshot. */
  snapshotId?: bigint;
  predicates?: readonly Predicate[];
}

/** The data files that may hold rows that satisfy all predicates; rows still need to be tested. */
export async function planScan(disk: Disk, table: Table, options: ScanOptions = {}): Promise<ScanPlan> {
  const { metadata } = table;
  const snapshot =
    options.snapshotId === undefined ? currentSnapshot(metadata) : snapshotById(metadata, options.snapshotId);
  const schema =
    options.snapshotId === undefined || snapshot?.['schema-id'] === undefined
      ? currentSchema(metadata)
      : schemaById(metadata, snapshot['schema-id']);
  if (snapshot === undefined) return { snapshotId: null, schema, files: [], filesTotal: 0 };

  const filter = new ScanFilter(metadata, schema, options.predicates ?? []);
  const manifests = await loadManifestList(disk, snapshot);
  const live = async (manifest: ManifestFile): Promise<ManifestEntry[]> => {
    const entries = await loadManifest(disk, manifest, specById(metadata, manifest.partitionSpecId));
    return entries.filter((entry) => entry.status !== 'deleted');
  };
  const dataManifests = manifests.filter((manifest) => manifest.content === 'data');
  const filesTotal = dataManifests.reduce(
    (sum, manifest) => sum + manifest.addedFilesCount + manifest.existingFilesCount,
    0,
  );
  const deletes = new DeleteIndex(metadata);
  for (const manifest of manifests) {
    if (manifest.content === 'deletes') deletes.add(await live(manifest));
  }
  const files: ScanFile[] = [];
  for (const manifest of dataManifests) {
    if (!filter.mightMatchManifest(manifest)) continue;
    for (const entry of await live(manifest)) {
      if (filter.mightMatchFile(entry.dataFile)) files.push(scanFile(entry, deletes));
    }
  }
  return { snapshotId: snapshot['snapshot-id'], schema, files, filesTotal };
}

function scanFile(entry: ManifestEntry, deletes: DeleteIndex): ScanFile {
  const { dataFile } = entry;
  return {
    path: toPath(dataFile.filePath),
    fileFormat: dataFile.fileFormat,
    recordCount: dataFile.recordCount,
    fileSizeInBytes: dataFile.fileSizeInBytes,
    specId: dataFile.specId,
    partition: dataFile.partition,
    sequenceNumber: entry.sequenceNumber ?? 0,
    dataFile,
    deletes: deletes.of(entry),
  };
}

interface ColumnCondition extends Condition {
  id: number;
  /** Iceberg primitive type. */
  type: string;
}

/** A condition on a partition field: its index in the spec, and its type. */
interface PartitionCondition extends Condition {
  index: number;
  type: string;
}

/** The predicates, resolved against a schema; projected onto each partition spec when it is first met. */
class ScanFilter {
  private readonly metadata: TableMetadata;
  private readonly conditions: readonly ColumnCondition[];
  private readonly projected = new Map<number, readonly PartitionCondition[]>();

  constructor(metadata: TableMetadata, schema: IcebergSchema, predicates: readonly Predicate[]) {
    this.metadata = metadata;
    this.conditions = predicates.flatMap((predicate) => {
      const column = findColumn(schema.fields, predicate.column);
      if (column === undefined) throw new Error(`there is no column "${predicate.column}" to filter by`);
      // Lists, maps and structs have no bounds.
      if (typeof column.type !== 'string') return [];
      return [{ id: column.id, type: column.type, op: predicate.op, values: predicate.values }];
    });
  }

  mightMatchManifest(manifest: ManifestFile): boolean {
    const { partitions } = manifest;
    if (partitions === undefined) return true;
    return this.partitionConditions(manifest.partitionSpecId).every((condition) => {
      const summary = partitions[condition.index];
      return summary === undefined || mightMatch(condition, summaryRange(summary, condition.type));
    });
  }

  mightMatchFile(file: DataFile): boolean {
    return (
      this.partitionConditions(file.specId).every((condition) =>
        mightMatch(condition, rangeOf(file.partition[condition.index] ?? null)),
      ) && this.conditions.every((condition) => mightMatch(condition, columnRange(file, condition)))
    );
  }

  private partitionConditions(specId: number): readonly PartitionCondition[] {
    let conditions = this.projected.get(specId);
    if (conditions === undefined) {
      conditions = this.project(specById(this.metadata, specId));
      this.projected.set(specId, conditions);
    }
    return conditions;
  }

  private project(spec: IcebergPartitionSpec): PartitionCondition[] {
    return spec.fields.flatMap((field, index) =>
      this.conditions
        .filter((condition) => condition.id === field['source-id'])
        .flatMap((condition) => {
          const transform = fromIcebergTransform(field.transform);
          const projected = projectCondition(condition, transform, condition.type);
          const type = transformResultType(transform, condition.type);
          return projected ? [{ ...projected, index, type }] : [];
        }),
    );
  }
}

/** A column by name, or a struct's member by its dotted path. Names may hold dots themselves. */
function findColumn(fields: readonly IcebergField[], name: string): IcebergField | undefined {
  const whole = fields.find((field) => field.name === name);
  if (whole) return whole;
  for (const field of fields) {
    if (typeof field.type === 'string' || field.type.type !== 'struct') continue;
    if (!name.startsWith(`${field.name}.`)) continue;
    const member = findColumn(field.type.fields, name.slice(field.name.length + 1));
    if (member) return member;
  }
  return undefined;
}

function summaryRange(summary: PartitionSummary, type: string): ValueRange {
  const { lowerBound, upperBound } = summary;
  return {
    lower: lowerBound && decodeValue(type, lowerBound),
    upper: upperBound && decodeValue(type, upperBound),
    mayHaveNull: summary.containsNull,
    mayHaveNan: isFloating(type) && summary.containsNan !== false,
    mayHaveValue: true,
  };
}

function columnRange(file: DataFile, { id, type }: ColumnCondition): ValueRange {
  const valueCount = file.valueCounts?.get(id);
  // A column that the file does not know: nothing is known.
  if (valueCount === undefined) return { ...anything, mayHaveNan: isFloating(type) };
  const nullCount = file.nullValueCounts?.get(id);
  const nanCount = isFloating(type) ? file.nanValueCounts?.get(id) : 0;
  const lower = file.lowerBounds?.get(id);
  const upper = file.upperBounds?.get(id);
  return {
    lower: lower && decodeValue(type, lower),
    upper: upper && decodeValue(type, upper),
    mayHaveNull: nullCount !== 0,
    mayHaveNan: nanCount !== 0,
    mayHaveValue: nullCount === undefined || nullCount + (nanCount ?? 0) < valueCount,
  };
}

function isFloating(type: string): boolean {
  return type === 'float' || type === 'double';
}
