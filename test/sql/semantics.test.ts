import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestLake, type TestLake } from './lake.ts';

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({
    visit: {
      columns: { timestamp: 'timestamp', Seen: 'timestamptz', price: 'decimal(10, 2)', quantity: 'int' },
      rows: `SELECT TIMESTAMP '2024-01-01 10:00:00.123456' AS "timestamp", TIMESTAMPTZ '2024-01-01 10:00:00Z' AS "Seen",
        CAST(9.99 AS DECIMAL(10, 2)) AS price, CAST(3 AS INTEGER) AS quantity`,
    },
  });
});
afterAll(() => lake.close());

async function value(sql: string): Promise<string | null> {
  return (await lake.query(sql))[0]?.[0] ?? null;
}

const fails = (reason: RegExp) => ({ fails: reason });

/** What Trino's documentation says; DuckDB alone would answer otherwise, without a word. */
const cases: Record<string, readonly [sql: string, answer: string | null | { fails: RegExp }][]> = {
  'integers divide to integers, towards zero': [
    ['SELECT 7 / 2', '3'],
    ['SELECT -7 / 2', '-3'],
    ['SELECT -7 % 2', '-1'],
    ['SELECT 7 / 2e0', '3.5'],
  ],
  'division by zero is an error, except for doubles': [
    ['SELECT 1 / 0', fails(/Division by zero/)],
    ['SELECT 1 / x FROM (VALUES 0, 1) AS t(x)', fails(/Division by zero/)],
    ['SELECT 1 % x FROM (VALUES (0)) AS t(x)', fails(/Division by zero/)],
    ["SELECT DECIMAL '1.0' / 0", fails(/Division by zero/)],
    ['SELECT 1e0 / 0', 'Infinity'],
    ['SELECT 0e0 / 0', 'NaN'],
    ['SELECT try(1 / x) FROM (VALUES (0)) AS t(x)', null],
    ['SELECT sum(x) / count(*) FROM (VALUES (1), (2)) AS t(x)', '1'],
  ],
  'decimals divide exactly, rounded half up to the larger scale': [
    ['SELECT price / 2 FROM visit', '5.00'],
    ["SELECT DECIMAL '2.01' / 2", '1.01'],
    ["SELECT DECIMAL '-2.01' / 2", '-1.01'],
    ["SELECT DECIMAL '1.0' / 3", '0.3'],
    ["SELECT 1 / DECIMAL '3.000'", '0.333'],
    ['SELECT sum(price * quantity) / count(*) FROM visit', '29.97'],
    ['SELECT avg(price) FROM visit', '9.99'],
    ['SELECT price * quantity FROM visit', '29.97'],
    ["SELECT DECIMAL '1.5' / 2e0", '0.75'],
  ],
  'integers that do not fit are errors': [
    ['SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)', fails(/out of range|overflow/i)],
    ['SELECT x + 1 FROM (VALUES (2147483647)) AS t(x)', fails(/overflow|out of range/i)],
    ['SELECT sum(x) FROM (VALUES (2147483647), (2147483647)) AS t(x)', '4294967294'],
  ],
  'NULL spoils concat, || , greatest and least': [
    ["SELECT concat('a', NULL)", null],
    ["SELECT 'a' || NULL", null],
    ['SELECT greatest(1, NULL)', null],
    ['SELECT least(1, NULL)', null],
  ],
  'nulls come last in both directions': [
    ['SELECT array_agg(x ORDER BY x) FROM (VALUES (1), (NULL), (2)) AS t(x)', '[1, 2, null]'],
    ['SELECT array_agg(x ORDER BY x DESC) FROM (VALUES (1), (NULL), (2)) AS t(x)', '[2, 1, null]'],
    ['SELECT x FROM (VALUES (1), (NULL), (2)) AS t(x) ORDER BY x DESC LIMIT 1', '2'],
    ['SELECT first_value(x) OVER (ORDER BY x) FROM (VALUES (1), (NULL)) AS t(x) LIMIT 1', '1'],
  ],
  'date_format and date_parse read MySQL letters': [
    ["SELECT date_format(TIMESTAMP '2024-03-05 14:07:09', '%Y-%m-%d %H:%i:%s')", '2024-03-05 14:07:09'],
    [
      "SELECT date_format(TIMESTAMP '2024-03-05 14:07:09', '%h:%i %p %M %b %a %j')",
      '02:07 PM March Mar Tue 065',
    ],
    ['SELECT date_format("timestamp", \'%H\') FROM visit', '10'],
    ["SELECT date_parse('05.03.2024 14:07', '%d.%m.%Y %H:%i')", '2024-03-05 14:07:00.000'],
    ["SELECT date_format(TIMESTAMP '2024-03-05 14:07:09', '%D')", fails(/not supported by Athena either/)],
  ],
  'weeks begin on Monday and belong to the year of their Thursday': [
    ["SELECT date_trunc('week', DATE '2024-03-10')", '2024-03-04'],
    ["SELECT day_of_week(DATE '2024-03-10')", '7'],
    ["SELECT extract(DOW FROM DATE '2024-03-10')", '7'],
    ["SELECT week(DATE '2027-01-01')", '53'],
    ["SELECT year_of_week(DATE '2027-01-01')", '2026'],
  ],
  'date_diff counts complete units': [
    ["SELECT date_diff('hour', TIMESTAMP '2024-01-01 00:59:00', TIMESTAMP '2024-01-01 01:01:00')", '0'],
    ["SELECT date_diff('day', TIMESTAMP '2024-01-01 23:00:00', TIMESTAMP '2024-01-02 22:00:00')", '0'],
    ["SELECT date_diff('month', DATE '2024-01-15', DATE '2024-03-14')", '1'],
    ["SELECT date_diff('day', DATE '2024-03-01', DATE '2024-02-01')", '-29'],
  ],
  'dates stay dates': [
    ["SELECT DATE '2024-02-28' + INTERVAL '2' DAY", '2024-03-01'],
    ["SELECT INTERVAL '1' MONTH + DATE '2024-01-31'", '2024-02-29'],
    ["SELECT DATE '2024-03-01' - DATE '2024-02-01'", '29 00:00:00.000'],
    ["SELECT date_trunc('month', DATE '2024-03-10')", '2024-03-01'],
    ["SELECT date_add('day', -1, DATE '2024-03-01')", '2024-02-29'],
    ["SELECT TIMESTAMP '2024-01-02 00:00:00' - TIMESTAMP '2024-01-01 12:00:00'", '0 12:00:00.000'],
  ],
  'timestamps print their precision, zoned ones their zone': [
    ['SELECT "timestamp" FROM visit', '2024-01-01 10:00:00.123456'],
    ['SELECT timestamp FROM visit', '2024-01-01 10:00:00.123456'],
    ['SELECT CAST("timestamp" AS timestamp(3)) FROM visit', '2024-01-01 10:00:00.123'],
    ["SELECT TIMESTAMP '2024-01-01 10:00:00'", '2024-01-01 10:00:00.000'],
    ["SELECT TIMESTAMP '2024-01-01 10:00:00.123456'", '2024-01-01 10:00:00.123456'],
    ["SELECT TIMESTAMP '2024-01-01 10:00:00 UTC'", '2024-01-01 10:00:00.000 UTC'],
    ["SELECT TIMESTAMP '2024-01-01 10:00:00 +02:00'", '2024-01-01 08:00:00.000 UTC'],
    ['SELECT seen FROM visit', '2024-01-01 10:00:00.000 UTC'],
    ['SELECT CAST("timestamp" AS date) FROM visit', '2024-01-01'],
    ['SELECT CAST("timestamp" AS varchar) FROM visit', '2024-01-01 10:00:00.123456'],
  ],
  'timestamps with and without a zone compare in UTC': [
    ['SELECT "timestamp" < seen FROM visit', 'false'],
    ['SELECT count(*) FROM visit WHERE "timestamp" < now()', '1'],
    ['SELECT count(*) FROM visit WHERE "timestamp" >= TIMESTAMP \'2024-01-01 10:00:00 UTC\'', '1'],
  ],
  'a value at a zone is read, never shown': [
    ["SELECT date(seen AT TIME ZONE 'Asia/Tokyo') FROM visit", '2024-01-01'],
    ["SELECT date_format(\"timestamp\" AT TIME ZONE 'America/New_York', '%H:%i') FROM visit", '05:00'],
    ["SELECT CAST(date_trunc('day', seen AT TIME ZONE 'America/New_York') AS date) FROM visit", '2024-01-01'],
    ["SELECT seen AT TIME ZONE 'Asia/Tokyo' FROM visit", fails(/AT TIME ZONE does not run/)],
    ["SELECT 1 FROM visit WHERE seen AT TIME ZONE 'Asia/Tokyo' > now()", fails(/AT TIME ZONE does not run/)],
  ],
  'casts read and round as Trino does': [
    ['SELECT CAST(2.5e0 AS integer)', '3'],
    ['SELECT CAST(-2.5e0 AS bigint)', '-3'],
    ["SELECT CAST('1.5' AS integer)", fails(/Cannot cast '1.5' to INTEGER/)],
    ["SELECT try_cast('x' AS integer)", null],
    ["SELECT CAST('abcdef' AS varchar(3))", 'abc'],
    ['SELECT CAST(1e10 AS varchar)', '1.0E10'],
    ['SELECT CAST(0.00012e0 AS varchar)', '1.2E-4'],
    ['SELECT CAST(-1234567890e0 AS varchar)', '-1.23456789E9'],
    ['SELECT CAST(1.5 AS varchar)', '1.5'],
    ["SELECT CAST('a' AS json)", '"a"'],
    ['SELECT CAST(ARRAY[1, 2] AS array(varchar))', '[1, 2]'],
    ['SELECT CAST(\'{"a": 1}\' AS decimal(4, 2))', fails(/./)],
  ],
  'substr counts from the end, and is empty outside of the text': [
    ["SELECT substr('abc', -2)", 'bc'],
    ["SELECT substr('abc', -4)", ''],
    ["SELECT substr('abc', 0)", ''],
    ["SELECT substr('abc', 2, 1)", 'b'],
    ["SELECT substring('abc' FROM 2 FOR 2)", 'bc'],
  ],
  'an array index out of range is an error, element_at gives NULL': [
    ['SELECT ARRAY[1, 2][2]', '2'],
    [
      'SELECT a[3] FROM (VALUES (ARRAY[1, 2])) AS t(a)',
      fails(/must be less than or equal to array length: 3 > 2/),
    ],
    ['SELECT a[0] FROM (VALUES (ARRAY[1, 2])) AS t(a)', fails(/start at 1/)],
    ['SELECT element_at(ARRAY[1, 2], 3)', null],
    ["SELECT MAP(ARRAY['a'], ARRAY[1])['b']", fails(/Key not present in map: b/)],
    ["SELECT element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')", null],
    ['SELECT ARRAY[NULL, 1][1]', null],
  ],
  'regular expressions replace every match and name groups by $': [
    ["SELECT regexp_replace('a1b2', '[0-9]')", 'ab'],
    ["SELECT regexp_replace('a1b2', '([a-z])([0-9])', '$2$1')", '1a2b'],
    ["SELECT regexp_extract('abc', 'x(.)', 1)", null],
    ["SELECT regexp_extract('path/42/x', '/(\\d+)/', 1)", '42'],
    ["SELECT regexp_like('firn', '^f.*n$')", 'true'],
    ["SELECT regexp_like('firn', '(?=f)')", fails(/./)],
  ],
  'JSON paths give scalars only, and NULL for text that is not JSON': [
    ['SELECT json_extract_scalar(\'{"a": {"b": 1}}\', \'$.a\')', null],
    ['SELECT json_extract_scalar(\'{"a": {"b": 1}}\', \'$.a.b\')', '1'],
    ['SELECT json_extract_scalar(\'{"a-b": true}\', \'$["a-b"]\')', 'true'],
    ["SELECT json_extract_scalar('not json', '$.a')", null],
    ["SELECT json_extract_scalar('{}', 'a')", fails(/JSON path a/)],
  ],
  'names are the same in any case and print in lower case': [
    ['SELECT SEEN = "Seen" FROM Visit AS V', 'true'],
    ['SELECT v.quantity FROM visit V', '3'],
  ],
  'rows, arrays and maps print as Athena prints them': [
    ["SELECT ARRAY['a', NULL, 'b']", '[a, null, b]'],
    ["SELECT ROW(1, 'a')", '{field0=1, field1=a}'],
    ["SELECT ARRAY[ROW(1, ROW(2, 'x'))]", '[{field0=1, field1={field0=2, field1=x}}]'],
    ["SELECT CAST(ROW(1, 'a') AS ROW(n integer, t varchar))", '{n=1, t=a}'],
    ["SELECT MAP(ARRAY['k'], ARRAY[1.5e0])", '{k=1.5}'],
    ["SELECT X'68656c6c6f'", '68 65 6c 6c 6f'],
    ['SELECT 1e10', '1.0E10'],
    ['SELECT 0.1e0', '0.1'],
    ['SELECT 100e0', '100.0'],
    ['SELECT true', 'true'],
    ["SELECT TIME '01:02:03'", '01:02:03.000'],
    ["SELECT INTERVAL '26' HOUR", '1 02:00:00.000'],
    ["SELECT INTERVAL '14' MONTH", '1-2'],
  ],
  'statistics and windows of a funnel': [
    ['SELECT count(*) FILTER (WHERE x > 1) FROM (VALUES (1), (2)) AS t(x)', '1'],
    ['SELECT sum(x) OVER (ORDER BY x) FROM (VALUES (1), (2)) AS t(x) ORDER BY 1 DESC LIMIT 1', '3'],
    [
      'SELECT lag(x) IGNORE NULLS OVER (ORDER BY n) FROM (VALUES (1, 7), (2, NULL), (3, 9)) AS t(n, x) ORDER BY n DESC LIMIT 1',
      '7',
    ],
    ['SELECT count(DISTINCT x) FROM (VALUES (1), (1)) AS t(x)', '1'],
    [
      'SELECT grouping(x) FROM (VALUES (1)) AS t(x) GROUP BY GROUPING SETS ((x), ()) ORDER BY 1 DESC LIMIT 1',
      '1',
    ],
    ['SELECT count(*) FROM (VALUES (1)) AS t(x) TABLESAMPLE BERNOULLI (100)', '1'],
    [
      "SELECT array_join(array_agg(page ORDER BY n), ' > ') FROM (VALUES (2, 'cart'), (1, 'view')) AS t(n, page)",
      'view > cart',
    ],
    ['SELECT sum(x) FROM UNNEST(ARRAY[1, 2, 3]) AS t(x)', '6'],
    ['SELECT geometric_mean(x) FROM (VALUES (1)) AS t(x)', fails(/function geometric_mean does not run/)],
    ['SELECT sum(x) FROM (VALUES 1, 2 UNION ALL VALUES 3) AS t(x)', '6'],
    ['SELECT reduce(filter(ARRAY[1, 2, 3], x -> x > 1), 0, (s, x) -> s + x, s -> s * 10)', '50'],
    ["SELECT avg(x) OVER () FROM (VALUES DECIMAL '1.00', DECIMAL '1.01') AS t(x) LIMIT 1", '1.01'],
    [
      'SELECT avg(DISTINCT x) FILTER (WHERE x > 1) FROM (VALUES (1.00), (2.00), (2.00), (2.01)) AS t(x)',
      '2.01',
    ],
  ],
  'long expressions stay short': [
    ['SELECT 100 / 3 / 2 / 2 / 1 / 1 / 1 / 1 / 1 / 1 / 1 / 1 / 1', '8'],
    ['SELECT x - x - x - x - x - x - x - x - x - x FROM (VALUES (1)) AS t(x)', '-8'],
    [
      "SELECT DATE '2024-01-01' + INTERVAL '1' DAY + INTERVAL '1' DAY + INTERVAL '1' DAY + INTERVAL '1' DAY",
      '2024-01-05',
    ],
  ],
  'words that DuckDB reserves are names': [
    ['SELECT "at" FROM (SELECT 1 AS at)', '1'],
    ['SELECT column FROM (SELECT 2 AS column)', '2'],
  ],
};

for (const [promise, list] of Object.entries(cases)) {
  describe(promise, () => {
    it.each(list)('%s → %j', async (sql, answer) => {
      if (answer !== null && typeof answer === 'object')
        await expect(value(sql)).rejects.toThrow(answer.fails);
      else expect(await value(sql)).toBe(answer);
    });
  });
}
