import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendFiles } from '../../local/iceberg/append.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { ParquetWriter, Table } from '../../local/iceberg/types.ts';
import { SqlEngine } from '../../local/sql/engine.ts';
import { icebergCatalog, scanSource } from '../../local/sql/iceberg-catalog.ts';
import { ports, schemaOf, specOf, stageRows, temporaryHome, unsorted } from '../iceberg/support.ts';

const home = temporaryHome();
const warehouse = path.join(home, 'warehouse');
const directory = path.join(warehouse, 'firn', 'web_log');
const schema = schemaOf({ event_id: 'string', event: 'string', timestamp: 'timestamp', 'two words': 'int' });

let writer: ParquetWriter;
let engine: SqlEngine;

async function append(rows: readonly object[]): Promise<Table> {
  const table = (await loadTable(ports.disk, directory))!;
  const staged = await stageRows(writer, table, rows);
  if (!('files' in staged)) throw new Error('too many partitions');
  const { table: next } = await appendFiles(ports, table, staged.files);
  return next;
}

async function run(sql: string) {
  const id = engine.start({ sql, parameters: [], database: 'firn', workGroup: 'primary', role: 'engineer' });
  await engine.finished(id);
  const execution = engine.execution(id)!;
  if (execution.error !== undefined) throw execution.error;
  return { rows: (await engine.results(id, 0, 1000)).rows, files: execution.filesScanned };
}

/** Runs a statement outside of the engine. */
async function duckdb(sql: string) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const row = (event_id: string, event: string, day: number) => ({
  event_id,
  event,
  timestamp: Date.UTC(2024, 0, day) * 1000,
  'two words': day,
});

beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  writer = await openDuckdbWriter(ports.disk, { memoryLimit: '256MiB', threads: 1 });
  const spec = specOf(schema, ['event', 'identity'], ['timestamp', 'day']);
  await createTable(ports, directory, { schema, spec, sortOrder: unsorted, properties: {} });
  engine = await SqlEngine.open({
    catalog: icebergCatalog(ports.disk, warehouse),
    warehouse,
    resultsDirectory: path.join(home, 'results'),
    ...ports,
  });
});
afterAll(async () => {
  await engine.close();
  await writer.close();
});

describe('SQL over Iceberg tables', () => {
  it('a table without rows has its columns', async () => {
    expect((await run('SELECT count(*), max("timestamp"), max("two words") FROM web_log')).rows).toEqual([
      ['0', null, null],
    ]);
  });

  it('rows come out by name and type, and files are skipped by partition', async () => {
    await append([row('a', 'view', 1), row('b', 'cart', 1), row('c', 'view', 2)]);
    const all = await run('SELECT event_id, timestamp, "two words" FROM web_log ORDER BY 1');
    expect(all.rows).toEqual([
      ['a', '2024-01-01 00:00:00.000000', '1'],
      ['b', '2024-01-01 00:00:00.000000', '1'],
      ['c', '2024-01-02 00:00:00.000000', '2'],
    ]);
    expect(all.files).toBe(3);
    const one = await run(
      "SELECT event_id FROM web_log WHERE event = 'view' AND \"timestamp\" >= DATE '2024-01-02'",
    );
    expect(one).toEqual({ rows: [['c']], files: 1 });
  });

  it('a query reads one version of a table, also where the table stands twice', async () => {
    const catalog = icebergCatalog(ports.disk, warehouse);
    const snapshot = await catalog.snapshot('firn', 'web_log', 'engineer');
    await append([row('d', 'view', 3)]);
    expect((await snapshot!.plan([], duckdb)).files).toBe(3);
    expect((await run('SELECT count(*) FROM web_log a, web_log b')).rows).toEqual([['16']]);
  });

  it('rows whose positions another writer deleted are not seen', async () => {
    const table = await append([row('e', 'list', 4), row('f', 'list', 4)]);
    const plan = await planScan(ports.disk, table, {
      predicates: [{ column: 'event', op: '=', values: ['list'] }],
    });
    const deletes = path.join(home, 'deletes.parquet');
    const positions = `SELECT '${plan.files[0]!.dataFile.filePath}' AS file_path, 0::BIGINT AS pos`;
    await duckdb(`COPY (${positions}) TO '${deletes}' (FORMAT parquet)`);
    const marked = plan.files.map((file) => ({
      ...file,
      deletes: [{ content: 'position-deletes' as const, path: deletes, equalityIds: [] }],
    }));
    const { sql } = await scanSource(duckdb, { ...plan, files: marked }, [schema], 'firn.web_log');
    expect(await duckdb(`SELECT event_id FROM (${sql})`)).toEqual([['f']]);
  });

  it('a name from a query never becomes a path of its own', async () => {
    await expect(run('SELECT * FROM "../firn/web_log"')).rejects.toThrow('does not exist');
    await expect(run('SELECT * FROM "..".web_log')).rejects.toThrow('does not exist');
  });
});
