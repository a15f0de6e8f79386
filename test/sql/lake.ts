/** A small lakehouse for SQL tests: Parquet files that DuckDB writes, behind the catalog's port. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { IcebergSchema, IcebergType } from '../../lake/iceberg.ts';
import type { Predicate } from '../../local/iceberg/types.ts';
import type { Clock, Random } from '../../local/ports.ts';
import type { SqlCatalog } from '../../local/sql/catalog.ts';
import { type EngineLimits, SqlEngine } from '../../local/sql/engine.ts';

export interface TestTable {
  /** Column names and Iceberg types. */
  columns: Record<string, IcebergType>;
  /** A SELECT that gives the rows. */
  rows: string;
}

export interface TestLake {
  engine: SqlEngine;
  directory: string;
  /** The predicates of each plan so far. */
  plans: { table: string; predicates: readonly Predicate[] }[];
  /** Runs a query to its end: rows as Athena prints them. Throws the reason of a failure. */
  query(sql: string, ...parameters: string[]): Promise<(string | null)[][]>;
  close(): Promise<void>;
}

export const testClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

let counter = 0;
export const testRandom: Random = {
  bytes: (size) => {
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32BE(++counter);
    return bytes;
  },
};

export async function openTestLake(
  tables: Record<string, TestTable>,
  limits: Partial<EngineLimits> = {},
): Promise<TestLake> {
  const directory = await mkdtemp(join(tmpdir(), 'firn-sql-'));
  const warehouse = join(directory, 'warehouse');
  const files = await writeTables(warehouse, tables);
  const plans: TestLake['plans'] = [];
  const catalog: SqlCatalog = {
    databases: async () => ['firn'],
    tables: async (database) => (database === 'firn' ? Object.keys(tables).sort() : []),
    snapshot: async (database, table) => {
      const file = database === 'firn' ? files.get(table) : undefined;
      if (file === undefined) return undefined;
      const bytes = (await stat(file)).size;
      return {
        schema: schemaOf(tables[table]!),
        plan: async (predicates) => {
          plans.push({ table, predicates });
          return { sql: `SELECT * FROM read_parquet('${file}')`, bytes, files: 1, rows: 1 };
        },
      };
    },
  };
  const engine = await SqlEngine.open({
    catalog,
    warehouse,
    resultsDirectory: join(directory, 'results'),
    clock: testClock,
    random: testRandom,
    limits,
  });
  return {
    engine,
    directory,
    plans,
    query: (sql, ...parameters) => query(engine, sql, parameters),
    close: async () => {
      await engine.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function query(engine: SqlEngine, sql: string, parameters: string[]): Promise<(string | null)[][]> {
  const id = engine.start({ sql, parameters, database: 'firn', workGroup: 'primary', role: 'engineer' });
  await engine.finished(id);
  const { error } = engine.execution(id)!;
  if (error !== undefined) throw error;
  return (await engine.results(id, 0, 1000)).rows;
}

async function writeTables(
  warehouse: string,
  tables: Record<string, TestTable>,
): Promise<Map<string, string>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = new Map<string, string>();
  await mkdir(warehouse, { recursive: true });
  for (const [name, { rows }] of Object.entries(tables)) {
    const file = join(warehouse, `${name}.parquet`);
    await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
    files.set(name, file);
  }
  connection.closeSync();
  instance.closeSync();
  return files;
}

function schemaOf({ columns }: TestTable): IcebergSchema {
  const fields = Object.entries(columns).map(([name, type], at) => ({
    id: at + 1,
    name,
    type,
    required: false,
  }));
  return { type: 'struct', 'schema-id': 0, fields };
}
