import { Buffer } from 'node:buffer';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyTransform, type Value } from '../../lake/transforms.ts';
import type { Transform } from '../../lake/types.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { compareValues, lowerBound, upperBound } from '../../local/iceberg/bounds.ts';
import { DeleteIndex } from '../../local/iceberg/deletes.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { DataFile, ManifestEntry, Predicate, Table } from '../../local/iceberg/types.ts';
import { memoryDisk } from './memory-disk.ts';
import { ports as realPorts, schemaOf, specOf, unpartitioned, unsorted } from './support.ts';

const home = '/warehouse';
const disk = memoryDisk();
const ports = { ...realPorts, disk };
let tables = 0;

const types: Record<string, string> = {
  event: 'string',
  at: 'timestamp',
  n: 'long',
  ratio: 'double',
  price: 'decimal(9, 2)',
  raw: 'binary',
  day: 'date',
};
const names = Object.keys(types);
const schema = schemaOf(types);
type Row = Record<string, Value | null>;

let files = 0;

/** The entry that a writer would make for rows of one partition. */
function fileOf(rows: readonly Row[], transforms: [string, string][]): DataFile {
  files += 1;
  const first = rows[0]!;
  const maps = {
    valueCounts: new Map<number, number>(),
    nullValueCounts: new Map<number, number>(),
    nanValueCounts: new Map<number, number>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  };
  for (const [index, name] of names.entries()) {
    const id = index + 1;
    const values = rows.map((row) => row[name]!);
    const nans = values.filter((value) => Number.isNaN(value));
    const sorted = values
      .filter((value): value is Value => value !== null && !Number.isNaN(value))
      .sort(compareValues);
    maps.valueCounts.set(id, values.length);
    maps.nullValueCounts.set(id, values.filter((value) => value === null).length);
    maps.nanValueCounts.set(id, nans.length);
    if (sorted.length === 0) continue;
    maps.lowerBounds.set(id, lowerBound(types[name]!, sorted[0]!));
    const upper = upperBound(types[name]!, sorted.at(-1)!);
    if (upper) maps.upperBounds.set(id, upper);
  }
  return {
    content: 'data',
    filePath: `file://${home}/${files}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: transforms.map(([name, transform]) =>
      applyTransform(transform as Transform, types[name]!, first[name]!),
    ),
    recordCount: rows.length,
    fileSizeInBytes: 1,
    ...maps,
  };
}

async function tableOf(rows: readonly Row[], transforms: [string, string][], perFile: number) {
  tables += 1;
  const pieces = { schema, spec: specOf(schema, ...transforms), sortOrder: unsorted, properties: {} };
  let table: Table = await createTable(ports, path.join(home, `table-${tables}`), pieces);
  const partitionOf = (row: Row) =>
    transforms
      .map(([name, transform]) => applyTransform(transform as Transform, types[name]!, row[name]!))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)))
      .join('/');
  const rowsOf = new Map<string, Row[]>();
  for (let i = 0; i < rows.length; i += perFile) {
    const byPartition = new Map<string, Row[]>();
    for (const row of rows.slice(i, i + perFile)) {
      const key = partitionOf(row);
      byPartition.set(key, [...(byPartition.get(key) ?? []), row]);
    }
    const added = [...byPartition.values()].map((group) => {
      const file = fileOf(group, transforms);
      rowsOf.set(file.filePath, group);
      return file;
    });
    table = (await appendFiles(ports, table, added)).table;
  }
  return { table, rowsOf };
}

/** Brute force; NaN as DuckDB has it: equal to itself, above all numbers. */
function matches(row: Row, { column, op, values }: Predicate): boolean {
  const value = row[column] ?? null;
  if (op === 'is null') return value === null;
  if (value === null) return false;
  const order = (other: Value) => {
    const nan = Number(Number.isNaN(value)) - Number(Number.isNaN(other));
    return Number.isNaN(value) || Number.isNaN(other) ? nan : compareValues(value, other);
  };
  const [first] = values;
  switch (op) {
    case 'not null':
      return true;
    case '=':
      return order(first!) === 0;
    case '!=':
      return order(first!) !== 0;
    case '<':
      return order(first!) < 0;
    case '<=':
      return order(first!) <= 0;
    case '>':
      return order(first!) > 0;
    case '>=':
      return order(first!) >= 0;
    case 'in':
      return values.some((other) => order(other) === 0);
    case 'starts with':
      return (value as string).startsWith(first as string);
  }
}

const hour = 3_600_000_000n;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '🎉', '\uffff'), maxLength: 20 });
const arbitrary: Record<string, fc.Arbitrary<Value>> = {
  event: text,
  at: fc.bigInt({ min: -50n, max: 50n }).chain((h) => fc.constantFrom(h * hour, h * hour - 1n)),
  n: fc.bigInt({ min: -20n, max: 20n }),
  ratio: fc.constantFrom(-0, 0, 1.5, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  price: fc.bigInt({ min: -200n, max: 200n }),
  raw: fc.uint8Array({ maxLength: 20, max: 3 }).map((bytes) => Buffer.from(bytes)),
  day: fc.integer({ min: -400, max: 400 }),
};
const rowArbitrary = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.option(arbitrary[name]!, { freq: 8 })])),
);
const predicate: fc.Arbitrary<Predicate> = fc.constantFrom(...names).chain((column) =>
  fc.oneof(
    fc.record({
      column: fc.constant(column),
      op: fc.constantFrom('=', '!=', '<', '<=', '>', '>=') as fc.Arbitrary<Predicate['op']>,
      values: fc.tuple(arbitrary[column]!),
    }),
    fc.record({
      column: fc.constant(column),
      op: fc.constant('in' as const),
      values: fc.array(arbitrary[column]!, { maxLength: 3 }),
    }),
    fc.record({
      column: fc.constant(column),
      op: fc.constantFrom('is null', 'not null') as fc.Arbitrary<Predicate['op']>,
      values: fc.constant([]),
    }),
    fc.record({
      column: fc.constant('event'),
      op: fc.constant('starts with' as const),
      values: fc.tuple(text),
    }),
  ),
);
const specs: [string, string][][] = [
  [],
  [
    ['event', 'identity'],
    ['at', 'day'],
  ],
  [
    ['event', 'truncate[2]'],
    ['at', 'hour'],
  ],
  [
    ['event', 'bucket[4]'],
    ['n', 'truncate[7]'],
  ],
  [
    ['ratio', 'identity'],
    ['day', 'month'],
  ],
  [
    ['price', 'bucket[3]'],
    ['at', 'year'],
    ['n', 'void'],
  ],
  [
    ['price', 'truncate[50]'],
    ['day', 'identity'],
  ],
  [
    ['raw', 'truncate[1]'],
    ['n', 'bucket[5]'],
  ],
];

test('a file with a matching row is never pruned, for any transform, type and predicate', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowArbitrary, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(...specs),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.array(predicate, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 15 }),
      async (rows, transforms, perFile, conjunctions) => {
        const { table, rowsOf } = await tableOf(rows, transforms, perFile);
        for (const predicates of conjunctions) {
          const planned = new Set(
            (await planScan(disk, table, { predicates })).files.map((file) => file.dataFile.filePath),
          );
          for (const [file, inside] of rowsOf) {
            const wanted = inside.some((row) => predicates.every((one) => matches(row, one)));
            if (wanted) expect(planned.has(file), JSON.stringify({ transforms, file })).toBe(true);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe('a scan reads few files', () => {
  const day = 24n * hour;
  const rows = Array.from({ length: 40 }, (_, i) => ({
    ...Object.fromEntries(names.map((name) => [name, null])),
    event: ['view', 'cart', 'buy', 'search'][i % 4]!,
    at: BigInt(i % 10) * day + 5n,
    n: BigInt(i),
  }));
  const plan = async (...predicates: Predicate[]) => {
    const { table } = await tableOf(
      rows,
      [
        ['event', 'bucket[8]'],
        ['at', 'day'],
      ],
      10,
    );
    const { files: kept, filesTotal } = await planScan(disk, table, { predicates });
    return `${kept.length} of ${filesTotal}`;
  };

  test('of one day, told by a half-open range of timestamps', async () => {
    expect(
      await plan(
        { column: 'at', op: '>=', values: [3n * day] },
        { column: 'at', op: '<', values: [4n * day] },
      ),
    ).toBe('4 of 40');
  });

  test('of one event, through its bucket', async () => {
    expect(await plan({ column: 'event', op: '=', values: ['view'] })).toBe('10 of 40');
  });

  test('by the bounds of a column that no partition knows', async () => {
    expect(await plan({ column: 'n', op: '>', values: [37n] })).toBe('2 of 40');
    expect(await plan({ column: 'price', op: 'not null', values: [] })).toBe('0 of 40');
  });
});

test('without a snapshot there is nothing to read', async () => {
  const { table } = await tableOf([], [], 1);
  expect(await planScan(disk, table)).toMatchObject({ snapshotId: null, files: [], filesTotal: 0 });
});

test('an older snapshot is read as it was', async () => {
  const empty = Object.fromEntries(names.map((name) => [name, null]));
  const { table } = await tableOf([empty, empty, empty], [], 1);
  const [first] = table.metadata.snapshots;
  const plan = await planScan(disk, table, { snapshotId: first!['snapshot-id'] });
  expect(plan.files).toHaveLength(1);
  await expect(planScan(disk, table, { snapshotId: 1n })).rejects.toThrow('no snapshot 1');
});

test('a predicate on a column that is not there is refused', async () => {
  const { table } = await tableOf([Object.fromEntries(names.map((name) => [name, null]))], [], 1);
  const predicates: Predicate[] = [{ column: 'nope', op: 'is null', values: [] }];
  await expect(planScan(disk, table, { predicates })).rejects.toThrow('no column "nope"');
});

describe('delete files apply', () => {
  const metadata = {
    'partition-specs': [unpartitioned, { ...specOf(schema, ['event', 'identity']), 'spec-id': 1 }],
  };
  const entry = (sequenceNumber: number, file: Partial<DataFile>): ManifestEntry => ({
    status: 'added',
    snapshotId: 1n,
    sequenceNumber,
    fileSequenceNumber: sequenceNumber,
    dataFile: { ...fileOf([Object.fromEntries(names.map((name) => [name, null]))], []), ...file },
  });
  const inView = { specId: 1, partition: ['view'] };
  const data = entry(5, { ...inView, filePath: 'file:///d.parquet' });
  const count = (...deletes: ManifestEntry[]) => {
    const index = new DeleteIndex(metadata as unknown as Table['metadata']);
    index.add(deletes);
    return index.of(data).length;
  };

  test('position deletes: same partition, and not older than the data', () => {
    const content = 'position-deletes' as const;
    expect(count(entry(5, { ...inView, content }))).toBe(1);
    expect(count(entry(4, { ...inView, content }))).toBe(0);
    expect(count(entry(6, { specId: 1, partition: ['buy'], content }))).toBe(0);
    expect(count(entry(6, { specId: 0, partition: [], content }))).toBe(0);
    expect(count(entry(6, { ...inView, content, referencedDataFile: 'file:///d.parquet' }))).toBe(1);
    expect(count(entry(6, { ...inView, content, referencedDataFile: 'file:///e.parquet' }))).toBe(0);
  });

  test('equality deletes: newer than the data, in its partition or everywhere', () => {
    const content = 'equality-deletes' as const;
    const equalityIds = [1];
    expect(count(entry(6, { ...inView, content, equalityIds }))).toBe(1);
    expect(count(entry(5, { ...inView, content, equalityIds }))).toBe(0);
    expect(count(entry(6, { specId: 0, partition: [], content, equalityIds }))).toBe(1);
    expect(count(entry(6, { specId: 1, partition: ['buy'], content, equalityIds }))).toBe(0);
  });
});
