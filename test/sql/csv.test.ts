import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine, endOfLine, parseCsvLine, type ResultRow } from '../../local/sql/csv.ts';
import { ResultStore } from '../../local/sql/results.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const value = fc.option(
  fc.oneof(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', 'ü', '🙂') }), fc.string()),
);
const rows = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.tuple(...Array(width).fill(value)) as fc.Arbitrary<ResultRow>));

test('a line is as Athena writes it', () => {
  expect(csvLine(["it's", 'a"b', null, '', '1\n2'])).toBe('"it\'s","a""b",,"","1\n2"\n');
});

test('what is written is read again, NULL and empty apart', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      const bytes = Buffer.from(csvLine([a, b]));
      expect(endOfLine(bytes, 0)).toBe(bytes.length - 1);
      expect(parseCsvLine(bytes.subarray(0, -1).toString())).toEqual([a, b]);
    }),
  );
});

test('pages of any size give all rows, whatever is in them', async () => {
  const store = new ResultStore(path.join(temporaryFolder(), 'results'));
  await store.open();
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 3 }), async (given, size) => {
      const writer = await store.create('x', 'csv', ['a "name"']);
      await writer.write(given);
      await writer.close();
      const read: ResultRow[] = [];
      for (let next: number | undefined = writer.start; next !== undefined; ) {
        const page = await store.page('x', 'csv', next, size);
        expect(page.rows.length).toBeLessThanOrEqual(size);
        read.push(...page.rows);
        next = page.next;
      }
      expect(read).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

test('a row larger than what is read at a time comes whole; lines of text stand between line breaks', async () => {
  const store = new ResultStore(path.join(temporaryFolder(), 'results'));
  await store.open();
  const long = '"'.repeat(100_000);
  const writer = await store.create('long', 'csv', ['a']);
  await writer.write([[long], ['b']]);
  await writer.close();
  expect((await store.page('long', 'csv', writer.start, 10)).rows).toEqual([[long], ['b']]);
  const lines = await store.create('lines', 'txt', ['a']);
  await lines.write([['one'], ['\t'], ['three']]);
  await lines.close();
  expect(readFileSync(store.path('lines', 'txt'), 'utf8')).toBe('one\n\t\nthree');
  const first = await store.page('lines', 'txt', 0, 2);
  expect(first.rows).toEqual([['one'], ['\t']]);
  expect((await store.page('lines', 'txt', first.next!, 2)).rows).toEqual([['three']]);
});

test('a page that begins amid a line, by a token that nobody gave, ends', () => {
  for (const text of ['"', 'a","b', '""', '"a"x', ',"']) expect(parseCsvLine(text)).toBeInstanceOf(Array);
});
