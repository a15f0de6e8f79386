import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaOf, temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const home = temporaryHome();
let lake: IcebergLake;
/** Snapshots of the table, oldest first: ids, and the time of each as SQL. */
let ids: bigint[];
let times: string[];

beforeAll(async () => {
  lake = await openIcebergLake(home);
  await lake.create('visit', schemaOf({ id: 'int', page: 'string' }));
  for (const id of [1, 2]) {
    await lake.append('visit', [{ id, page: `/${id}` }]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { schemas } = (await lake.load('visit')).metadata;
  const [id, page] = schemas[0]!.fields;
  const renamed = { ...schemas[0]!, 'schema-id': 1, fields: [id!, { ...page!, name: 'uri' }] };
  await lake.change(
    'visit',
    { action: 'add-schema', schema: renamed },
    { action: 'set-current-schema', 'schema-id': -1 },
  );
  const { metadata } = await lake.append('visit', [{ id: 3, uri: '/3' }]);
  ids = metadata.snapshots.map((snapshot) => snapshot['snapshot-id']);
  times = metadata.snapshots.map((own) => `'${new Date(own['timestamp-ms']).toISOString().slice(0, -1)}'`);
  await lake.change('visit', {
    action: 'set-snapshot-ref',
    'ref-name': 'launch',
    type: 'tag',
    'snapshot-id': ids[0]!,
  });
});
afterAll(() => lake.close());

const idsOf = async (from: string, ...parameters: string[]) =>
  (await lake.query(`SELECT id FROM ${from} ORDER BY 1`, ...parameters)).flat();

describe('time travel', () => {
  it('reads a snapshot by its id', async () => {
    expect(await idsOf(`visit FOR VERSION AS OF ${ids[1]}`)).toEqual(['1', '2']);
    expect(await idsOf('visit FOR VERSION AS OF ?', String(ids[0]))).toEqual(['1']);
    expect(await idsOf('visit')).toEqual(['1', '2', '3']);
  });

  it('reads a branch or tag by its name', async () => {
    expect(await idsOf("visit FOR VERSION AS OF 'launch'")).toEqual(['1']);
    expect(await idsOf("visit FOR VERSION AS OF 'main'")).toEqual(['1', '2', '3']);
  });

  it('reads the newest snapshot at or before a time', async () => {
    expect(await idsOf(`visit FOR TIMESTAMP AS OF TIMESTAMP ${times[1]}`)).toEqual(['1', '2']);
    const later = `TIMESTAMP ${times[1]} + INTERVAL '1' DAY`;
    expect(await idsOf(`visit FOR TIMESTAMP AS OF ${later}`)).toEqual(['1', '2', '3']);
    expect(await idsOf(`visit FOR TIMESTAMP AS OF (current_timestamp)`)).toEqual(['1', '2', '3']);
    expect(await idsOf(`visit FOR SYSTEM_TIME AS OF TIMESTAMP ${times[0]!.slice(0, -1)} UTC'`)).toEqual([
      '1',
    ]);
  });

  it('reads with the columns that the table had', async () => {
    expect(await lake.columns(`SELECT * FROM visit FOR VERSION AS OF ${ids[1]}`)).toEqual(['id', 'page']);
    expect(await lake.columns('SELECT * FROM visit')).toEqual(['id', 'uri']);
    const where = `SELECT id FROM visit FOR VERSION AS OF ${ids[1]} WHERE page = '/2'`;
    expect(await lake.query(where)).toEqual([['2']]);
  });

  it('versions of one table stand side by side, with aliases', async () => {
    const sql = `SELECT count(*) FROM visit AS a JOIN firn.visit FOR VERSION AS OF ${ids[1]} AS b ON a.id = b.id
      LEFT JOIN visit FOR TIMESTAMP AS OF now() - INTERVAL '0' DAY c ON c.id = a.id`;
    expect(await lake.query(sql)).toEqual([['2']]);
    const nested = `WITH old AS (SELECT * FROM visit FOR VERSION AS OF ${ids[0]}) SELECT count(*) FROM old, visit`;
    expect(await lake.query(nested)).toEqual([['3']]);
  });

  it.each([
    ["visit FOR TIMESTAMP AS OF DATE '2001-01-01'", 'No version history table firn.visit at or before 2001'],
    ['visit FOR VERSION AS OF 12', 'firn.visit has no snapshot 12 (any more); see "visit$snapshots"'],
    ["visit FOR VERSION AS OF 'gone'", "no branch or tag 'gone'; there are: main, launch"],
    ["visit FOR TIMESTAMP AS OF '2024-01-01'", 'takes a timestamp'],
    ['visit v, visit FOR VERSION AS OF (v.id)', 'takes a constant'],
    ['(WITH w AS (SELECT 1 AS id) SELECT * FROM w FOR VERSION AS OF 1)', 'only tables have versions'],
    ['"visit$files" FOR VERSION AS OF 1', 'has no versions'],
  ])('%s is refused with the reason', async (from, reason) => {
    await expect(idsOf(from)).rejects.toThrow(reason);
  });
});
