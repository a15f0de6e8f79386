import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IcebergSchema } from '../../lake/iceberg.ts';
import { parseView } from '../../lake/queries.ts';
import { PreparedStatements, parseExecute, parsePrepare } from '../../local/sql/prepared.ts';
import { athenaStatement } from '../../local/sql/statement.ts';
import { statementExamples } from '../../local/sql/statements.ts';
import { ports, temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const home = temporaryHome();
let lake: IcebergLake;

const schema: IcebergSchema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: 'page', required: false, type: 'string', doc: 'The page.' },
    { id: 2, name: 'at', required: true, type: 'timestamp' },
    { id: 3, name: 'amount', required: false, type: 'decimal(10, 2)' },
  ],
};
const view = parseView(
  'visit_pages.sql',
  '-- name: visit_pages\n-- purpose: Pages.\nCREATE OR REPLACE VIEW visit_pages AS SELECT DISTINCT page FROM visit\n',
);

beforeAll(async () => {
  lake = await openIcebergLake(home, { views: [view] });
  await lake.create('visit', schema, {
    'spec-id': 0,
    fields: [
      { 'source-id': 1, 'field-id': 1000, name: 'page', transform: 'identity' },
      { 'source-id': 2, 'field-id': 1001, name: 'at_day', transform: 'day' },
    ],
  });
  await lake.change('visit', { action: 'set-properties', updates: { comment: 'Somebody came.' } });
  await lake.append('visit', [
    { page: '/', at: Date.UTC(2024, 0, 31) * 1000, amount: '1.50' },
    { page: null, at: Date.UTC(2024, 1, 1) * 1000, amount: '2.50' },
  ]);
});
afterAll(() => lake.close());

describe('the statements of docs/sql.md, in their order', () => {
  it.each(statementExamples.map((example) => [example.sql, example] as const))(
    '%s',
    async (sql, { answer }) => {
      const rows = await lake.query(sql);
      const lines = rows.map((row) => row.join('\t').replace(home, '/…'));
      expect(lines).toEqual(answer.map((line) => line));
    },
  );
});

describe('SHOW and DESCRIBE', () => {
  it.each([
    ['SHOW TABLES IN nowhere', []],
    ["SHOW TABLES LIKE 'visit|nothing'", [['visit']]],
    ['SHOW COLUMNS FROM "visit" IN "firn"', [['page'], ['at'], ['amount']]],
    ['show columns in `firn`.`visit` ;', [['page'], ['at'], ['amount']]],
    ['/* a */ SHOW SCHEMAS', [['firn']]],
  ])('%s', async (sql, rows) => {
    expect(await lake.query(sql)).toEqual(rows);
  });

  it.each([
    ['SHOW', 'expected SHOW DATABASES, SHOW TABLES'],
    ['SHOW TABLES IN firn LIKE 3', 'expected SHOW DATABASES'],
    ["SHOW TABLES '[a-z]+'", "the pattern '[a-z]+' has more than names, * for any text and | for or"],
    ['DESCRIBE', 'expected SHOW DATABASES'],
    [
      'DESCRIBE nothing',
      "Table 'awsdatacatalog.firn.nothing' does not exist; tables of firn: visit, visit_pages",
    ],
    ['SHOW CREATE VIEW visit', 'visit is no view: use SHOW CREATE TABLE'],
    ['SHOW CREATE TABLE visit_pages', 'visit_pages is no table: use SHOW CREATE VIEW'],
    ['SHOW PARTITIONS visit_pages', 'visit_pages is a view: it has no partitions'],
    ['EXPLAIN', 'expected EXPLAIN [ANALYZE] [(FORMAT TEXT)] SELECT'],
    ['EXPLAIN (FORMAT JSON) SELECT 1', 'a plan is text here, found (FORMAT JSON)'],
    ['EXPLAIN VACUUM visit', 'only queries are explained'],
    ['EXPLAIN SELECT nothing FROM visit', "Column 'nothing' cannot be resolved"],
  ])('%s: %s', async (sql, reason) => {
    await expect(lake.query(sql)).rejects.toThrow(reason);
  });
});

describe('EXPLAIN', () => {
  it('tells which files would be read, and by whose conditions they were chosen; nothing is read', async () => {
    const sql =
      'EXPLAIN (TYPE LOGICAL, FORMAT TEXT) SELECT page, count(*) FROM visit WHERE page = ? GROUP BY 1';
    const [scan, files, output, ...plan] = await lake.query(sql, "'/'");
    expect(scan).toEqual(['TableScan: awsdatacatalog.firn.visit']);
    expect(files?.[0]).toMatch(/^ {4}files chosen by page: 1, \d+ bytes, 1 rows$/);
    expect(output).toEqual(['Output: 2 columns']);
    expect(plan.join('\n')).toMatch(/In DuckDB:[\s\S]*HASH_GROUP_BY[\s\S]*READ_PARQUET/);
    expect(lake.engine.executions()[0]).toMatchObject({ format: 'txt', bytesScanned: 0 });
  });

  it('ANALYZE runs the query', async () => {
    const plan = await lake.query('EXPLAIN ANALYZE SELECT * FROM visit_pages');
    expect(plan.slice(0, 2)).toEqual([
      ['TableScan: awsdatacatalog.firn.visit'],
      [expect.stringMatching(/^ {4}all of its files: 2, \d+ bytes, 2 rows$/)],
    ]);
    expect(plan.join('\n')).toContain('Total Time');
    expect(lake.engine.executions()[0]?.bytesScanned).toBeGreaterThan(0);
  });

  it('is a utility statement', () => {
    expect(athenaStatement('explain analyze SELECT 1')).toEqual({ type: 'UTILITY', subtype: 'EXPLAIN' });
  });
});

describe('prepared statements', () => {
  it('last beyond the process, and belong to a workgroup and a role', async () => {
    const file = { disk: ports.disk, path: path.join(home, 'prepared.json') };
    const first = await PreparedStatements.open(file);
    const statement = {
      name: 'p',
      workGroup: 'firn',
      role: 'engineer',
      sql: 'SELECT 1',
      description: '',
    } as const;
    await first.put({ ...statement, modifiedAt: 1 });
    await first.put({ ...statement, sql: 'SELECT 2', modifiedAt: 2 });
    const second = await PreparedStatements.open(file);
    expect(second.find({ workGroup: 'firn', role: 'engineer' }, 'p')?.sql).toBe('SELECT 2');
    expect(second.list({ workGroup: 'firn', role: 'analyst' })).toEqual([]);
    expect(second.list({ workGroup: 'primary', role: 'engineer' })).toEqual([]);
    await second.remove({ workGroup: 'firn', role: 'engineer' }, 'p');
    expect((await PreparedStatements.open(file)).list({ workGroup: 'firn', role: 'engineer' })).toEqual([]);
  });

  it('a damaged file stops the start with its name', async () => {
    const damaged = path.join(home, 'damaged.json');
    await ports.disk.replace(damaged, Buffer.from('{'));
    await expect(PreparedStatements.open({ disk: ports.disk, path: damaged })).rejects.toThrow(
      `${damaged} is damaged`,
    );
  });

  it('values of USING are cut at commas outside of brackets', () => {
    expect(
      parseExecute("EXECUTE p USING 1, 'a,b', ARRAY[1, 2], DATE '2024-01-01', map(ARRAY[1], ARRAY[2]);"),
    ).toEqual({
      name: 'p',
      parameters: ['1', "'a,b'", 'ARRAY [ 1 , 2 ]', "DATE '2024-01-01'", 'map ( ARRAY [ 1 ] , ARRAY [ 2 ] )'],
    });
    expect(parsePrepare('PREPARE "My p" FROM SELECT ?').name).toBe('My p');
  });

  it.each([
    ['PREPARE p SELECT 1', 'expected PREPARE name FROM statement'],
    ['PREPARE p FROM SELECT FROM', 'syntax error'],
    ['EXECUTE p WITH 1', 'expected EXECUTE name [USING value, …]'],
    ['EXECUTE nothing', 'Prepared statement not found: nothing'],
    ['DEALLOCATE p', 'expected DEALLOCATE PREPARE name'],
  ])('%s: %s', async (sql, reason) => {
    await expect(lake.query(sql)).rejects.toThrow(reason);
  });
});

it('Athena’s names of statements', () => {
  expect(athenaStatement('-- a\nSELECT 1')).toEqual({ type: 'DML', subtype: 'SELECT' });
  expect(athenaStatement('show create table t')).toEqual({ type: 'UTILITY', subtype: 'SHOW_CREATE_TABLE' });
  expect(athenaStatement('DESC t')).toEqual({ type: 'UTILITY', subtype: 'DESCRIBE_TABLE' });
});
