import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputColumns } from '../../../lake/cloud/select.ts';
import { cloudView, viewGrants, viewTable } from '../../../lake/cloud/views.ts';
import { parseContract } from '../../../lake/contract.ts';
import { icebergSchema } from '../../../lake/iceberg.ts';
import { parseView } from '../../../lake/queries.ts';
import { trinoType } from '../../../lake/trino.ts';
import { contracts } from '../../../schemas/index.ts';
import { temporaryHome } from '../../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from '../../sql/iceberg-lake.ts';

const folder = new URL('../../../queries/views/', import.meta.url);
const files = readdirSync(folder).map((file) => ({
  file,
  sql: readFileSync(new URL(file, folder), 'utf8'),
}));
const all = [...contracts.values()];

const view = (query: string, header = '') =>
  cloudView('v.sql', `-- name: v\n-- purpose: To try.\n${header}CREATE OR REPLACE VIEW v AS\n${query}`, all);

describe('the views that ship', () => {
  const home = temporaryHome();
  let lake: IcebergLake;
  beforeAll(async () => {
    lake = await openIcebergLake(home, {
      views: files.map(({ file, sql }) => parseView(file, sql)),
      contracts,
    });
    for (const contract of all) await lake.create(contract.table, icebergSchema(contract));
  });
  afterAll(() => lake.close());

  it.each(files)('$file has the columns in the cloud that it has on one machine', async ({ file, sql }) => {
    const { name, columns } = cloudView(file, sql, all);
    const told = (own: typeof columns) => own.map((column) => [column.name, trinoType(column.type)]);
    const local = await lake.engine.metastore.relation('firn', name, 'engineer');
    expect(told(columns)).toEqual(told(local!.columns));
  });
});

describe('a view in the catalog', () => {
  it('is what Athena reads: the query and its columns as Trino spells them, the columns again as Glue does', () => {
    const { original, expanded, columns } = viewTable(
      view('SELECT user_id, "timestamp" FROM web_log'),
      'firn_dev',
    );
    const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(original) ?? [];
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
      originalSql: 'SELECT user_id, "timestamp" FROM web_log',
      catalog: 'awsdatacatalog',
      schema: 'firn_dev',
      columns: [
        { name: 'user_id', type: 'varchar' },
        { name: 'timestamp', type: 'timestamp(6)' },
      ],
    });
    expect(expanded).toBe('/* Presto View */');
    expect(columns).toEqual([
      { name: 'user_id', type: 'string' },
      { name: 'timestamp', type: 'timestamp' },
    ]);
  });

  it('tells the type of a column that no table has in its header', () => {
    const header = '-- column: visits (bigint)\n-- column: paid (decimal(12, 2))\n';
    const { columns } = view(
      'SELECT uri, count(*) AS visits, CAST(0 AS decimal(12, 2)) paid FROM web_log',
      header,
    );
    expect(columns.map(({ name, type }) => [name, trinoType(type)])).toEqual([
      ['uri', 'varchar'],
      ['visits', 'bigint'],
      ['paid', 'decimal(12,2)'],
    ]);
  });

  it.each([
    ['a column whose type nothing tells', 'SELECT 1 AS n FROM web_log', '', '-- column: n (varchar)'],
    [
      'a column that two tables have with two types',
      'SELECT event FROM web_log UNION ALL SELECT event FROM app_event',
      '',
      'its tables (app_event, web_log) have no column event, or not all with one type',
    ],
    ['a column without a name', 'SELECT count(*) FROM web_log', '', '"count ( * )" has no name'],
    ['a sum that only looks named', 'SELECT 1 + user_id FROM web_log', '', '"1 + user_id" has no name'],
    ['all columns', 'SELECT * FROM web_log', '', '"*" has no name'],
    ['a type that is none', 'SELECT 1 AS n FROM web_log', '-- column: n (number)\n', 'types: varchar'],
    ['a column that is not there', 'SELECT uri FROM web_log', '-- column: n (bigint)\n', 'a column n'],
  ])('with %s is refused with the file and what to write', (_, query, header, message) => {
    expect(() => view(query, header)).toThrow(message);
    expect(() => view(query, header)).toThrow('queries/views/v.sql');
  });

  it('has the columns of its outermost SELECT, whatever stands inside', () => {
    const select = `WITH a AS (SELECT x, y FROM t) -- SELECT z FROM
      SELECT DISTINCT a."Odd ""Name""" , sum(coalesce(x, 'FROM, b')) OVER (PARTITION BY y, x) AS total,
        extract(DAY FROM y) d, CASE WHEN x THEN 1 END AS "case"
      FROM a UNION SELECT 1, 2, 3, 4`;
    expect(outputColumns('v', select)).toEqual(['odd "name"', 'total', 'd', 'case']);
  });
});

describe('a view is granted', () => {
  it('to engineer and analyst, and to no writer', () => {
    expect(viewGrants([view('SELECT uri FROM web_log')], all)).toEqual([
      { role: 'engineer', view: 'v', permissions: ['SELECT', 'DESCRIBE', 'ALTER', 'DROP'] },
      { role: 'analyst', view: 'v', permissions: ['SELECT'] },
    ]);
  });

  it('to no analyst where rows of its tables are hidden, since the filter does not reach through a view', () => {
    const rating = parseContract(
      {
        type: 'record',
        name: 'page_rating',
        fields: [{ name: 'stars', type: 'int', 'field-id': 3 } as never],
        'row-filter': { stars: [4, 5] },
      },
      'page_rating.avsc',
    );
    const sql =
      '-- name: good\n-- purpose: Good ones.\nCREATE OR REPLACE VIEW good AS\nSELECT stars FROM "page_rating"';
    const grants = viewGrants([cloudView('good.sql', sql, [...all, rating])], [...all, rating]);
    expect(grants.map(({ role }) => role)).toEqual(['engineer']);
  });
});
