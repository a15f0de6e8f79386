/** Position-delete files of a moved table: they name data files by location, row by row. */
import { Buffer } from 'node:buffer';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '../../lake/duckdb.ts';
import type { Disk } from '../ports.ts';
import { toUri } from './location.ts';

/** Reserved field ids (Iceberg spec, "Reserved Field IDs"). */
const FILE_PATH = 2147483546;
const POS = 2147483545;

/**
 * Writes the position-delete file at `file` anew at `target`, with the data files of `from` at `to`. Answers the
 * members of its manifest record that differ by it.
 */
export async function relocatePositionDeletes(
  disk: Disk,
  file: string,
  target: string,
  { from, to }: { from: string; to: string },
): Promise<Record<string, unknown>> {
  if (!/\.parquet$/i.test(file)) {
    throw new Error(`${file} is no Parquet file; position deletes of other formats cannot be moved`);
  }
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    // As `relocated` does it: a bare path stays one, since deletes apply by equal text.
    const prefixes: [string, string][] = [
      [`file://${from}/`, toUri(`${to}/`)],
      [`file:${from}/`, toUri(`${to}/`)],
      [`${from}/`, `${to}/`],
    ];
    const cases = prefixes.map(
      ([before, after]) =>
        `WHEN starts_with(file_path, ${quoteText(before)}) ` +
        `THEN ${quoteText(after)} || substr(file_path, ${[...before].length + 1})`,
    );
    await connection.run(
      `COPY (
         SELECT CASE ${cases.join(' ')} ELSE file_path END AS file_path, pos
         FROM read_parquet(${quoteText(file)}, hive_partitioning = false) ORDER BY file_path, pos
       ) TO ${quoteText(target)} (
         FORMAT parquet, COMPRESSION zstd, FIELD_IDS {file_path: ${FILE_PATH}, pos: ${POS}}
       )`,
    );
    const reader = await connection.runAndReadAll(
      `SELECT min(file_path), max(file_path), min(pos), max(pos), count(*) FROM read_parquet(${quoteText(target)})`,
    );
    const [first, last, least, most, rows] = reader.getRows()[0]! as [string, string, bigint, bigint, bigint];
    await disk.sync(target);
    const bounds = (location: string, pos: bigint) => [
      { key: FILE_PATH, value: Buffer.from(location) },
      { key: POS, value: longBytes(pos) },
    ];
    const counts = (count: bigint) => [FILE_PATH, POS].map((key) => ({ key, value: count }));
    return {
      file_path: toUri(target),
      file_size_in_bytes: BigInt(await disk.size(target)),
      // Whole locations: readers take equal bounds to mean that the deletes are of one data file.
      lower_bounds: rows === 0n ? null : bounds(first, least),
      upper_bounds: rows === 0n ? null : bounds(last, most),
      value_counts: counts(rows),
      null_value_counts: counts(0n),
      column_sizes: null,
      split_offsets: null,
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function longBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}
