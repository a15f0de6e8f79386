/** All rows of a table as our own SQL sees them. */
import { DuckDBInstance } from '@duckdb/node-api';
import { nodeDisk } from '../../local/disk.ts';
import { planScan, type ScanOptions } from '../../local/iceberg/scan.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { scanSource } from '../../local/sql/iceberg-catalog.ts';
import { canonicalRow, type Precision } from './canonical.ts';

/** One for all reads of a process: making one takes longer than reading a small table. */
let instance: Promise<DuckDBInstance> | undefined;

/** Rows of the current snapshot, unless told otherwise, in the spelling of `canonical.ts`. */
export async function readTable(
  directory: string,
  options: ScanOptions & { precision?: Precision } = {},
): Promise<Record<string, unknown>[]> {
  const table = await loadTable(nodeDisk, directory);
  if (table === undefined) throw new Error(`${directory} is no table`);
  const plan = await planScan(nodeDisk, table, options);
  instance ??= DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await (await instance).connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const { sql } = await scanSource(ask, plan, table.metadata.schemas, directory);
    const reader = await connection.runAndReadAll(sql);
    return reader
      .getRowObjects()
      .map((row) => canonicalRow(plan.schema.fields, (name) => row[name], options.precision));
  } finally {
    connection.closeSync();
  }
}
