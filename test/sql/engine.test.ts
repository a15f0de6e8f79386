import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../lake/grants.ts';
import { SqlEngine } from '../../local/sql/engine.ts';
import { ResultStore } from '../../local/sql/results.ts';
import { openTestLake, type TestLake, testClock, testRandom } from './lake.ts';

const tables = {
  numbers: {
    columns: { n: 'long', text: 'string' },
    rows: "SELECT range AS n, 'text ' || range AS text FROM range(5000)",
  },
} as const;
const forever =
  'SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n = -1 AND a.text <> b.text || c.text';

let lake: TestLake;
afterEach(() => lake.close());

function start(sql: string, role: Role = 'engineer'): string {
  return lake.engine.start({ sql, parameters: [], database: 'firn', workGroup: 'primary', role });
}

describe('the SQL engine', () => {
  it('a query that runs too long is stopped, with the limit', async () => {
    lake = await openTestLake(tables, { timeLimitMs: 200 });
    await expect(lake.query(forever)).rejects.toThrow('time limit of 0.2 s');
    expect(await lake.query('SELECT 1')).toEqual([['1']]);
  });

  it('a query that needs too much memory fails alone, with the reason', async () => {
    lake = await openTestLake(tables, { memoryLimitBytes: 40 * 1_048_576 });
    const greedy = 'SELECT count(*) FROM (SELECT DISTINCT a.text || b.text AS t FROM numbers a, numbers b)';
    await expect(lake.query(greedy)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    expect(await lake.query('SELECT count(*) FROM numbers')).toEqual([['5000']]);
  });

  it('a query that takes memory that DuckDB does not count ends itself, and the next one runs', async () => {
    lake = await openTestLake(tables, { memoryLimitBytes: 40 * 1_048_576 });
    const spilled = path.join(lake.directory, 'results', 'spill', 'left.tmp');
    const hostile =
      'SELECT cardinality(flatten(transform(sequence(1, 10000), x -> sequence(1, 9999 - n % 2)))) FROM numbers';
    const id = start(hostile);
    await lake.engine.finished(id);
    expect(lake.engine.execution(id)).toMatchObject({
      state: 'FAILED',
      error: {
        code: 'MEMORY_LIMIT',
        message:
          'Query exceeded the memory limit: the queries that ran together took more than 592 MiB, and all were ended',
      },
    });
    mkdirSync(path.dirname(spilled), { recursive: true });
    writeFileSync(spilled, 'of the process that ended');
    expect(await lake.query('SELECT count(*) FROM numbers')).toEqual([['5000']]);
    expect(existsSync(spilled)).toBe(false);
  });

  it('a result with too many rows fails and leaves no file', async () => {
    lake = await openTestLake(tables, { rowsMax: 1000 });
    await expect(lake.query('SELECT * FROM numbers')).rejects.toThrow('more than 1000 rows: add a LIMIT');
    expect(readdirSync(path.join(lake.directory, 'results'))).toEqual([]);
  });

  it('a row that is too large fails and leaves no file; one that is not comes whole', async () => {
    lake = await openTestLake(tables);
    const [row] = await lake.query("SELECT lpad('a', 5000000, 'x')");
    expect(row?.[0]).toHaveLength(5_000_000);
    await expect(lake.query("SELECT 1, lpad('a', 33554432, 'x')")).rejects.toThrow(
      'a row of the result has 33554433 characters; at most 33554432 are allowed: select less of it',
    );
    expect(
      readdirSync(path.join(lake.directory, 'results')).filter((name) => name.endsWith('.csv')),
    ).toHaveLength(1);
  });

  it('a folder of results that is gone is made again; one that cannot be is told, and queries go on', async () => {
    lake = await openTestLake(tables);
    const results = path.join(lake.directory, 'results');
    rmSync(results, { recursive: true });
    expect(await lake.query('SELECT 1')).toEqual([['1']]);
    rmSync(results, { recursive: true });
    writeFileSync(results, 'a file');
    await expect(lake.query('SELECT 1')).rejects.toThrow('EEXIST');
    rmSync(results);
    expect(await lake.query('SELECT 1')).toEqual([['1']]);
  });

  it('what went wrong inside is for the log and for engineers: it may name files', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    lake = await openTestLake(tables);
    const results = path.join(lake.directory, 'results');
    rmSync(results, { recursive: true });
    writeFileSync(results, 'a file');
    const [engineer, analyst] = [start('SELECT 1'), start('SELECT 1', 'analyst')];
    await Promise.all([engineer, analyst].map((id) => lake.engine.finished(id)));
    expect(lake.engine.execution(engineer)?.error?.message).toContain(results);
    expect(lake.engine.execution(analyst)?.error?.message).toBe(
      'an internal error happened; the reason is in the log of the server',
    );
    expect(String(logged.mock.calls)).toContain(results);
    logged.mockRestore();
    rmSync(results);
  });

  it('a query that does not hear that it is stopped is ended with the process that runs it', async () => {
    lake = await openTestLake(tables, { stopLimitMs: 50 });
    await lake.query('SELECT 1');
    const deaf = start(`SELECT 1${', 1'.repeat(60_000)}`);
    await vi.waitFor(() => expect(lake.engine.execution(deaf)?.state).toBe('RUNNING'));
    lake.engine.stop(deaf);
    await lake.engine.finished(deaf);
    expect(lake.engine.execution(deaf)?.state).toBe('CANCELLED');
    expect(await lake.query('SELECT 2')).toEqual([['2']]);
  });

  it('queries beyond the concurrency wait their turn', async () => {
    lake = await openTestLake(tables, { concurrency: 1 });
    const first = start(forever);
    const second = start('SELECT 1');
    expect(lake.engine.execution(second)?.state).toBe('QUEUED');
    lake.engine.stop(first);
    await lake.engine.finished(second);
    expect(lake.engine.execution(first)?.state).toBe('CANCELLED');
    expect(lake.engine.execution(second)?.state).toBe('SUCCEEDED');
  });

  it('the oldest executions are forgotten, with their results', async () => {
    lake = await openTestLake(tables, { executionsKept: 2 });
    const ids: string[] = [];
    for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 3']) {
      ids.push(start(sql));
      await lake.engine.finished(ids.at(-1)!);
    }
    expect(ids.map((id) => lake.engine.execution(id)?.sql)).toEqual([undefined, 'SELECT 2', 'SELECT 3']);
    expect(readdirSync(path.join(lake.directory, 'results')).sort()).toEqual(
      [1, 2].flatMap((at) => [`${ids[at]}.csv`, `${ids[at]}.csv.metadata`]).sort(),
    );
  });

  it('a start removes the results that an earlier process left', async () => {
    lake = await openTestLake(tables);
    const resultsDirectory = path.join(lake.directory, 'old');
    const options = { warehouse: lake.directory, resultsDirectory, clock: testClock, random: testRandom };
    const catalog = { databases: async () => [], tables: async () => [], snapshot: async () => undefined };
    await new ResultStore(resultsDirectory).open();
    writeFileSync(path.join(resultsDirectory, 'left.csv'), '[]\n');
    const engine = await SqlEngine.open({ ...options, catalog });
    expect(readdirSync(resultsDirectory)).toEqual([]);
    await engine.close();
  });

  it('a bad value in the data fails the query when it is met', async () => {
    lake = await openTestLake(tables);
    await expect(lake.query('SELECT CAST(text AS bigint) FROM numbers')).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining("Cannot cast 'text 0' to BIGINT"),
    });
  });

  it('columns without a name are _col and their position', async () => {
    lake = await openTestLake(tables);
    const id = start(
      'SELECT n, count(*), n + 1, Text AS Label, current_date FROM numbers GROUP BY 1, 3, 4 LIMIT 1',
    );
    await lake.engine.finished(id);
    expect(lake.engine.execution(id)?.columns.map(({ name }) => name)).toEqual([
      'n',
      '_col1',
      '_col2',
      'label',
      '_col4',
    ]);
  });

  it('types go by their names in Athena', async () => {
    lake = await openTestLake(tables);
    const id = start(
      `SELECT true, CAST(1 AS tinyint), 1, BIGINT '1', REAL '1', 1e0, DECIMAL '1.50', 'a', X'00', DATE '2024-01-01',
        TIMESTAMP '2024-01-01 00:00:00', now(), ARRAY[1], MAP(ARRAY[1], ARRAY[1]), ROW(1), sum(n), json_parse('1'),
        INTERVAL '1' DAY FROM numbers`,
    );
    await lake.engine.finished(id);
    expect(lake.engine.execution(id)?.columns.map(({ type }) => type)).toEqual(
      'boolean tinyint integer bigint float double decimal varchar varbinary date timestamp'
        .split(' ')
        .concat(
          'timestamp with time zone',
          'array',
          'map',
          'row',
          'bigint',
          'json',
          'interval day to second',
        ),
    );
    expect(lake.engine.execution(id)?.columns[6]).toMatchObject({ precision: 3, scale: 2 });
  });
});
