import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import { applyTransform, type Value } from '../../lake/transforms.ts';
import type { Transform } from '../../lake/types.ts';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { compareValues, decodeValue } from '../../local/iceberg/bounds.ts';
import { dataDirectory, toPath } from '../../local/iceberg/location.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { RowError } from '../../local/iceberg/row-error.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { DataFile, ParquetWriter, StageResult, Table } from '../../local/iceberg/types.ts';
import {
  ports,
  readByIcebird,
  schemaOf,
  specOf,
  stageRows,
  temporaryHome,
  unpartitioned,
  unsorted,
} from './support.ts';

const home = temporaryHome();
let writer: ParquetWriter;
let tables = 0;

beforeAll(async () => {
  writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 2 });
});
afterAll(() => writer.close());

function newTable(
  schema: IcebergSchema,
  spec: IcebergPartitionSpec = unpartitioned,
  sortOrder: IcebergSortOrder = unsorted,
): Promise<Table> {
  tables += 1;
  const pieces = { schema, spec, sortOrder, properties: {} };
  return createTable(ports, path.join(home, `table-${tables}`), pieces);
}

function filesOf(result: StageResult): DataFile[] {
  if (!('files' in result)) throw new Error(`cut at rows ${result.cutAtRows}`);
  return [...result.files].sort((a, b) => a.filePath.localeCompare(b.filePath));
}

const events = schemaOf({ event: 'string', at: 'timestamp', user: 'string', n: 'long' });
const day = 86_400_000_000;

describe('partitions', () => {
  const spec = specOf(events, ['event', 'identity'], ['at', 'day'], ['user', 'bucket[4]']);

  test('each file belongs to one partition, whatever the values are', async () => {
    const table = await newTable(events, spec);
    const rows = [
      { event: 'view', at: 5, user: 'ann' },
      { event: '../../etc', at: 5, user: 'ann' },
      { event: 'é🎉'.repeat(2500), at: -1, user: '' },
      { event: '', at: 3 * day, user: null },
      { event: null, at: null, user: 'bob' },
      { event: 'view', at: 6, user: 'ann' },
    ];
    const files = filesOf(await stageRows(writer, table, rows));
    const tuples = files.map((file) => file.partition);
    const bucket = (user: string) => applyTransform('bucket[4]', 'string', user);
    expect(tuples).toHaveLength(5);
    expect(tuples).toEqual(
      expect.arrayContaining([
        ['view', 0, bucket('ann')],
        ['../../etc', 0, bucket('ann')],
        ['é🎉'.repeat(2500), -1, bucket('')],
        ['', 3, null],
        [null, null, bucket('bob')],
      ]),
    );
    const names = await nodeDisk.list(dataDirectory(table.directory));
    expect(names).toHaveLength(5);
    expect(names.every((name) => /^t\d+-[0-9a-f-]{36}\.parquet$/.test(name))).toBe(true);
  });

  test('rows that touch too many are cut before the first row of the one too many', async () => {
    const table = await newTable(events, spec);
    const rows = ['a', 'b', 'a', 'c', 'a'].map((event) => ({ event, at: 1, user: 'u' }));
    expect(await stageRows(writer, table, rows, 2)).toEqual({ cutAtRows: [3] });
    expect(await nodeDisk.list(dataDirectory(table.directory))).toEqual([]);
    expect(filesOf(await stageRows(writer, table, rows.slice(0, 3), 2))).toHaveLength(2);
  });

  test('a table without partitions gets one file, no rows give none', async () => {
    const table = await newTable(events);
    expect(filesOf(await stageRows(writer, table, [{ n: 1 }, { n: 2 }]))).toMatchObject([
      { partition: [], recordCount: 2 },
    ]);
    expect(await stageRows(writer, table, [])).toEqual({ files: [] });
  });

  test('a member of a struct can be the source', async () => {
    const schema = schemaOf({
      item: { type: 'struct', fields: [{ id: 9, name: 'a "b"', required: false, type: 'string' }] },
    });
    const nested: IcebergPartitionSpec = {
      'spec-id': 0,
      fields: [{ 'source-id': 9, 'field-id': 1000, name: 'ab', transform: 'truncate[1]' }],
    };
    const table = await newTable(schema, nested);
    const rows = [{ item: { 'a "b"': 'xyz' } }, { item: null }];
    const files = filesOf(await stageRows(writer, table, rows));
    expect(files.map((file) => file.partition)).toEqual(expect.arrayContaining([['x'], [null]]));
  });

  test.each<[string, string, unknown[]]>([
    ['identity', 'long', ['9007199254740993', -1, null]],
    ['identity', 'boolean', [true, false]],
    ['identity', 'date', ['1969-12-31', '2024-02-29']],
    ['identity', 'timestamp', [-1, 1700000000000001]],
    ['identity', 'timestamptz', [-1, 1700000000000001]],
    ['identity', 'decimal(9, 2)', ['-0.05', '14.20']],
    ['identity', 'binary', ['AQID', '']],
    ['identity', 'double', ['NaN', 1.5, '-Infinity']],
    ['bucket[3]', 'decimal(9, 2)', ['14.20', '0.01', '-1.00']],
    ['bucket[3]', 'timestamptz', [0, 1, 2]],
    ['truncate[10]', 'int', [-1, 0, 11]],
    ['hour', 'timestamp', [-1, 3_600_000_000]],
    ['void', 'string', ['a', 'b']],
  ])('%s of %s makes the partition that it should', async (transform, type, values) => {
    const schema = schemaOf({ v: type });
    const table = await newTable(schema, specOf(schema, ['v', transform]));
    const files = filesOf(
      await stageRows(
        writer,
        table,
        values.map((v) => ({ v })),
      ),
    );
    for (const file of files) {
      const { partition, lowerBounds } = file;
      const bound = lowerBounds?.get(1);
      if (bound === undefined) continue;
      const lower = decodeValue(type, bound)!;
      const expected = applyTransform(transform as Transform, type, lower);
      const [found] = partition;
      expect(found instanceof Uint8Array ? Buffer.from(found) : found).toEqual(expected);
    }
    const rows = (await appendFiles(ports, table, files)).table.metadata.snapshots[0]!.summary[
      'added-records'
    ];
    expect(rows).toBe(String(values.length));
    // icebird does not know Avro's fixed, which decimals are in a manifest.
    if (type.startsWith('decimal')) return;
    expect(await readByIcebird(table.directory)).toHaveLength(values.length);
  });
});

describe('statistics', () => {
  test('count values, nulls and NaN, and bound what can be bounded', async () => {
    const schema = schemaOf({
      s: 'string',
      d: 'double',
      none: 'int',
      long_text: 'string',
      'q"x': 'date',
      tags: { type: 'list', 'element-id': 9, element: 'string', 'element-required': false },
    });
    const table = await newTable(schema);
    const rows = [
      { s: 'b', d: 1.5, long_text: 'z'.repeat(20000), 'q"x': '0001-01-01', tags: ['a', 'b'] },
      { s: null, d: 'NaN', long_text: 'y', 'q"x': '9999-12-31', tags: [] },
      { s: '', d: 0, long_text: 'x' },
    ];
    const [file] = filesOf(await stageRows(writer, table, rows));
    const value = (id: number, side: 'lowerBounds' | 'upperBounds', type: string) => {
      const bytes = file![side]!.get(id);
      return bytes && decodeValue(type, bytes);
    };
    expect(file!.valueCounts!.get(1)).toBe(3);
    expect(file!.nullValueCounts).toEqual(
      new Map([
        [1, 1],
        [2, 0],
        [3, 3],
        [4, 0],
        [5, 1],
      ]),
    );
    expect(file!.nanValueCounts!.has(2)).toBe(false);
    expect([value(1, 'lowerBounds', 'string'), value(1, 'upperBounds', 'string')]).toEqual(['', 'b']);
    expect([value(2, 'lowerBounds', 'double'), value(2, 'upperBounds', 'double')]).toEqual([-0, 1.5]);
    expect(file!.lowerBounds!.has(3)).toBe(false);
    expect(value(4, 'upperBounds', 'string')).toBe(`${'z'.repeat(15)}{`);
    expect([value(5, 'lowerBounds', 'date'), value(5, 'upperBounds', 'date')]).toEqual([-719162, 2932896]);
    expect(file!.lowerBounds!.has(9)).toBe(false);
    expect(file!.valueCounts!.has(9)).toBe(false);
  });

  test('bounds enclose every value that was written', async () => {
    const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n });
    const row = fc.record({
      s: fc.string({ unit: 'grapheme', maxLength: 30 }),
      l: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      t: micros,
      d: fc.double({ noNaN: true }),
      m: fc.bigInt({ min: -999_999_999n, max: 999_999_999n }),
    });
    const types: Record<string, string> = {
      s: 'string',
      l: 'long',
      t: 'timestamp',
      d: 'double',
      m: 'decimal(9, 2)',
    };
    const schema = schemaOf(types);
    const table = await newTable(schema);
    const decimal = (unscaled: bigint) =>
      `${unscaled < 0 ? '-' : ''}${String(unscaled < 0 ? -unscaled : unscaled)
        .padStart(3, '0')
        .replace(/(..)$/, '.$1')}`;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const staged = rows.map(({ s, l, t, d, m }) => ({
          s,
          l: String(l),
          t: String(t),
          d: Number.isFinite(d) ? d : String(d),
          m: decimal(m),
        }));
        const [file] = filesOf(await stageRows(writer, table, staged));
        for (const [i, [name, type]] of Object.entries(types).entries()) {
          const lower = file!.lowerBounds!.get(i + 1);
          const upper = file!.upperBounds!.get(i + 1);
          for (const one of rows) {
            const value = one[name as keyof typeof one] as Value;
            if (lower) expect(compareValues(decodeValue(type, lower)!, value)).toBeLessThanOrEqual(0);
            if (upper) expect(compareValues(decodeValue(type, upper)!, value)).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

test('rows are sorted inside their file, and the file says so', async () => {
  const sortOrder: IcebergSortOrder = {
    'order-id': 1,
    fields: [{ 'source-id': 4, transform: 'identity', direction: 'desc', 'null-order': 'nulls-last' }],
  };
  const table = await newTable(events, specOf(events, ['event', 'identity']), sortOrder);
  const rows = Array.from({ length: 500 }, (_, i) => ({ event: i % 2 ? 'a' : 'b', n: (i * 7919) % 500 }));
  const files = filesOf(await stageRows(writer, table, [...rows, { event: 'a', n: null }]));
  expect(files.map((file) => file.sortOrderId)).toEqual([1, 1]);
  for (const file of files) {
    const single = await newTable(events);
    await appendFiles(ports, single, [{ ...file, partition: [] }]);
    const read = (await readByIcebird(single.directory)).map((row) => row.n as bigint | null);
    const sorted = [...read].sort((a, b) => (a === null ? 1 : b === null ? -1 : Number(b - a)));
    expect(read).toEqual(sorted);
  }
});

describe('rows that do not fit', () => {
  const schema: IcebergSchema = {
    type: 'struct',
    'schema-id': 0,
    fields: [
      { id: 1, name: 'id', required: true, type: 'string' },
      { id: 2, name: 'n', required: false, type: 'int' },
      {
        id: 3,
        name: 'item',
        required: false,
        type: { type: 'struct', fields: [{ id: 4, name: 'raw', required: true, type: 'binary' }] },
      },
    ],
  };
  const failure = async (...lines: string[]): Promise<RowError> => {
    const table = await newTable(schema);
    const ndjsonPath = path.join(table.directory, 'bad.ndjson');
    writeFileSync(ndjsonPath, lines.map((line) => `${line}\n`).join(''));
    const request = { ndjsonPath, schema, spec: unpartitioned, sortOrder: unsorted };
    const directory = dataDirectory(table.directory);
    const error: unknown = await writer
      .stage({ ...request, directory, filePrefix: 'x-', maxPartitions: 10 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RowError);
    expect(await nodeDisk.list(directory)).toEqual([]);
    return error as RowError;
  };

  test('a required column that is null is named, with its row', async () => {
    const error = await failure('{"id":"a"}', '{"id":null,"n":1}');
    expect(error).toMatchObject({ column: 'id', row: 1 });
    expect(error.message).toBe('row 1 does not fit: column "id" is required and was null or missing');
  });

  test('a required member counts only where its struct is there', async () => {
    expect(await failure('{"id":"a","item":null}', '{"id":"b","item":{}}')).toMatchObject({
      column: 'item.raw',
      row: 1,
    });
  });

  test('a value that does not convert is named by column, never shown', async () => {
    const error = await failure('{"id":"a","n":1}', '{"id":"b","n":"secret"}');
    expect(error).toMatchObject({ column: 'n', row: 1 });
    expect(error.message).not.toContain('secret');
    expect(await failure('{"id":"a","n":3000000000}')).toMatchObject({ column: 'n' });
    expect(await failure('{"id":"a","item":{"raw":"%%"}}')).toMatchObject({ column: 'item' });
  });

  test('a line that is no JSON is no column’s fault', async () => {
    expect(await failure('{"id":"a"}', '{"id":')).toMatchObject({ column: undefined });
  });

  test('the writer goes on afterwards', async () => {
    await failure('{"n":1}');
    const table = await newTable(schema);
    expect(filesOf(await stageRows(writer, table, [{ id: 'a' }]))).toHaveLength(1);
  });
});

test('a staged file that is gone is not the rows’ fault', async () => {
  const table = await newTable(events);
  const request = {
    ndjsonPath: path.join(home, 'gone.ndjson'),
    schema: events,
    spec: unpartitioned,
    sortOrder: unsorted,
    directory: dataDirectory(table.directory),
    filePrefix: 'x-',
    maxPartitions: 10,
  };
  const error: unknown = await writer.stage(request).catch((reason: unknown) => reason);
  expect(error).not.toBeInstanceOf(RowError);
  expect((error as Error).message).toContain('gone.ndjson');
});

test('files and their directory are synced before stage resolves', async () => {
  const synced: string[] = [];
  const recording = await openDuckdbWriter(
    {
      ...nodeDisk,
      async sync(file) {
        synced.push(file);
        await nodeDisk.sync(file);
      },
      async syncDir(directory) {
        synced.push(directory);
        await nodeDisk.syncDir(directory);
      },
    },
    { memoryLimit: '256MiB', threads: 1 },
  );
  const table = await newTable(events);
  const files = filesOf(await stageRows(recording, table, [{ n: 1 }]));
  await recording.close();
  expect(synced).toEqual([...files.map((file) => toPath(file.filePath)), dataDirectory(table.directory)]);
});

test('two stages at once do not see each other', async () => {
  const table = await newTable(events);
  const stage = (count: number) =>
    stageRows(
      writer,
      table,
      Array.from({ length: count }, (_, n) => ({ n })),
    );
  const results = await Promise.all([stage(10), stage(20), stage(30)]);
  expect(results.map((result) => filesOf(result)[0]!.recordCount)).toEqual([10, 20, 30]);
});
