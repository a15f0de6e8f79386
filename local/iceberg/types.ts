/**
 * The tables' vocabulary. Table metadata keeps the spec's own names, since it is a JSON document that other
 * engines read and extend; what is read from Avro and Parquet is plain TypeScript. Snapshot ids are random
 * 63-bit numbers, hence bigint everywhere; counts, sizes and sequence numbers are numbers.
 */
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import type { Value } from '../../lake/transforms.ts';
import type { Clock, Disk, Random } from '../ports.ts';

export type { Value } from '../../lake/transforms.ts';

/** What a table needs of the world. */
export interface Ports {
  disk: Disk;
  clock: Clock;
  random: Random;
}

/** Iceberg spec, "Table Metadata Fields", version 2. Members that we do not know are kept as they are. */
export interface TableMetadata {
  'format-version': 2;
  'table-uuid': string;
  location: string;
  'last-sequence-number': number;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: readonly IcebergSchema[];
  'default-spec-id': number;
  'partition-specs': readonly IcebergPartitionSpec[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': readonly IcebergSortOrder[];
  properties: Readonly<Record<string, string>>;
  'current-snapshot-id': bigint | null;
  refs: Readonly<Record<string, SnapshotRef>>;
  snapshots: readonly Snapshot[];
  'snapshot-log': readonly { 'timestamp-ms': number; 'snapshot-id': bigint }[];
  'metadata-log': readonly { 'timestamp-ms': number; 'metadata-file': string }[];
  /** Puffin files, at most one for each snapshot; other engines write them. */
  statistics?: readonly StatisticsFile[];
  'partition-statistics'?: readonly PartitionStatisticsFile[];
}

/** Iceberg spec, "Table Statistics"; its further members are kept as they are. */
export interface StatisticsFile {
  'snapshot-id': bigint;
  'statistics-path': string;
  'file-size-in-bytes': number;
}

/** Iceberg spec, "Partition Statistics". */
export interface PartitionStatisticsFile {
  'snapshot-id': bigint;
  'statistics-path': string;
  'file-size-in-bytes': number;
}

export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': number;
  'timestamp-ms': number;
  'manifest-list': string;
  summary: Readonly<Record<string, string>> & { operation: 'append' | 'replace' | 'overwrite' | 'delete' };
  'schema-id'?: number;
}

export interface SnapshotRef {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  'min-snapshots-to-keep'?: number;
  'max-snapshot-age-ms'?: number;
  'max-ref-age-ms'?: number;
}

/** A table at one version: immutable; loading or committing gives a new one. */
export interface Table {
  /** Absolute path of the table's directory. */
  directory: string;
  /** N of `metadata/v{N}.metadata.json`. */
  version: number;
  metadata: TableMetadata;
}

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes';

/** A manifest's `data_file` (Iceberg spec, "Data File Fields"). Maps are keyed by field id. */
export interface DataFile {
  content: FileContent;
  /** URI, as written in the manifest. */
  filePath: string;
  fileFormat: 'PARQUET' | 'AVRO' | 'ORC';
  specId: number;
  /** One value per field of the partition spec, in its order. */
  partition: readonly (Value | null)[];
  recordCount: number;
  fileSizeInBytes: number;
  columnSizes?: ReadonlyMap<number, number>;
  valueCounts?: ReadonlyMap<number, number>;
  nullValueCounts?: ReadonlyMap<number, number>;
  nanValueCounts?: ReadonlyMap<number, number>;
  /** Single-value serialization (Appendix D). */
  lowerBounds?: ReadonlyMap<number, Uint8Array>;
  upperBounds?: ReadonlyMap<number, Uint8Array>;
  keyMetadata?: Uint8Array;
  splitOffsets?: readonly number[];
  equalityIds?: readonly number[];
  sortOrderId?: number;
  /** The one data file that a position-delete file refers to, where its writer said so. */
  referencedDataFile?: string;
}

export interface ManifestEntry {
  status: 'existing' | 'added' | 'deleted';
  snapshotId: bigint;
  /** Null in a manifest being written: added files take the sequence number of the commit that lands. */
  sequenceNumber: number | null;
  fileSequenceNumber: number | null;
  dataFile: DataFile;
}

/** A manifest list's record: one manifest and what is known of it without opening it. */
export interface ManifestFile {
  /** URI. */
  manifestPath: string;
  manifestLength: number;
  partitionSpecId: number;
  content: 'data' | 'deletes';
  sequenceNumber: number;
  minSequenceNumber: number;
  addedSnapshotId: bigint;
  addedFilesCount: number;
  existingFilesCount: number;
  deletedFilesCount: number;
  addedRowsCount: number;
  existingRowsCount: number;
  deletedRowsCount: number;
  /** One per field of the partition spec; undefined where the writer gave none. */
  partitions?: readonly PartitionSummary[];
  keyMetadata?: Uint8Array;
}

export interface PartitionSummary {
  containsNull: boolean;
  containsNan?: boolean;
  lowerBound?: Uint8Array;
  upperBound?: Uint8Array;
}

export type PredicateOperator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'is null'
  | 'not null'
  | 'starts with';

/**
 * One condition on a column; a list of them is a conjunction. `column` is a name of the current schema, nested
 * members by dots (`event.type`). `values`: none for the null tests, any number for `in`, else one, in the
 * column's internal representation (see `Value`). NULL never satisfies a comparison, as in SQL.
 */
export interface Predicate {
  column: string;
  op: PredicateOperator;
  values: readonly Value[];
}

/** A data file to read, with the deletes that apply to it. */
export interface ScanFile {
  /** Absolute path. */
  path: string;
  fileFormat: DataFile['fileFormat'];
  recordCount: number;
  fileSizeInBytes: number;
  specId: number;
  partition: readonly (Value | null)[];
  /** Data sequence number. */
  sequenceNumber: number;
  /** The manifest's entry, statistics included. */
  dataFile: DataFile;
  /** Delete files of foreign writers or upserts that apply to this file; empty for most tables. */
  deletes: readonly ScanDelete[];
}

export interface ScanDelete {
  content: 'position-deletes' | 'equality-deletes';
  /** Absolute path. */
  path: string;
  /** Equality deletes: field ids of the columns compared. */
  equalityIds: readonly number[];
}

export interface ScanPlan {
  /** Null: the table has no snapshot yet, and `files` is empty. */
  snapshotId: bigint | null;
  /** The schema to read with: the table's current one, or the snapshot's own when a snapshot was asked for. */
  schema: IcebergSchema;
  files: readonly ScanFile[];
  /** Live data files of the snapshot, before pruning. */
  filesTotal: number;
}

/** Rows on their way into Parquet. */
export interface StageRequest {
  /** Staged rows, one JSON object per line; the encoding is described in `lake/duckdb.ts`. */
  ndjsonPath: string;
  schema: IcebergSchema;
  spec: IcebergPartitionSpec;
  sortOrder: IcebergSortOrder;
  /** Absolute path of the directory that the files go to; made if absent. */
  directory: string;
  /** File names begin with this; a unique part and `.parquet` follow. */
  filePrefix: string;
  /** Most partitions that these rows may touch. */
  maxPartitions: number;
  /**
   * The rows replace others: of rows with equal values in these columns the last counts. `deletedRows`: 0-based
   * lines that leave none.
   */
  upsert?: { fieldIds: readonly number[]; deletedRows: readonly number[] };
}

/**
 * Files, fsynced with their directory, for an upsert also that of the keys (see `DeleteRequest`); or, when the rows touch more than `maxPartitions` partitions, nothing
 * written and `cutAtRows`: 0-based lines, ascending, at which the rows are to be cut so that no part touches more.
 */
export type StageResult = { files: DataFile[]; keysPath?: string } | { cutAtRows: number[] };

/** Rows to be deleted from a version of a table: those whose keys are in a file that `stage` wrote. */
export interface DeleteRequest {
  table: Table;
  keysPath: string;
  /** File names begin with this, and no other file's do. */
  filePrefix: string;
}

/** Rows → Parquet files with statistics. Rejects with a `RowError` when a row does not fit the schema. */
export interface ParquetWriter {
  stage(request: StageRequest): Promise<StageResult>;
  /** Position-delete files, fsynced with their directory. */
  deletes(request: DeleteRequest): Promise<DataFile[]>;
  close(): Promise<void>;
}
