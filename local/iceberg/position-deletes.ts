/**
 * Position deletes of the rows that have certain keys (Iceberg spec, "Position Delete Files"): the rows are looked
 * up in the live data files, and each delete file has the spec and the partition tuple of the files that it is about.
 */
import { Buffer } from 'node:buffer';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { parquetScanSql, quoteText } from '../../lake/duckdb.ts';
import type { Disk } from '../ports.ts';
import { copyPartitioned, type WrittenFile } from './copy.ts';
import { type Keys, keyColumn, loadKeys } from './keys.ts';
import { dataDirectory, toUri } from './location.ts';
import { groupByPartition } from './partition.ts';
import { columnMetrics } from './statistics.ts';
import type { DataFile, DeleteRequest, ScanFile } from './types.ts';

/** The columns of a position-delete file; the ids are reserved by the spec. */
const deleteSchema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 2147483546, name: 'file_path', required: true, type: 'string' },
    { id: 2147483545, name: 'pos', required: true, type: 'long' },
  ],
} as const;
const filePathId = deleteSchema.fields[0].id;

/** Deletes the live rows with keys of a file that `stage` wrote. What a failure leaves behind is removed. */
export async function writePositionDeletes(
  connection: DuckDBConnection,
  disk: Disk,
  { table, keysPath, filePrefix }: DeleteRequest,
): Promise<DataFile[]> {
  const keys = await loadKeys(connection, keysPath, table);
  const files = await keys.files(disk);
  if (files.length === 0) return [];
  const groups = groupByPartition(files);
  await findRows(connection, keys, groups);

  const directory = dataDirectory(table.directory);
  await disk.mkdir(directory);
  try {
    const written = await copyPartitioned(connection, {
      query: 'SELECT file_path, pos, "$group" FROM found ORDER BY "$group", file_path, pos',
      partitionColumn: '$group',
      directory,
      filePrefix,
      schema: deleteSchema,
    });
    if (written.length === 0) return [];
    // DuckDB does not fsync.
    await Promise.all(written.map((file) => disk.sync(file.path)));
    await disk.syncDir(directory);
    return written.map((file) => deleteFile(file, groups[Number(file.partitionKeys.get('$group'))]![0]!));
  } catch (error) {
    const left = (await disk.list(directory)).filter((name) => name.startsWith(filePrefix));
    for (const name of left) await disk.remove(path.join(directory, name)).catch(() => undefined);
    throw error;
  }
}

/** Finds the rows with these keys, deleted ones apart: the table `found`. `groups`: the files of each partition. */
async function findRows(
  connection: DuckDBConnection,
  keys: Keys,
  groups: readonly (readonly ScanFile[])[],
): Promise<void> {
  const files = groups.flat();
  const names = groups.flatMap((group, i) =>
    group.map((file) => `(${quoteText(file.path)}, ${quoteText(file.dataFile.filePath)}, ${i})`),
  );
  const rows = parquetScanSql(
    files.map((file) => file.path),
    keys.schema,
    'files.filename AS path, files.file_row_number AS pos',
  );
  const sameKey = keys.schema.fields.map(({ id }) => `files.${keyColumn(id)} = keys.${keyColumn(id)}`);
  const before = files.flatMap(({ deletes }) =>
    deletes.filter(({ content }) => content === 'position-deletes'),
  );
  const lists = [...new Set(before.map((deletion) => quoteText(deletion.path)))].join(', ');
  const gone =
    before.length === 0
      ? ''
      : `ANTI JOIN read_parquet([${lists}], hive_partitioning = false) AS gone
         ON uri = gone.file_path AND hits.pos = gone.pos`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE found AS SELECT uri AS file_path, hits.pos AS pos, "$group"
     FROM (${rows} SEMI JOIN keys ON ${sameKey.join(' AND ')}) AS hits
     JOIN (VALUES ${names.join(', ')}) AS names(path, uri, "$group") ON hits.path = names.path ${gone}`,
  );
}

function deleteFile(file: WrittenFile, { specId, partition }: ScanFile): DataFile {
  const metrics = columnMetrics(file.statistics, deleteSchema, new Set());
  // Whole paths, not cut as other bounds are: readers tell by them which data files are meant.
  const paths = file.statistics.get('"file_path"');
  const [first, last] = [paths?.get('min'), paths?.get('max')];
  const bound = (of: ReadonlyMap<number, Uint8Array>, whole: string | undefined) =>
    whole === undefined ? of : new Map([...of, [filePathId, Buffer.from(whole)]]);
  return {
    content: 'position-deletes',
    filePath: toUri(file.path),
    fileFormat: 'PARQUET',
    specId,
    partition,
    recordCount: file.rows,
    fileSizeInBytes: file.bytes,
    ...metrics,
    lowerBounds: bound(metrics.lowerBounds, first),
    upperBounds: bound(metrics.upperBounds, last),
    ...(first !== undefined && first === last && { referencedDataFile: first }),
  };
}
