/** Equality deletes, as Flink and other engines write them: read by our SQL, folded in by compaction. */
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import { nodeDisk } from '../../local/disk.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { toUri } from '../../local/iceberg/location.ts';
import { currentSchema } from '../../local/iceberg/metadata.ts';
import { commitRowDelta } from '../../local/iceberg/row-delta.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { DataFile, Table } from '../../local/iceberg/types.ts';
import { scanSource } from '../../local/sql/iceberg-catalog.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird, unpartitioned, unsorted } from '../iceberg/support.ts';
import { append, deleteFirstRow, filesOf, makeTable, rowsOf, upkeepOf } from './tables.ts';

let written = 0;

/** Deletes the rows of a partition that equal one of a query's; its columns have the ids given. */
async function deleteEqual(
  table: Table,
  partition: readonly string[],
  query: string,
  ids: Record<string, number>,
): Promise<Table> {
  written += 1;
  const target = path.join(table.directory, 'data', `equal-${written}.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${query}) TO '${target}' (FORMAT parquet, FIELD_IDS ${JSON.stringify(ids)})`);
  connection.closeSync();
  instance.closeSync();
  const deletes: DataFile = {
    content: 'equality-deletes',
    filePath: toUri(target),
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [...partition],
    recordCount: 1,
    fileSizeInBytes: await nodeDisk.size(target),
    equalityIds: Object.values(ids),
  };
  const delta = { files: [], deletes: async () => [deletes] };
  return (await commitRowDelta(ports, table, delta)).table;
}

const row = (id: string, kind: string, n: number | null) => ({ id, kind, n, x: 1 });

/** Rows that are deleted by one column, by two, by null, and some that are like them and stay. */
async function tableWithDeletes(database: string): Promise<Table> {
  let table = await makeTable(database, [
    [row('a1', 'a', 1), row('a2', 'a', 2), row('a3', 'a', null), row('b1', 'b', 1)],
    [row('a4', 'a', 1), row('a5', 'a', 5), row('b2', 'b', 2)],
  ]);
  table = await deleteEqual(table, ['a'], 'SELECT 1::BIGINT AS n', { n: 3 });
  table = await deleteEqual(table, ['a'], "SELECT 'a2' AS id, 2::BIGINT AS n UNION ALL SELECT 'a5', 9", {
    id: 1,
    n: 3,
  });
  table = await deleteEqual(table, ['a'], 'SELECT NULL::BIGINT AS n', { n: 3 });
  // Newer than the deletes.
  return append(table, [row('a6', 'a', 1)]);
}

test('rows that equal a delete of their partition are not seen, newer ones and others are', async () => {
  const table = await tableWithDeletes(temporaryFolder());
  expect((await rowsOf(table.directory, 'id')).flat()).toEqual(['a5', 'a6', 'b1', 'b2']);
});

test('compaction leaves them out, and their delete files go; another reader sees the same', async () => {
  const database = temporaryFolder();
  const table = await tableWithDeletes(database);
  const rows = await rowsOf(table.directory);
  expect(await upkeepOf(database).optimize('events', [])).toEqual({ rewritten: 5, added: 2 });
  expect(await rowsOf(table.directory)).toEqual(rows);
  expect((await filesOf(table.directory)).flatMap(({ deletes }) => deletes)).toEqual([]);
  expect((await readByIcebird(table.directory)).map(({ id }) => id).sort()).toEqual(['a5', 'a6', 'b1', 'b2']);
});

test('deletes by a column count that was dropped or renamed since, or that the reader may not see', async () => {
  let table = await tableWithDeletes(temporaryFolder());
  const [id, kind, , x] = currentSchema(table.metadata).fields;
  const schema = {
    ...currentSchema(table.metadata),
    'schema-id': 1,
    fields: [{ ...id!, name: 'key' }, x!, kind!],
  };
  table = (
    await commit(ports, table, async () => [
      { action: 'add-schema', schema },
      { action: 'set-current-schema', 'schema-id': -1 },
    ])
  ).table;
  expect(await rowsOf(table.directory, 'key, kind')).toEqual([
    ['a5', 'a'],
    ['a6', 'a'],
    ['b1', 'b'],
    ['b2', 'b'],
  ]);
});

test('deletes by what is no column are refused, with the file', async () => {
  const table = await tableWithDeletes(temporaryFolder());
  const plan = await planScan(nodeDisk, table);
  const files = plan.files.map((file) => ({
    ...file,
    deletes: [{ content: 'equality-deletes' as const, path: '/d.parquet', equalityIds: [99] }],
  }));
  await expect(
    scanSource(async () => [], { ...plan, files }, table.metadata.schemas, 'firn.events'),
  ).rejects.toThrow('firn.events: /d.parquet: deletes rows by field 99, which is no column');
});

test('they apply beside position deletes, and where members of structs were renamed', async () => {
  const place = (name: string): IcebergField => ({
    id: 2,
    name: 'place',
    required: false,
    type: { type: 'struct', fields: [{ id: 3, name, required: false, type: 'string' }] },
  });
  const id = { id: 1, name: 'id', required: false, type: 'string' };
  const pieces = { spec: unpartitioned, sortOrder: unsorted, properties: {} };
  const schema: IcebergSchema = { type: 'struct', 'schema-id': 0, fields: [id, place('city')] };
  const directory = path.join(temporaryFolder(), 'events');
  let table = await createTable(ports, directory, { ...pieces, schema });
  table = await append(
    table,
    ['a', 'b', 'c'].map((own) => ({ id: own, place: { city: own } })),
  );
  const renamed = { ...schema, 'schema-id': 1, fields: [{ ...id, name: 'key' }, place('town')] };
  table = (
    await commit(ports, table, async () => [
      { action: 'add-schema', schema: renamed },
      { action: 'set-current-schema', 'schema-id': -1 },
    ])
  ).table;
  const [file] = await filesOf(directory);
  table = await deleteFirstRow(table, file!);
  await deleteEqual(table, [], "SELECT 'b' AS id", { id: 1 });
  expect(await rowsOf(directory)).toEqual([['c', { town: 'c' }]]);
});
