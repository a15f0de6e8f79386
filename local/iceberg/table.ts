import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import type { Disk } from '../ports.ts';
import type { MetadataUpdate } from './metadata.ts';
import type { DataFile, Ports, Table, TableMetadata } from './types.ts';

export interface TablePieces {
  schema: IcebergSchema;
  spec: IcebergPartitionSpec;
  sortOrder: IcebergSortOrder;
  properties: Readonly<Record<string, string>>;
}

/** Makes `directory` (absolute path) a table without a snapshot. */
export declare function createTable(ports: Ports, directory: string, pieces: TablePieces): Promise<Table>;

/** The newest version of the table at `directory`, or undefined if there is none. */
export declare function loadTable(disk: Disk, directory: string): Promise<Table | undefined>;

/** `skipped`: `build` returned undefined; `table` is then the version that it saw. */
export interface CommitResult {
  outcome: 'landed' | 'skipped';
  table: Table;
}

/** Throws `CommitError` with `outcome` "did not land" or "unknown". */
export declare function commit(
  ports: Ports,
  table: Table,
  build: (metadata: TableMetadata) => Promise<readonly MetadataUpdate[] | undefined>,
): Promise<CommitResult>;

export interface AppendOptions {
  /** Further members of the snapshot summary. */
  summary?: Readonly<Record<string, string>>;
  /** Table properties set by the same commit. */
  properties?: Readonly<Record<string, string>>;
  /** Asked on each attempt with the newest metadata: true skips the commit. */
  skipIf?: (metadata: TableMetadata) => boolean;
}

export declare function appendFiles(
  ports: Ports,
  table: Table,
  files: readonly DataFile[],
  options?: AppendOptions,
): Promise<CommitResult>;
