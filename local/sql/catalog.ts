/**
 * The tables as SQL sees them: a port with two methods, and its implementation over Iceberg.
 */
import type { IcebergSchema } from '../../lake/iceberg.ts';
import type { Ask } from '../iceberg/scan-sql.ts';
import type { Predicate } from '../iceberg/types.ts';
import type { Version } from './versions.ts';

export interface SqlCatalog {
  /** Names of the tables of a database, sorted; empty if there is no such database. */
  tables(database: string): Promise<string[]>;
  /**
   * The table as it is now, or as it was, to be read from start to end of a query; undefined if there is none. Its
   * metadata tables (`t$files`) are tables too. Throws a SqlError for a version that is not there.
   */
  snapshot(database: string, table: string, version?: Version): Promise<TableSnapshot | undefined>;
}

/** One version of one table; later commits do not change what it answers. */
export interface TableSnapshot {
  schema: IcebergSchema;
  /** Names of the columns that partitions are made of. */
  partitionColumns?: readonly string[];
  /** What to read for rows that satisfy all predicates; it may hold others too. `ask`: the DuckDB that will read. */
  plan(predicates: readonly Predicate[], ask: Ask): Promise<ScanSource>;
}

export interface ScanSource {
  /** A SELECT in DuckDB's dialect that gives the columns of the schema, in its order. */
  sql: string;
  /** Size of the files read, for `DataScannedInBytes`. */
  bytes: number;
  files: number;
}
