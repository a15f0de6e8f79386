/** The staging of rows that replace others: the last write of a key counts, and the keys are kept for the commit. */
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText } from '../../lake/duckdb.ts';
import type { Disk } from '../ports.ts';
import type { StageRequest } from './types.ts';

/**
 * Leaves the last row of each key in the table `staged`, none where that row deletes, and writes the keys to a
 * Parquet file whose columns are named by field id. The file is synced, its directory entry is not. Returns its path.
 */
export async function keepLastWrites(
  connection: DuckDBConnection,
  disk: Disk,
  { schema, directory, filePrefix }: StageRequest,
  { fieldIds, deletedRows }: NonNullable<StageRequest['upsert']>,
): Promise<string> {
  const columns = fieldIds.map((id) => {
    const field = schema.fields.find((candidate) => candidate.id === id);
    if (field === undefined) throw new Error(`the schema has no column with id ${id}, an identifier field`);
    return `${quoteName(field.name)} AS ${quoteName(String(id))}`;
  });
  const keysPath = path.join(directory, `${filePrefix}keys.parquet`);
  // Rows of a temporary table are numbered from 0 as they were read.
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE keys AS SELECT ${columns.join(', ')}, max(rowid) AS "$last" FROM staged GROUP BY ALL`,
  );
  await connection.run(
    `COPY (SELECT * EXCLUDE ("$last") FROM keys) TO ${quoteText(keysPath)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await connection.run(
    `DELETE FROM staged WHERE rowid NOT IN (SELECT "$last" FROM keys)
       OR rowid IN (SELECT unnest([${deletedRows.join(', ')}]::BIGINT[]))`,
  );
  // DuckDB does not fsync.
  await disk.sync(keysPath);
  return keysPath;
}
