import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseMaintenance } from '../../local/sql/maintenance.ts';
import { statementKind } from '../../local/sql/statement.ts';
import { schemaOf, specOf, temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const home = temporaryHome();
const asked: unknown[][] = [];
const schema = schemaOf({ id: 'int', event: 'string', day: 'date' });
let lake: IcebergLake;

beforeAll(async () => {
  lake = await openIcebergLake(home, {
    upkeep: {
      async optimize(table, predicates) {
        asked.push(['optimize', table, ...predicates]);
        return { rewritten: 2, added: 1 };
      },
      async vacuum(table) {
        asked.push(['vacuum', table]);
        return { expired: 1, removed: 1, waiting: 2, waitMs: 1500 };
      },
    },
  });
  await lake.create('visit', schema, specOf(schema, ['event', 'identity'], ['day', 'month']));
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => lake.close());

describe('OPTIMIZE and VACUUM', () => {
  it('are handed to the upkeep of tables, and answer no rows', async () => {
    expect(await lake.query('OPTIMIZE visit REWRITE DATA USING BIN_PACK;')).toEqual([]);
    expect(await lake.query('-- now\nvacuum "firn"."visit"')).toEqual([]);
    expect(asked).toEqual([
      ['optimize', 'visit'],
      ['vacuum', 'visit'],
    ]);
  });

  it('take conditions on partition columns', async () => {
    await lake.query(
      "OPTIMIZE firn.visit REWRITE DATA USING BIN_PACK WHERE event = ? AND day >= DATE '1970-01-03'",
      "'view'",
    );
    expect(asked).toEqual([
      [
        'optimize',
        'visit',
        { column: 'event', op: '=', values: ['view'] },
        { column: 'day', op: '>=', values: [2] },
      ],
    ]);
  });

  it.each([
    ['OPTIMIZE visit REWRITE DATA USING BIN_PACK WHERE id = 1', 'partition columns (event, day)'],
    ["OPTIMIZE visit REWRITE DATA USING BIN_PACK WHERE event = 'a' OR event = 'b'", 'joined by AND'],
    ['OPTIMIZE visit REWRITE DATA USING BIN_PACK WHERE event IN (SELECT event FROM visit)', 'joined by AND'],
    ['OPTIMIZE gone REWRITE DATA USING BIN_PACK', 'does not exist'],
    ['OPTIMIZE visit', 'expected OPTIMIZE [database.]table REWRITE DATA'],
    ['VACUUM visit WHERE id = 1', 'expected VACUUM [database.]table'],
    ['VACUUM visit; VACUUM visit', 'expected VACUUM'],
  ])('%s is refused with the reason', async (sql, reason) => {
    await expect(lake.query(sql)).rejects.toThrow(reason);
    expect(asked).toEqual([]);
  });

  it('without upkeep they are refused', async () => {
    const other = await openIcebergLake(temporaryHomeOf('other'));
    await other.create('visit', schema);
    await expect(other.query('VACUUM visit')).rejects.toThrow('needs the upkeep of tables');
    await other.close();
  });
});

const temporaryHomeOf = (name: string) => `${home}/${name}`;

it('a statement is told by its first word', () => {
  expect(statementKind('/* a */ -- b\n optimize t')).toBe('OPTIMIZE');
  expect(statementKind('SELECT 1')).toBe('SELECT');
  expect(parseMaintenance('VACUUM "My Table"')).toMatchObject({ kind: 'VACUUM', table: 'my table' });
});
