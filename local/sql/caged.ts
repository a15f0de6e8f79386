/** DuckDB, locked into its cage. */
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '../../lake/duckdb.ts';
import { macros } from './functions/templates.ts';

export interface CageOptions {
  /** Absolute path of the only directory whose files DuckDB may open. */
  warehouse: string;
  memoryLimitBytes: number;
  /** Absolute path: what does not fit into memory goes there, up to ten times the memory. */
  spillDirectory: string;
  threads: number;
}

/** Starts DuckDB in memory and throws away the key: after this no setting changes and no other file opens. */
export async function openCaged(options: CageOptions): Promise<DuckDBInstance> {
  const { warehouse, memoryLimitBytes, spillDirectory, threads } = options;
  const mebibytes = Math.round(memoryLimitBytes / 1_048_576);
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${mebibytes}MiB`,
    threads: String(threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const settings = [
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL default_null_order = 'nulls_last'",
    'SET GLOBAL parquet_metadata_cache = true',
    `SET GLOBAL temp_directory = ${quoteText(spillDirectory)}`,
    `SET GLOBAL max_temp_directory_size = '${10 * mebibytes}MiB'`,
    `SET GLOBAL allowed_directories = [${quoteText(warehouse)}]`,
    'SET GLOBAL enable_external_access = false',
    ...macros,
    'SET GLOBAL lock_configuration = true',
  ];
  for (const sql of settings) await connection.run(sql);
  connection.closeSync();
  return instance;
}
