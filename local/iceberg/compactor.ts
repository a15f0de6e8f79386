/** Many Parquet files → one: the same rows, sorted, without the deleted ones, by DuckDB. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '../../lake/duckdb.ts';
import { fromIcebergFields, type IcebergSchema, type IcebergSortOrder } from '../../lake/iceberg.ts';
import type { Disk } from '../ports.ts';
import { columnsWithNan, orderTerms, schemaOptions, writtenFile } from './copy.ts';
import { registerHashFunctions } from './duckdb-values.ts';
import { toUri } from './location.ts';
import type { DuckdbWriterOptions } from './parquet.ts';
import type { Ask } from './scan-sql.ts';
import { leaves } from './schema.ts';
import { columnMetrics } from './statistics.ts';
import type { DataFile, ScanFile } from './types.ts';

export interface CompactRequest {
  /** The SQL that gives the rows, in the columns of `schema`; `ask` runs queries that it needs for that. */
  rows: (ask: Ask) => Promise<string>;
  schema: IcebergSchema;
  sortOrder: IcebergSortOrder;
  /** A file of the partition that all rows are of. */
  like: Pick<ScanFile, 'specId' | 'partition'>;
  /** Absolute path of the new file; its directory is there. */
  target: string;
}

export interface Compactor {
  /** The new file, durable but for its directory; undefined where no row was left. */
  compact(request: CompactRequest): Promise<DataFile | undefined>;
  close(): void;
}

/** Rows of a row group: Parquet's dictionaries and zstd do better on more rows, memory on fewer. */
const ROW_GROUP_ROWS = 500_000;
/** Distinct values from which on a column gets no dictionary. DuckDB's own limit, a fifth of the rows, costs more
 * to try on ids than it saves. */
const DICTIONARY_VALUES_MAX = 20_000;

/**
 * Columns that another engine made of types that our files would hold as something else: `uuid` as text, `fixed` as
 * binary, `time` and maps with other than string keys not at all.
 */
export function columnsNotRewritten(schema: IcebergSchema): string[] {
  return schema.fields
    .filter((field) => !isRewritten({ ...schema, fields: [field] }))
    .map(({ name }) => name);
}

function isRewritten(schema: IcebergSchema): boolean {
  try {
    fromIcebergFields(schema.fields);
  } catch {
    return false;
  }
  return leaves(schema).every(({ type }) => type !== 'uuid' && !type.startsWith('fixed'));
}

/** A compactor on a DuckDB instance of its own, so that it never takes the memory that a round needs. */
export async function openCompactor(disk: Disk, options: DuckdbWriterOptions): Promise<Compactor> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit,
    threads: String(options.threads),
    temp_directory: options.temporaryDirectory ?? '',
  });
  const connection = await instance.connect();
  registerHashFunctions(connection);
  await connection.run("SET TimeZone = 'UTC'");
  return {
    compact: (request) => compact(connection, disk, request),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function compact(
  connection: DuckDBConnection,
  disk: Disk,
  { rows, schema, sortOrder, like, target }: CompactRequest,
): Promise<DataFile | undefined> {
  const sql = await rows(async (text) => (await connection.runAndReadAll(text)).getRows());
  const order = orderTerms(sortOrder, schema);
  const reader = await connection.runAndReadAll(
    `COPY (SELECT * FROM (${sql}) ${order.length === 0 ? '' : `ORDER BY ${order.join(', ')}`})
     TO ${quoteText(target)} (
       FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE ${ROW_GROUP_ROWS},
       DICTIONARY_SIZE_LIMIT ${DICTIONARY_VALUES_MAX}, RETURN_STATS,
       ${schemaOptions(schema)}
     )`,
  );
  const [row] = reader.getRowObjectsJson();
  if (row === undefined) throw new Error(`DuckDB told nothing of ${target}`);
  const file = writtenFile(row);
  if (file.rows === 0) {
    await disk.remove(target);
    return undefined;
  }
  const withNan = await columnsWithNan(connection, `read_parquet(${quoteText(target)})`, schema);
  // DuckDB does not fsync.
  await disk.sync(target);
  return {
    content: 'data',
    filePath: toUri(target),
    fileFormat: 'PARQUET',
    specId: like.specId,
    partition: like.partition,
    recordCount: file.rows,
    fileSizeInBytes: file.bytes,
    ...columnMetrics(file.statistics, schema, withNan),
    // One file and no parallel parts: sorted throughout. Order 0 is "unsorted".
    ...(sortOrder['order-id'] !== 0 && { sortOrderId: sortOrder['order-id'] }),
  };
}
