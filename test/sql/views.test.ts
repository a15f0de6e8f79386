import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseView } from '../../lake/queries.ts';
import { schemaOf, temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from './iceberg-lake.ts';

const file = 'web_log_unique.sql';
const text = readFileSync(new URL(`../../queries/views/${file}`, import.meta.url), 'utf8');
const columns = ['user_id', 'session_id', 'event', 'referrer', 'user_agent', 'ip', 'hostname', 'os', 'uri'];
const home = temporaryHome();
let lake: IcebergLake;

beforeAll(async () => {
  lake = await openIcebergLake(home, { views: [parseView(file, text)] });
  const texts = Object.fromEntries(columns.map((name) => [name, 'string']));
  const schema = schemaOf({ event_id: 'string', received_at: 'timestamp', timestamp: 'timestamp', ...texts });
  await lake.create('web_log', schema);
  await lake.append('web_log', [
    { event_id: 'a', received_at: 2, uri: '/again' },
    { event_id: 'a', received_at: 1, uri: '/first' },
    { event_id: 'b', received_at: 3, uri: '/b' },
  ]);
});
afterAll(() => lake.close());

describe('views', () => {
  it('are used like tables, by name or alias', async () => {
    const rows = [
      ['a', '/first'],
      ['b', '/b'],
    ];
    expect(await lake.query('SELECT event_id, uri FROM web_log_unique ORDER BY 1')).toEqual(rows);
    expect(await lake.query('SELECT u.event_id, u.uri FROM firn.web_log_unique u ORDER BY 1')).toEqual(rows);
    expect(await lake.query('SELECT count(*) FROM web_log_unique, web_log, web_log_unique AS c')).toEqual([
      ['12'],
    ]);
    expect(await lake.query('WITH web_log AS (SELECT 1) SELECT count(*) FROM web_log_unique')).toEqual([
      ['2'],
    ]);
  });

  it('a WITH query of the same name comes first, and views have no versions', async () => {
    expect(await lake.query('WITH web_log_unique AS (SELECT 7 AS n) SELECT n FROM web_log_unique')).toEqual([
      ['7'],
    ]);
    await expect(lake.query('SELECT 1 FROM web_log_unique FOR VERSION AS OF 1')).rejects.toThrow('is a view');
  });

  it.each([
    ['SELECT * FROM', 'queries/views/v.sql: '],
    ["SELECT * FROM read_text('x')", 'queries/views/v.sql: the table function read_text'],
  ])('a view that is %s stops the start with file and reason', async (select, reason) => {
    const views = [{ file: 'v.sql', name: 'v', purpose: '', select }];
    await expect(openIcebergLake(`${home}/other`, { views })).rejects.toThrow(reason);
  });

  it('a file says CREATE OR REPLACE VIEW with its own name', () => {
    const header = '-- name: v\n-- purpose: p\n';
    expect(parseView('v.sql', `${header}create or replace view v as\nSELECT 1;\n`).select).toBe('SELECT 1');
    expect(() => parseView('v.sql', `${header}CREATE VIEW v AS SELECT 1`)).toThrow(
      'queries/views/v.sql: expected CREATE OR REPLACE VIEW v AS SELECT …',
    );
  });
});
