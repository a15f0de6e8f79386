/** What the reports say of little: no events at all, and one visit that lasts over midnight. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executionParameters, parseNamedQuery } from '../../lake/queries.ts';
import { root } from '../docs/markdown.ts';
import type { TestLake } from '../sql/lake.ts';
import { openReportLake, storyFolder } from './lake.ts';

const tables = ['clickstream', 'ecommerce_event', 'app_event'];
const folder = path.join(root, 'queries/reports');
const reports = readdirSync(folder).map((file) => path.basename(file, '.sql'));
const now = Date.parse('2024-05-20T12:00:00Z');

let empty: TestLake;
let midnight: TestLake;
beforeAll(async () => {
  empty = await openReportLake(tables, path.join(storyFolder, 'nothing'));
  midnight = await openReportLake(tables, path.join(storyFolder, 'midnight'));
});
afterAll(async () => {
  await empty.close();
  await midnight.close();
});

function ask(lake: TestLake, name: string): Promise<(string | null)[][]> {
  const report = parseNamedQuery(`${name}.sql`, readFileSync(path.join(folder, `${name}.sql`), 'utf8'));
  const given = new Map(name === 'user-timeline' ? [['user', 'm']] : []);
  return lake.query(report.sql, ...executionParameters(report, given, now));
}

describe('of nothing', () => {
  /** Those that list their steps or minutes whatever happened. */
  const listed: Record<string, number> = { funnel: 3, 'shop-funnel': 3, 'real-time': 30 };

  it.each(reports)('%s says nothing, or zero', async (name) => {
    const rows = await ask(empty, name);
    expect(rows).toHaveLength(listed[name] ?? 0);
    const zeros = rows.map((row) => row.slice(name === 'real-time' ? 1 : 2));
    for (const row of zeros) expect(new Set(row.map((cell) => cell ?? '0'))).toEqual(new Set(['0']));
  });
});

describe('a visit over midnight, told in UTC', () => {
  it.each<[string, (string | null)[][]]>([
    // It is one visit, of the day on which it began; what happened counts on its own day.
    ['sessions-by-day', [['2024-05-19', '1', '1', '2.0', '1200.0', '0.0']]],
    [
      'active-users-by-day',
      [
        ['2024-05-19', '1', '1', '1'],
        ['2024-05-20', '1', '2', '1'],
      ],
    ],
    // From Sunday to Monday: two weeks.
    [
      'active-users-by-week',
      [
        ['2024-05-13', '1', '1', '1'],
        ['2024-05-20', '1', '2', '1'],
      ],
    ],
    [
      'retention-by-day',
      [
        ['2024-05-19', '0', '1', '100.0'],
        ['2024-05-19', '1', '1', '100.0'],
      ],
    ],
    ['new-users-by-day', [['2024-05-19', '1']]],
    ['orders-by-day', [['2024-05-20', '1', '1', '10.50', '10.5']]],
    ['attribution', [['direct', '1', '1', '1.0', '10.5', '10.5', '10.5']]],
    [
      'entrance-and-exit-pages',
      [
        ['/a', '1', '1', '0', '0'],
        ['/b', '1', '0', '1', '0'],
      ],
    ],
  ])('%s', async (name, rows) => expect(await ask(midnight, name)).toEqual(rows));
});
