/**
 * The tables as SQL sees them: a port with three methods. Who asks decides what there is: a table or column that a
 * role may not see is not there.
 */
import type { Role } from '../../lake/grants.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import type { Ask } from '../iceberg/scan-sql.ts';
import type { Predicate, Table } from '../iceberg/types.ts';
import type { Version } from './versions.ts';

export interface SqlCatalog {
  /** Names of the databases in which a role may see tables, sorted. */
  databases(role: Role): Promise<string[]>;
  /** Names of the tables of a database that a role may see, sorted; empty if there is no such database. */
  tables(database: string, role: Role): Promise<string[]>;
  /**
   * The table as it is now, or as it was, to be read from start to end of a query, with the columns that the role may
   * see; undefined if there is none. Its metadata tables (`t$files`) are tables too. Throws a SqlError for a version
   * that is not there.
   */
  snapshot(
    database: string,
    table: string,
    role: Role,
    version?: Version,
  ): Promise<TableSnapshot | undefined>;
}

/** One version of one table; later commits do not change what it answers. */
export interface TableSnapshot {
  /** The columns that may be seen; of metadata tables, none. */
  schema: IcebergSchema;
  /** Names of the columns that partitions are made of. */
  partitionColumns?: readonly string[];
  /** What the table's metadata file says; absent for metadata tables and the information schema. */
  table?: Table;
  /** `event=visit/timestamp_day=2026-01-15` for each partition, as far as it may be seen. */
  partitions?(): Promise<string[]>;
  /** What to read for rows that satisfy all predicates; it may hold others too. `ask`: the DuckDB that will read. */
  plan(predicates: readonly Predicate[], ask: Ask): Promise<ScanSource>;
}

export interface ScanSource {
  /** A SELECT in DuckDB's dialect that gives the columns of the schema, in its order. */
  sql: string;
  /** Size of the files read, for `DataScannedInBytes`. */
  bytes: number;
  files: number;
  /** Rows in those files; absent where the asker sees a part of them. */
  rows?: number;
}
