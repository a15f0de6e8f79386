/** Staged rows → partitioned, sorted Parquet files with statistics, by DuckDB. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoteName, quoteText, stagedColumns, stagedSelectList } from '../../lake/duckdb.ts';
import { fromIcebergFields } from '../../lake/iceberg.ts';
import type { Disk } from '../ports.ts';
import {
  columnsWithNan,
  copyPartitioned,
  orderTerms,
  sourceColumn,
  transformOf,
  type WrittenFile,
} from './copy.ts';
import { registerHashFunctions, toValue } from './duckdb-values.ts';
import { toUri } from './location.ts';
import { writePositionDeletes } from './position-deletes.ts';
import { explainReadError, requireColumns } from './row-error.ts';
import { columnMetrics } from './statistics.ts';
import type { DataFile, ParquetWriter, StageRequest, StageResult, Value } from './types.ts';
import { keepLastWrites } from './upsert.ts';

export interface DuckdbWriterOptions {
  /** As DuckDB spells it: `512MiB`. */
  memoryLimit: string;
  threads: number;
  /** Directory for what does not fit into memory; without one, more than `memoryLimit` is an error. */
  temporaryDirectory?: string;
}

/** A `ParquetWriter` on a DuckDB instance of its own. Calls may overlap. */
export async function openDuckdbWriter(disk: Disk, options: DuckdbWriterOptions): Promise<ParquetWriter> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit,
    threads: String(options.threads),
    temp_directory: options.temporaryDirectory ?? '',
  });
  const setup = await instance.connect();
  registerHashFunctions(setup);
  setup.closeSync();
  /** Temporary tables belong to their connection. */
  const connected = async <T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const connection = await instance.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      return await run(connection);
    } finally {
      connection.closeSync();
    }
  };
  return {
    stage: (request) => connected((connection) => stage(connection, disk, request)),
    deletes: (request) => connected((connection) => writePositionDeletes(connection, disk, request)),
    async close() {
      instance.closeSync();
    },
  };
}

/** Columns of the temporary tables beside the table's own; no Avro name begins with a dollar sign. */
const PARTITION = quoteName('$partition');
const partitionColumn = (index: number) => quoteName(`$${index}`);

/** Rows that DuckDB writes in one sorted run per file; beyond, files hold several runs. */
const SORTED_ROWS_MAX = 100_000;

async function stage(connection: DuckDBConnection, disk: Disk, request: StageRequest): Promise<StageResult> {
  const rows = await readRows(connection, request);
  await requireColumns(connection, 'staged', request.schema);
  const partitions = await findPartitions(connection, request);
  if (partitions.length > request.maxPartitions) {
    return { cutAtRows: cuts(await partitionOfRows(connection, request), request.maxPartitions) };
  }
  if (rows === 0) return { files: [] };

  await disk.mkdir(request.directory);
  const keysPath = request.upsert && (await keepLastWrites(connection, disk, request, request.upsert));
  const written = await writeFiles(connection, request);
  const withNan = await columnsWithNan(connection, 'staged', request.schema);
  const sortOrderId = rows <= SORTED_ROWS_MAX ? request.sortOrder['order-id'] : 0;
  const files = written.map((file): DataFile => {
    const partition = partitions[Number(file.partitionKeys.get('$partition'))];
    if (partition === undefined) throw new Error(`DuckDB wrote ${file.path} for no partition of ours`);
    return {
      content: 'data',
      filePath: toUri(file.path),
      fileFormat: 'PARQUET',
      specId: request.spec['spec-id'],
      partition: partition.values,
      recordCount: file.rows,
      fileSizeInBytes: file.bytes,
      ...columnMetrics(file.statistics, request.schema, withNan),
      // Order 0 is "unsorted".
      ...(sortOrderId !== 0 && { sortOrderId }),
    };
  });
  // DuckDB does not fsync.
  await Promise.all(written.map((file) => disk.sync(file.path)));
  await disk.syncDir(request.directory);
  return { files, ...(keysPath !== undefined && { keysPath }) };
}

/** Loads the staged rows into the table `staged`, in file order, with the partition values of each. */
async function readRows(connection: DuckDBConnection, request: StageRequest): Promise<number> {
  const fields = fromIcebergFields(request.schema.fields);
  const partitionValues = request.spec.fields.map((field, index) => {
    const source = sourceColumn(request.schema, field['source-id'], `partition field "${field.name}"`);
    return `${transformOf(field.transform, source)} AS ${partitionColumn(index)}`;
  });
  const file = quoteText(request.ndjsonPath);
  const source = (columns: string) =>
    `read_json(${file}, format = 'newline_delimited', columns = ${columns})`;
  const converted = `SELECT ${stagedSelectList(fields)} FROM ${source(stagedColumns(fields))}`;
  try {
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE staged AS SELECT ${['*', ...partitionValues].join(', ')} FROM (${converted})`,
    );
  } catch (error) {
    throw await explainReadError(connection, fields, source, error as Error);
  }
  const [row] = (await connection.runAndReadAll('SELECT count(*) FROM staged')).getRows();
  return Number(row![0]);
}

interface Partition {
  values: (Value | null)[];
  /** 0-based row, in file order. */
  firstRow: number;
}

/**
 * The partitions of the staged rows in order of appearance, as far as the first that is too many; all of them in
 * the table `partitions`, numbered so.
 */
async function findPartitions(connection: DuckDBConnection, request: StageRequest): Promise<Partition[]> {
  const columns = request.spec.fields.map((_, index) => partitionColumn(index));
  // Rows of a temporary table are numbered from 0 as they were read.
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE partitions AS
     SELECT row_number() OVER (ORDER BY "$first") - 1 AS ${PARTITION}, *
     FROM (SELECT ${[...columns, 'min(rowid) AS "$first"'].join(', ')} FROM staged GROUP BY ALL)
     WHERE "$first" IS NOT NULL`,
  );
  const reader = await connection.runAndReadAll(
    `SELECT ${['"$first"', ...columns].join(', ')} FROM partitions
     ORDER BY ${PARTITION} LIMIT ${request.maxPartitions + 1}`,
  );
  return reader
    .getRows()
    .map(([first, ...values]) => ({ firstRow: Number(first), values: values.map(toValue) }));
}

/** The number of each staged row's partition, in file order. */
async function partitionOfRows(connection: DuckDBConnection, request: StageRequest): Promise<number[]> {
  const reader = await connection.runAndReadAll(
    `SELECT partitions.${PARTITION}::INTEGER FROM staged JOIN partitions ON ${samePartition(request)} ORDER BY staged.rowid`,
  );
  return reader.getColumns()[0]!.map(Number);
}

/** Where to cut a sequence of partitions so that no part has more than `max` different ones. */
function cuts(partitions: readonly number[], max: number): number[] {
  const found: number[] = [];
  let part = new Set<number>();
  for (const [row, partition] of partitions.entries()) {
    if (part.size === max && !part.has(partition)) {
      found.push(row);
      part = new Set();
    }
    part.add(partition);
  }
  return found;
}

/** The SQL condition that joins staged rows to their partition. */
function samePartition(request: StageRequest): string {
  const same = request.spec.fields.map(
    (_, index) =>
      `staged.${partitionColumn(index)} IS NOT DISTINCT FROM partitions.${partitionColumn(index)}`,
  );
  return same.length === 0 ? 'true' : same.join(' AND ');
}

/** Writes the staged rows, a file or more for each partition, in the table's sort order. */
function writeFiles(connection: DuckDBConnection, request: StageRequest): Promise<WrittenFile[]> {
  const fields = fromIcebergFields(request.schema.fields);
  const columns = fields.map((field) => `staged.${quoteName(field.name)}`).join(', ');
  return copyPartitioned(connection, {
    query: `SELECT ${columns}, partitions.${PARTITION}
      FROM staged JOIN partitions ON ${samePartition(request)}
      ORDER BY ${[`partitions.${PARTITION}`, ...orderTerms(request.sortOrder, request.schema)].join(', ')}`,
    partitionColumn: '$partition',
    directory: request.directory,
    filePrefix: request.filePrefix,
    schema: request.schema,
  });
}
