import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SqlFunction, sections } from '../../local/sql/functions.ts';
import { openTestLake, type TestLake } from './lake.ts';

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({});
});
afterAll(() => lake.close());

async function answer({ example }: SqlFunction): Promise<string | null> {
  const sql = example.startsWith('SELECT') ? example : `SELECT ${example}`;
  const [row] = await lake.query(sql);
  return row?.[0] ?? null;
}

for (const [section, entries] of Object.entries(sections)) {
  describe(`${section}: the example of each gives the documented answer`, () => {
    it.each(entries.map((entry) => [`${entry.name}: ${entry.example}`, entry] as const))(
      '%s',
      async (_, entry) => {
        const expected = entry.answer;
        if (expected !== null && typeof expected === 'object') {
          await expect(answer(entry)).rejects.toThrow(expected.error);
        } else {
          expect(await answer(entry)).toBe(expected);
        }
      },
    );
  });
}

describe('no call makes an array of more than 10,000 entries', () => {
  const ask = async (sql: string) => (await lake.query(`SELECT ${sql}`))[0]?.[0];

  it.each([
    'cardinality(sequence(1, 10000))',
    'cardinality(sequence(10000, 1))',
    'cardinality(sequence(0, 3000000000, 300030))',
    "cardinality(sequence(DATE '2000-01-01', DATE '2027-05-18', INTERVAL '1' DAY))",
    "cardinality(repeat('a', 10000))",
  ])('%s', async (sql) => {
    expect(await ask(sql)).toBe('10000');
  });

  it.each([
    'sequence(1, 10001)',
    'sequence(10001, 1)',
    'sequence(1, 9000000000000000000)',
    'sequence(5, -100000, -2)',
    "sequence(DATE '1900-01-01', DATE '2026-01-01', INTERVAL '1' DAY)",
    "sequence(TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-02 00:00:00', INTERVAL '1' SECOND)",
    "repeat('a', 2000000000)",
    'array_agg(cardinality(sequence(1, x))) FROM (VALUES 10, 20000) AS t(x)',
  ])('%s is refused', async (sql) => {
    await expect(ask(sql)).rejects.toThrow(/must (not have more than|be less than or equal to) 10000/);
  });
});
