import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestLake, type TestLake } from './lake.ts';

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({
    t: {
      columns: { ts: 'timestamp', d: 'date', n: 'int', s: 'string', b: 'boolean' },
      rows: `SELECT TIMESTAMP '2024-01-02 03:04:05' AS ts, DATE '2024-01-02' AS d, 42 AS n, '42' AS s, true AS b
        UNION ALL SELECT NULL, NULL, NULL, 'x', NULL`,
    },
  });
});
afterAll(() => lake.close());

const count = async (condition: string) =>
  Number((await lake.query(`SELECT count(*) FROM t WHERE ${condition}`))[0]![0]);

describe('text is compared with text only, as in Trino', () => {
  it.each([
    "ts >= '2024-01-01'",
    "ts = '2024-01-02 03:04:05'",
    "'2024-01-01' <> ts",
    "ts BETWEEN '2024-01-01' AND '2024-01-03'",
    "ts IN ('2024-01-02 03:04:05', 'x')",
    "d < '2024-01-03'",
    "d = '2024-01-02'",
    "n = '42'",
    "n IN ('41', '42')",
    "n > '7'",
    "b = 'true'",
    "year(ts) = '2024'",
  ])('%s is refused', async (condition) => {
    await expect(count(condition)).rejects.toMatchObject({
      code: 'TYPE_MISMATCH',
      message: expect.stringMatching(/^Cannot apply operator: .* write a literal of the other's type/),
    });
  });

  it.each([
    ["s = '42'", 1],
    ["s <> '42'", 1],
    ["'42' = s", 1],
    ["s IN ('42', '7')", 1],
    ["s NOT IN ('42', '7')", 1],
    ["s NOT IN ('42', NULL)", 0],
    ["s BETWEEN '4' AND '5'", 1],
    ["s >= '42' AND s < 'y'", 2],
    ["ts >= TIMESTAMP '2024-01-01 00:00:00'", 1],
    ["ts >= DATE '2024-01-01'", 1],
    ["d = DATE '2024-01-02'", 1],
    ["CASE s WHEN '42' THEN true ELSE false END", 1],
    ["coalesce(s, '1') = '42'", 1],
  ])('%s holds for %i', async (condition, rows) => {
    expect(await count(condition)).toBe(rows);
  });
});
