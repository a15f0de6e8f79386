import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  duckdbType,
  fieldIds,
  parquetScanSql,
  quoteName,
  quoteText,
  stagedColumns,
  stagedSelectList,
  transformExpression,
} from '../../lake/duckdb.ts';
import { fromIcebergFields, fromIcebergType, type IcebergSchema } from '../../lake/iceberg.ts';
import { applyTransform, type Value } from '../../lake/transforms.ts';
import type { Transform } from '../../lake/types.ts';
import { registerHashFunctions, toValue } from '../../local/iceberg/duckdb-values.ts';
import { schemaOf, temporaryHome } from '../iceberg/support.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
const home = temporaryHome();

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  registerHashFunctions(connection);
  await connection.run("SET TimeZone = 'UTC'");
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

test('names and texts are quoted so that they stay what they are', async () => {
  const name = 'a"b; DROP TABLE x --';
  const text = "it's \\ a 'text'";
  expect(await rows(`SELECT ${quoteText(text)} AS ${quoteName(name)}`)).toEqual([{ [name]: text }]);
});

const everything: IcebergSchema = schemaOf({
  select: 'string',
  b: 'boolean',
  i: 'int',
  l: 'long',
  f: 'float',
  d: 'double',
  m: 'decimal(9, 2)',
  day: 'date',
  ts: 'timestamp',
  tz: 'timestamptz',
  bin: 'binary',
  st: {
    type: 'struct',
    fields: [
      { id: 20, name: 'at', required: false, type: 'timestamp' },
      { id: 21, name: 'raw "x"', required: false, type: 'binary' },
    ],
  },
  li: {
    type: 'list',
    'element-id': 22,
    'element-required': false,
    element: { type: 'list', 'element-id': 23, 'element-required': false, element: 'timestamp' },
  },
  ma: {
    type: 'map',
    'key-id': 24,
    key: 'string',
    'value-id': 25,
    'value-required': false,
    value: { type: 'struct', fields: [{ id: 26, name: 'at', required: false, type: 'timestamptz' }] },
  },
});

async function staged(...lines: object[]): Promise<Record<string, unknown>[]> {
  const file = path.join(home, 'rows.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const fields = fromIcebergFields(everything.fields);
  return rows(
    `SELECT ${stagedSelectList(fields)} FROM read_json(${quoteText(file)}, format = 'newline_delimited', columns = ${stagedColumns(fields)})`,
  );
}

describe('staged rows', () => {
  test('every type of a contract is read from its JSON form', async () => {
    const row = {
      select: 'é🎉\u0000',
      b: false,
      i: -2147483648,
      l: '9223372036854775807',
      f: 1.5,
      d: '-Infinity',
      m: '-1234567.89',
      day: '2024-02-29',
      ts: -1,
      tz: 1700000000000001,
      bin: Buffer.from([0, 255]).toString('base64'),
      st: { at: 1, 'raw "x"': 'AQ==' },
      li: [[1, null], null, []],
      ma: { k: { at: 1000000 }, n: null },
      unknown: 'ignored',
    };
    expect(await staged(row)).toEqual([
      {
        select: 'é🎉\u0000',
        b: false,
        i: -2147483648,
        l: '9223372036854775807',
        f: 1.5,
        d: '-Infinity',
        m: '-1234567.89',
        day: '2024-02-29',
        ts: '1969-12-31 23:59:59.999999',
        tz: '2023-11-14 22:13:20.000001+00',
        bin: '\\x00\\xFF',
        st: { at: '1970-01-01 00:00:00.000001', 'raw "x"': '\\x01' },
        li: [['1970-01-01 00:00:00.000001', null], null, []],
        ma: [
          { key: 'k', value: { at: '1970-01-01 00:00:01+00' } },
          { key: 'n', value: null },
        ],
      },
    ]);
  });

  test('a missing or null member is NULL, also where a conversion would apply', async () => {
    const nothing = Object.fromEntries(everything.fields.map((field) => [field.name, null]));
    expect(await staged({}, nothing)).toEqual([nothing, nothing]);
  });

  test('NaN and both infinities come as strings', async () => {
    const read = await staged({ f: 'NaN', d: 'Infinity' });
    expect(read[0]).toMatchObject({ f: 'NaN', d: 'Infinity' });
  });
});

test('field ids cover structs, lists and maps at any depth', () => {
  expect(fieldIds(fromIcebergFields(everything.fields.slice(-3)))).toBe(
    '{"st": {__duckdb_field_id: 12, "at": 20, "raw ""x""": 21}, ' +
      '"li": {__duckdb_field_id: 13, element: {__duckdb_field_id: 22, element: 23}}, ' +
      '"ma": {__duckdb_field_id: 14, key: 24, value: {__duckdb_field_id: 25, "at": 26}}}',
  );
});

describe('parquetScanSql', () => {
  test('columns are matched by field id: renamed, widened, added and dropped ones read right', async () => {
    const file = path.join(home, "it's.parquet");
    await connection.run(
      `COPY (SELECT 7::INTEGER AS a, 'x' AS gone) TO ${quoteText(file)} (FORMAT parquet, FIELD_IDS {a: 1, gone: 2})`,
    );
    const schema: IcebergSchema = {
      type: 'struct',
      'schema-id': 1,
      fields: [
        { id: 3, name: 'added', required: false, type: 'string' },
        { id: 1, name: 'select', required: false, type: 'long' },
      ],
    };
    expect(await rows(parquetScanSql([file], schema))).toEqual([{ added: null, select: '7' }]);
  });

  test('no files give no rows, of the right types', async () => {
    const described = await rows(`DESCRIBE ${parquetScanSql([], everything)}`);
    expect(described.map((column) => column.column_type)).toEqual(
      fromIcebergFields(everything.fields).map((field) => duckdbType(field.type).replace(/, (?=\d)/g, ',')),
    );
    expect(await rows(parquetScanSql([], everything))).toEqual([]);
  });
});

describe('partition transforms in SQL give what they give in TypeScript', () => {
  const values: Record<string, [Value, string][]> = {
    int: [-7, 0, 12, 2147483647].map((value) => [value, `${value}::INTEGER`]),
    long: [-7n, 0n, 12n, 9223372036854775807n].map((value) => [value, `${value}::BIGINT`]),
    'decimal(9, 2)': [-105n, -1n, 0n, 1420n].map((value) => [value, `${Number(value) / 100}::DECIMAL(9, 2)`]),
    'decimal(38, 4)': [[10n ** 37n, `1${'0'.repeat(33)}::DECIMAL(38, 4)`]],
    date: [-1, 0, 17501].map((value) => [value, `DATE '1970-01-01' + ${value}`]),
    timestamp: [-1n, 0n, 1512124255000001n].map((value) => [value, `make_timestamp(${value})`]),
    timestamptz: [-1n, 0n, 1512124255000001n].map((value) => [value, `make_timestamptz(${value})`]),
    string: ['', 'a', 'iceberg', 'é🎉é🎉'].map((value) => [value, quoteText(value)]),
    binary: [
      [Buffer.from([]), "''::BLOB"],
      [Buffer.from([1, 2, 255]), "'\\x01\\x02\\xFF'::BLOB"],
    ],
  };
  const time = ['year', 'month', 'day'];
  const transforms: Record<string, string[]> = {
    int: ['bucket[16]', 'truncate[10]'],
    long: ['bucket[16]', 'truncate[10]'],
    'decimal(9, 2)': ['bucket[16]', 'truncate[50]'],
    'decimal(38, 4)': ['bucket[16]'],
    date: [...time, 'bucket[16]'],
    timestamp: [...time, 'hour', 'bucket[16]'],
    timestamptz: [...time, 'hour', 'bucket[16]'],
    string: ['bucket[16]', 'truncate[3]'],
    binary: ['bucket[16]', 'truncate[2]'],
  };

  test.each(
    Object.entries(transforms).flatMap(([type, names]) => names.map((name) => [name, type] as const)),
  )('%s of %s', async (name, type) => {
    const transform = name as Transform;
    for (const [value, sql] of [
      ...values[type]!,
      [null, `NULL::${duckdbType(fromIcebergType(type))}`] as const,
    ]) {
      const expression = transformExpression(transform, fromIcebergType(type), `(${sql})`);
      const [row] = (await connection.runAndReadAll(`SELECT ${expression}`)).getRows();
      const found = toValue(row![0]!);
      const expected = applyTransform(transform, type, value);
      expect(found instanceof Uint8Array ? Buffer.from(found) : found, sql).toEqual(expected);
    }
  });

  test('void is NULL, identity is the value itself', async () => {
    expect(await rows(`SELECT ${transformExpression('void', { kind: 'string' }, "'a'")} AS v`)).toEqual([
      { v: null },
    ]);
    expect(transformExpression('identity', { kind: 'string' }, '"a"')).toBe('"a"');
  });
});
