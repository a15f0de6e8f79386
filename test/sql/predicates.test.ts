import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestLake, type TestLake } from './lake.ts';

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({
    web_log: {
      columns: {
        event: 'string',
        timestamp: 'timestamp',
        day: 'date',
        n: 'int',
        big: 'long',
        price: 'decimal(10, 2)',
        detail: { type: 'struct', fields: [{ id: 20, name: 'type', type: 'string', required: false }] },
      },
      rows: `SELECT 'view' AS event, TIMESTAMP '2024-01-01' AS "timestamp", DATE '2024-01-01' AS day,
        CAST(1 AS INTEGER) AS n, CAST(1 AS BIGINT) AS big, CAST(1 AS DECIMAL(10, 2)) AS price, {type: 'a'} AS detail`,
    },
    other: {
      columns: { event: 'string', k: 'int' },
      rows: "SELECT 'view' AS event, CAST(1 AS INTEGER) AS k",
    },
  });
});
afterAll(() => lake.close());

/** What the plan of web_log was asked to skip by: `column op values`. */
async function planned(sql: string, ...parameters: string[]): Promise<string[]> {
  lake.plans.length = 0;
  await lake.query(sql, ...parameters);
  return lake.plans
    .filter(({ table }) => table === 'web_log')
    .flatMap(({ predicates }) =>
      predicates.map(({ column, op, values }) => [column, op, ...values].join(' ')),
    );
}

const micros = (text: string) => BigInt(Date.parse(text)) * 1000n;

describe('conditions that files are skipped by', () => {
  it.each([
    ["event = 'view'", ['event = view']],
    ["'view' = event", ['event = view']],
    ["event <> 'view' AND n > 1", ['event != view', 'n > 1']],
    ['1 < n AND 3 >= n', ['n > 1', 'n <= 3']],
    ['n BETWEEN 1 AND 2 + 3', ['n >= 1', 'n <= 5']],
    ["event IN ('a', 'b')", ['event in a b']],
    ['event IS NULL', ['event is null']],
    ['event IS NOT NULL', ['event not null']],
    ["event LIKE 'vi%w'", ['event starts with vi']],
    ["detail.type = 'a'", ['detail.type = a']],
    ["web_log.detail.type = 'a'", ['detail.type = a']],
    ['big = 9007199254740993', ['big = 9007199254740993']],
    ['price >= 1', ['price >= 100']],
    ["price < DECIMAL '2.5'", ['price < 250']],
    ["day >= DATE '2024-01-01'", ['day >= 19723']],
    ["timestamp >= TIMESTAMP '2024-01-01 00:00:00'", [`timestamp >= ${micros('2024-01-01T00:00:00Z')}`]],
    ['"Timestamp" >= DATE \'2024-01-01\'', [`timestamp >= ${micros('2024-01-01T00:00:00Z')}`]],
    [
      "\"timestamp\" > TIMESTAMP '2024-01-02 00:00:00' - INTERVAL '24' HOUR",
      [`timestamp > ${micros('2024-01-01T00:00:00Z')}`],
    ],
    [
      '"timestamp" < from_iso8601_timestamp(\'2024-01-01T01:00:00+01:00\')',
      [`timestamp < ${micros('2024-01-01T00:00:00Z')}`],
    ],
  ])('WHERE %s', async (where, expected) => {
    expect(await planned(`SELECT * FROM web_log WHERE ${where}`)).toEqual(expected);
  });

  it('parameters count as constants', async () => {
    expect(await planned('SELECT * FROM web_log WHERE n > ? - 1', '5')).toEqual(['n > 4']);
    expect(await planned('SELECT * FROM web_log WHERE event = ?', "'it''s'")).toEqual(["event = it's"]);
  });

  it('now() is the time of the query', async () => {
    const before = BigInt(Date.now()) * 1000n;
    const [condition] = await planned('SELECT * FROM web_log WHERE "timestamp" > now()');
    const value = BigInt(condition!.split(' ')[2]!);
    expect(value).toBeGreaterThanOrEqual(before);
    expect(value).toBeLessThanOrEqual(BigInt(Date.now()) * 1000n);
  });

  it('a condition of a joined table holds by its alias, and on the side that a join keeps', async () => {
    const from = "SELECT * FROM web_log w JOIN other o ON w.event = o.event WHERE w.event = 'a' AND o.k = 1";
    expect(await planned(from)).toEqual(['event = a']);
    expect(await planned(from.replace('JOIN', 'LEFT JOIN'))).toEqual(['event = a']);
  });

  it('each use of a table has its own conditions', async () => {
    const sql =
      'SELECT * FROM (SELECT * FROM web_log WHERE n = 1) a, (SELECT * FROM web_log WHERE n = 2) b, web_log c';
    expect(await planned(sql)).toEqual(['n = 1', 'n = 2']);
  });
});

describe('conditions that nothing is skipped by, since it could be wrong', () => {
  it.each([
    ["SELECT * FROM web_log WHERE event = 'a' OR n = 1"],
    ["SELECT * FROM web_log WHERE NOT (event = 'a' AND n = 1)"],
    ["SELECT * FROM web_log WHERE lower(event) = 'a'"],
    ['SELECT * FROM web_log WHERE n = big'],
    ['SELECT * FROM web_log WHERE n = (SELECT k FROM other)'],
    ['SELECT * FROM web_log WHERE n > random()'],
    ['SELECT * FROM web_log WHERE n = 1.5'],
    ['SELECT * FROM web_log WHERE n = 3000000000'],
    ['SELECT * FROM web_log WHERE event = NULL'],
    ["SELECT * FROM web_log WHERE event LIKE '%view'"],
    ['SELECT * FROM other LEFT JOIN web_log w ON true WHERE w.n IS NULL'],
    ['SELECT * FROM other FULL JOIN web_log w ON other.event = w.event WHERE w.n = 1'],
    ['SELECT * FROM web_log, other WHERE big = 1'],
    ["SELECT event AS n FROM web_log GROUP BY event HAVING event = 'a'"],
    ["SELECT * FROM (SELECT 'x' AS event FROM web_log) WHERE event = 'view'"],
    ['SELECT * FROM web_log AS other, other AS web_log WHERE web_log.k = 1'],
    ['SELECT sum(n) OVER () FROM (SELECT n FROM web_log) WHERE n = 1'],
  ])('%s', async (sql) => {
    expect(await planned(sql)).toEqual([]);
  });
});
