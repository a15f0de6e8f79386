/** Rows that a contract hides from analysts, and the ways in which they might show. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { icebergSchema } from '../../lake/iceberg.ts';
import { temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from '../sql/iceberg-lake.ts';

const contract = parseContract(
  {
    type: 'record',
    name: 'visit',
    fields: [
      { name: 'page', type: 'string', 'field-id': 3 },
      { name: 'country', type: ['null', 'string'], default: null, 'field-id': 4, pii: true },
      { name: 'n', type: 'int', 'field-id': 5 },
    ],
    'row-filter': { country: ['NL', "d'E"] },
  },
  'visit.avsc',
);
let lake: IcebergLake;

beforeAll(async () => {
  lake = await openIcebergLake(path.join(temporaryHome(), 'rows'), {
    contracts: new Map([['visit', contract]]),
  });
  const schema = icebergSchema(contract);
  // The column came later than the table.
  await lake.create('visit', { ...schema, fields: schema.fields.filter(({ name }) => name !== 'country') });
  const row = (n: number, more: object) => ({ event_id: `e${n}`, received_at: 0, page: `/${n}`, n, ...more });
  await lake.append('visit', [row(1, {})]);
  await lake.change(
    'visit',
    { action: 'add-schema', schema: { ...schema, 'schema-id': 1 } },
    { action: 'set-current-schema', 'schema-id': -1 },
  );
  await lake.append('visit', [
    row(2, { country: 'NL' }),
    row(3, { country: "d'E" }),
    row(4, { country: 'XX' }),
    row(0, { country: 'YY' }),
    row(5, {}),
  ]);
}, 30_000);
afterAll(() => lake.close());

const analyst = (sql: string) => lake.queryAs('analyst', sql);

it('an analyst sees the rows that the contract shows, the engineer all of them', async () => {
  expect(await analyst('SELECT page FROM visit ORDER BY page')).toEqual([['/2'], ['/3']]);
  expect(await analyst('SELECT count(*), max(n) FROM visit')).toEqual([['2', '3']]);
  expect(await lake.query('SELECT count(*) FROM visit')).toEqual([['6']]);
});

it('the column that decides may itself be hidden', async () => {
  expect(await lake.columns('SELECT * FROM visit', 'analyst')).toEqual([
    'event_id',
    'received_at',
    'page',
    'n',
  ]);
});

it('a condition is never tried on a row that is hidden', async () => {
  // For n = 0 this would be a division by zero, and tell that there is such a row.
  expect(await analyst('SELECT page FROM visit WHERE 6 / n = 3')).toEqual([['/2']]);
  expect(
    await analyst("SELECT page FROM visit WHERE CAST(replace(page, '/4', 'x/') AS varchar) = '/2'"),
  ).toEqual([['/2']]);
  expect(
    await analyst(
      "SELECT page FROM visit WHERE CAST(replace(replace(page, '/4', 'x'), '/', '') AS integer) > 2",
    ),
  ).toEqual([['/3']]);
});

it('before the column was there, nobody can tell, and no row is shown', async () => {
  const [[first]] = (await lake.query('SELECT min_by(snapshot_id, committed_at) FROM "visit$snapshots"')) as [
    [string],
  ];
  expect(await analyst(`SELECT count(*) FROM visit FOR VERSION AS OF ${first}`)).toEqual([['0']]);
});

it('what a query took is the same whether or not its condition meets hidden rows', async () => {
  const taken = async (sql: string) => {
    await analyst(sql);
    const { bytesScanned, filesScanned, rowsScanned } = lake.engine.executions()[0]!;
    return { bytesScanned, filesScanned, rowsScanned };
  };
  const met = await taken('SELECT page FROM visit WHERE n = 4');
  expect(await taken('SELECT page FROM visit WHERE n = 400')).toEqual(met);
  expect(met).toMatchObject({ filesScanned: 2, rowsScanned: undefined });
});

it('EXPLAIN tells an analyst of no file, no condition that hides rows, and no number of hidden rows', async () => {
  const plan = [
    'TableScan: awsdatacatalog.firn.visit',
    expect.stringMatching(/^ {4}files chosen by n: 2, \d+ bytes$/),
  ];
  const explained = await analyst('EXPLAIN SELECT page FROM visit WHERE n > 1');
  expect(explained.flat()).toEqual([...plan, 'Output: 1 columns']);
  const analyzed = await analyst('EXPLAIN ANALYZE SELECT page FROM visit WHERE n > 1');
  expect(analyzed.flat()).toEqual([...plan, 'Output: 1 columns', 'Rows: 2']);
});

it.each(['SELECT * FROM "visit$files"', 'SELECT * FROM "visit$partitions"', 'SHOW PARTITIONS visit'])(
  '%s is refused to analysts: it would tell of hidden rows',
  async (sql) => {
    await expect(analyst(sql)).rejects.toThrow("cannot be shown to whom some of the table's rows are hidden");
    await expect(lake.query(sql)).resolves.toBeDefined();
  },
);
