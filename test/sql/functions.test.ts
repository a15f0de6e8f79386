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
