/** A lakehouse for SQL tests with real Iceberg tables. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Role } from '../../lake/grants.ts';
import type { IcebergPartitionSpec, IcebergSchema } from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { commit } from '../../local/iceberg/commit.ts';
import type { MetadataUpdate } from '../../local/iceberg/metadata-updates.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { Table } from '../../local/iceberg/types.ts';
import { type EngineOptions, SqlEngine } from '../../local/sql/engine.ts';
import { icebergCatalog } from '../../local/sql/iceberg-catalog.ts';
import { ports, stageRows, unpartitioned, unsorted } from '../iceberg/support.ts';

export interface IcebergLake {
  engine: SqlEngine;
  create(name: string, schema: IcebergSchema, spec?: IcebergPartitionSpec): Promise<Table>;
  load(name: string): Promise<Table>;
  append(name: string, rows: readonly object[]): Promise<Table>;
  change(name: string, ...updates: MetadataUpdate[]): Promise<Table>;
  /** Rows as Athena prints them. Throws the reason of a failure. */
  query(sql: string, ...parameters: string[]): Promise<(string | null)[][]>;
  /** As `query`, by a role. */
  queryAs(role: Role, sql: string, ...parameters: string[]): Promise<(string | null)[][]>;
  /** Names of a result's columns. */
  columns(sql: string, role?: Role): Promise<string[]>;
  close(): Promise<void>;
}

/** `home`: a directory of the test's own. */
export async function openIcebergLake(
  home: string,
  options: Partial<EngineOptions> & { contracts?: ReadonlyMap<string, Contract> } = {},
): Promise<IcebergLake> {
  const warehouse = path.join(home, 'warehouse');
  const directoryOf = (name: string) => path.join(warehouse, 'firn', name);
  mkdirSync(directoryOf(''), { recursive: true });
  const writer = await openDuckdbWriter(ports.disk, { memoryLimit: '256MiB', threads: 1 });
  const engine = await SqlEngine.open({
    catalog: icebergCatalog(ports.disk, warehouse, options.contracts),
    warehouse,
    resultsDirectory: path.join(home, 'results'),
    ...ports,
    ...options,
  });
  const load = async (name: string) => (await loadTable(ports.disk, directoryOf(name)))!;
  const run = async (sql: string, parameters: string[], role: Role = 'engineer') => {
    const id = engine.start({ sql, parameters, database: 'firn', workGroup: 'primary', role });
    await engine.finished(id);
    const { error } = engine.execution(id)!;
    if (error !== undefined) throw error;
    return id;
  };
  return {
    engine,
    load,
    create: (name, schema, spec = unpartitioned) =>
      createTable(ports, directoryOf(name), { schema, spec, sortOrder: unsorted, properties: {} }),
    async append(name, rows) {
      const table = await load(name);
      const staged = await stageRows(writer, table, rows);
      if (!('files' in staged)) throw new Error('too many partitions');
      return (await appendFiles(ports, table, staged.files)).table;
    },
    change: async (name, ...updates) => (await commit(ports, await load(name), async () => updates)).table,
    query: async (sql, ...parameters) => (await engine.results(await run(sql, parameters), 0, 1000)).rows,
    queryAs: async (role, sql, ...parameters) =>
      (await engine.results(await run(sql, parameters, role), 0, 1000)).rows,
    columns: async (sql, role) => engine.execution(await run(sql, [], role))!.columns.map(({ name }) => name),
    async close() {
      await engine.close();
      await writer.close();
    },
  };
}
