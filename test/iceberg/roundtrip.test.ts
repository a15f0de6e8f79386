import { Buffer } from 'node:buffer';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { parquetScanSql } from '../../lake/duckdb.ts';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { decodeDataFile, encodeDataFile } from '../../local/iceberg/data-file.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { DataFile } from '../../local/iceberg/types.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird, schemaOf, specOf, stageRows, unpartitioned, unsorted } from './support.ts';

const schema: IcebergSchema = schemaOf({
  event_id: 'string',
  received_at: 'timestamp',
  event: 'string',
  user_id: 'string',
  amount: 'decimal(9, 2)',
  big: 'long',
  score: 'double',
  born: 'date',
  seen: 'timestamptz',
  raw: 'binary',
  ok: 'boolean',
  select: {
    type: 'struct',
    fields: [
      { id: 20, name: 'type', required: false, type: 'string' },
      { id: 21, name: 'at', required: false, type: 'timestamp' },
      { id: 22, name: 'amount', required: false, type: 'long' },
    ],
  },
  tags: { type: 'list', 'element-id': 23, element: 'string', 'element-required': false },
  times: {
    type: 'map',
    'key-id': 24,
    key: 'string',
    'value-id': 25,
    value: 'timestamp',
    'value-required': false,
  },
});
const spec = specOf(schema, ['event', 'identity'], ['received_at', 'day'], ['user_id', 'bucket[4]']);
const sortOrder = {
  'order-id': 1,
  fields: [
    {
      'source-id': 2,
      transform: 'identity',
      direction: 'asc' as const,
      'null-order': 'nulls-first' as const,
    },
  ],
};
const whole = {
  event_id: 'e1',
  received_at: 1700000000123456,
  event: 'view',
  user_id: 'ann',
  amount: '-12.34',
  big: '9007199254740993',
  score: 'NaN',
  born: '2024-02-29',
  seen: 1700000000123456,
  raw: Buffer.from([0, 255]).toString('base64'),
  ok: true,
  select: { type: 'x', at: 1000000, amount: '-9223372036854775808' },
  tags: ['', null, '🎉'],
  times: { k: 1000000 },
};
const empty = { event_id: 'e2', received_at: -1, event: '', user_id: '', tags: [], times: {} };
const nothing = { event_id: 'e3' };

test('rows of every shape are read back, by another reader and by ourselves', async () => {
  const home = temporaryFolder();
  const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 2 });
  const pieces = { schema, spec, sortOrder, properties: {} };
  let table = await createTable(ports, path.join(home, "a 'table' é"), pieces);
  for (const rows of [[whole, empty], [nothing]]) {
    const staged = await stageRows(writer, table, rows);
    if (!('files' in staged)) throw new Error('cut');
    // As a round's file would carry them.
    const files = staged.files.map((file) =>
      decodeDataFile(JSON.parse(JSON.stringify(encodeDataFile(file)))),
    );
    table = (await appendFiles(ports, table, files)).table;
  }
  await writer.close();
  expect(await loadTable(nodeDisk, table.directory)).toEqual(table);

  const byId = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a.event_id).localeCompare(String(b.event_id));
  const theirs = (await readByIcebird(table.directory)).sort(byId);
  expect(theirs[0]).toMatchObject({
    event: 'view',
    amount: -12.34,
    big: 9007199254740993n,
    score: Number.NaN,
    born: new Date('2024-02-29'),
    ok: true,
    select: { type: 'x', at: new Date(1000), amount: -9223372036854775808n },
    tags: ['', null, '🎉'],
    times: { k: new Date(1000) },
  });
  expect(theirs[1]).toMatchObject({
    event: '',
    user_id: '',
    received_at: new Date(-0.001),
    tags: [],
    big: null,
  });
  expect(theirs[2]).toMatchObject({ event_id: 'e3', event: null, received_at: null });

  const { files } = await planScan(nodeDisk, table);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const sql = parquetScanSql(
    files.map((file) => file.path),
    schema,
  );
  const ours = (
    await connection.runAndReadAll(`SELECT * FROM (${sql}) ORDER BY event_id`)
  ).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  expect(ours[0]).toEqual({
    event_id: 'e1',
    received_at: '2023-11-14 22:13:20.123456',
    event: 'view',
    user_id: 'ann',
    amount: '-12.34',
    big: '9007199254740993',
    score: 'NaN',
    born: '2024-02-29',
    seen: '2023-11-14 22:13:20.123456+00',
    raw: '\\x00\\xFF',
    ok: true,
    select: { type: 'x', at: '1970-01-01 00:00:01', amount: '-9223372036854775808' },
    tags: ['', null, '🎉'],
    times: [{ key: 'k', value: '1970-01-01 00:00:01' }],
  });
  expect(ours[1]).toMatchObject({
    received_at: '1969-12-31 23:59:59.999999',
    tags: [],
    times: [],
    big: null,
  });
  expect(ours[2]).toMatchObject({ event_id: 'e3', received_at: null, select: null, tags: null });
});

test('another reader finds renamed, added and moved columns of old files by their ids', async () => {
  const directory = path.join(temporaryFolder(), 'renamed');
  const before = schemaOf({ id: 'string', uri: 'string', n: 'long' });
  let table = await createTable(ports, directory, {
    schema: before,
    spec: unpartitioned,
    sortOrder: unsorted,
    properties: {},
  });
  const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  const add = async (row: object) => {
    const staged = (await stageRows(writer, table, [row])) as { files: DataFile[] };
    table = (await appendFiles(ports, table, staged.files)).table;
  };
  await add({ id: 'a', uri: '/old', n: 1 });
  const [id, uri, n] = before.fields;
  const added = { id: 9, name: 'uri', required: false, type: 'string' };
  const after = { ...before, 'schema-id': 1, fields: [n!, { ...uri!, name: 'page' }, id!, added] };
  table = (
    await commit(ports, table, async () => [
      { action: 'add-schema', schema: after },
      { action: 'set-current-schema', 'schema-id': -1 },
    ])
  ).table;
  await add({ id: 'b', page: '/new', n: 2, uri: 'x' });
  await writer.close();
  const rows = (await readByIcebird(directory)).sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  expect(rows).toMatchObject([
    { id: 'a', page: '/old', n: 1n },
    { id: 'b', page: '/new', n: 2n, uri: 'x' },
  ]);
  expect(rows[0]!.uri ?? null).toBeNull();
});
