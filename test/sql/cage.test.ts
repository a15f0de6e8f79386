import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestLake, type TestLake } from './lake.ts';

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({ web_log: { columns: { event: 'string' }, rows: "SELECT 'view' AS event" } });
});
afterAll(() => lake.close());

describe('the cage: what is not a SELECT over catalogued tables is refused', () => {
  it.each([
    ["SELECT * FROM '/etc/passwd'", /does not exist/],
    ['SELECT * FROM "/etc/passwd"', /does not exist/],
    ["SELECT * FROM read_text('/etc/passwd')", /table function read_text/],
    ["SELECT * FROM read_parquet('x.parquet')", /table function read_parquet/],
    ["SELECT * FROM read_csv_auto('/etc/passwd')", /table function read_csv_auto/],
    ["SELECT * FROM glob('/*')", /table function glob/],
    ['SELECT * FROM duckdb_settings()', /table function duckdb_settings/],
    ['SELECT * FROM range(10)', /table function range/],
    ["SELECT * FROM query('SELECT 1')", /table function query/],
    ["SELECT getenv('HOME')", /function getenv does not run/],
    ["SELECT current_setting('memory_limit')", /function current_setting does not run/],
    ["SELECT read_text('/etc/passwd')", /function read_text does not run/],
    ["SELECT (SELECT content FROM read_text('/etc/passwd'))", /table function read_text/],
    ["SELECT * FROM web_log WHERE event IN (SELECT content FROM read_text('/etc/passwd'))", /read_text/],
    ["WITH x AS (SELECT * FROM read_blob('/etc/passwd')) SELECT * FROM x", /read_blob/],
    ["SELECT 1 ORDER BY (SELECT content FROM read_text('/etc/passwd'))", /read_text/],
    ["SELECT 1 LIMIT (SELECT length(content) FROM read_text('/etc/passwd'))", /read_text/],
    ["SELECT * FROM web_log JOIN read_text('/etc/passwd') AS t ON true", /read_text/],
    ['SELECT * FROM information_schema.routines', /does not exist; tables of information_schema: columns/],
    ['SELECT * FROM main.sqlite_master', /does not exist/],
    ['SELECT * FROM temp.main.firn_table_0', /Catalog 'temp' does not exist/],
    ['SELECT * FROM firn_table_0', /does not exist/],
    ['SELECT * FROM duckdb_tables', /does not exist/],
    ["COPY web_log TO '/tmp/x'", /COPY/],
    ["ATTACH '/tmp/x.db'", /ATTACH/],
    ['INSTALL httpfs', /INSTALL/],
    ["SET memory_limit = '1GB'", /SET/],
    ['PRAGMA version', /PRAGMA/],
    ['DROP TABLE web_log', /DROP/],
    ["INSERT INTO web_log VALUES ('x')", /INSERT/],
    ['CALL pragma_version()', /CALL/],
    ['EXPLAIN INSERT INTO web_log SELECT 1', /INSERT/],
    ['EXPLAIN ANALYZE SELECT 1; SELECT 2', /one statement/],
    ['SELECT 1; SELECT 2', /one statement/],
    ['FROM web_log SELECT 1; DROP TABLE x', /one statement/],
    ['', /empty/],
    ['-- nothing', /empty/],
  ])('%s', async (sql, reason) => {
    await expect(lake.query(sql)).rejects.toThrow(reason);
  });

  it.each([
    ['SELECT event::varchar FROM web_log', /CAST\(value AS type\)/],
    ['SELECT * EXCLUDE (event) FROM web_log', /not part of the SQL/],
    ["SELECT COLUMNS('.*') FROM web_log", /not part of the SQL|does not run/],
    ['SELECT event FROM web_log GROUP BY ALL', /GROUP BY ALL/],
    ['SELECT DISTINCT ON (event) event FROM web_log', /DISTINCT ON/],
    ['SELECT * FROM web_log QUALIFY row_number() OVER () = 1', /QUALIFY/],
    ['SELECT * FROM web_log POSITIONAL JOIN web_log AS b', /POSITIONAL join/],
    ['SELECT * FROM web_log SEMI JOIN web_log AS b USING (event)', /SEMI join/],
    ['PIVOT web_log ON event USING count(*)', /./],
    ['SUMMARIZE web_log', /./],
    ["SELECT {'a': 1}", /ROW/],
    ['SELECT CAST(1 AS hugeint)', /type hugeint/],
    ['SELECT $1', /write \?/],
  ])("DuckDB's own syntax is refused, since Athena would refuse it: %s", async (sql, reason) => {
    await expect(lake.query(sql)).rejects.toThrow(reason);
  });

  it.each([
    'web_log',
    'WEB_LOG',
    '"Web_Log"',
    'firn.web_log',
    'awsdatacatalog.firn.web_log',
    '"AwsDataCatalog"."firn"."web_log"',
  ])('a table goes by the name %s', async (name) => {
    expect(await lake.query(`SELECT * FROM ${name}`)).toEqual([['view']]);
  });

  it('a WITH query hides a table of its name, but not from itself', async () => {
    const sql = "WITH web_log AS (SELECT event || '!' AS event FROM web_log) SELECT event FROM web_log";
    expect(await lake.query(sql)).toEqual([['view!']]);
    expect(await lake.query('WITH t AS (SELECT 1 AS n) SELECT count(*) FROM t JOIN web_log ON true')).toEqual(
      [['1']],
    );
  });

  it('a WITH query inside of a subquery is not seen outside of it', async () => {
    const sql = 'SELECT * FROM (WITH hidden AS (SELECT 1 AS n) SELECT n FROM hidden) AS a, hidden';
    await expect(lake.query(sql)).rejects.toThrow("Table 'awsdatacatalog.firn.hidden' does not exist");
  });

  it('a recursive WITH query reads itself', async () => {
    const sql =
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4) SELECT sum(x) FROM n';
    expect(await lake.query(sql)).toEqual([['10']]);
  });

  it('a missing table is told with those that there are', async () => {
    await expect(lake.query('SELECT * FROM weblog')).rejects.toThrow('tables of firn: web_log');
    await expect(lake.query('SELECT * FROM other.t')).rejects.toThrow('there is no such database');
  });

  it('an unknown function is told with those that begin alike', async () => {
    await expect(lake.query('SELECT regexp_matches(event) FROM web_log')).rejects.toThrow(
      /near it: regexp_like/,
    );
  });

  it('parameters are values, whatever their text holds', async () => {
    expect(await lake.query('SELECT ?', "'x''; DROP TABLE web_log --'")).toEqual([
      ["x'; DROP TABLE web_log --"],
    ]);
    for (const text of [
      '(SELECT 1)',
      'event',
      "read_text('/etc/passwd')",
      '1, 2',
      "'a' FROM web_log --",
      '',
    ]) {
      await expect(lake.query('SELECT ? FROM web_log', text)).rejects.toThrow('expected a SQL literal');
    }
  });

  it('a wrong number of parameters is told as Athena tells it', async () => {
    await expect(lake.query('SELECT ?')).rejects.toThrow(
      'Incorrect number of parameters: expected 1 but found 0',
    );
    await expect(lake.query('SELECT 1', '2')).rejects.toThrow('expected 0 but found 1');
  });
});
