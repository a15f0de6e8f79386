import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { TrinoSQL } from 'dt-sql-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executionParameters, parseNamedQuery, parseView } from '../../lake/queries.ts';
import { root } from '../docs/markdown.ts';
import type { TestLake } from '../sql/lake.ts';
import { openReportLake, storyFolder } from './lake.ts';

/** The story of the NDJSON files is asked about at noon of 20 May 2024, a Monday. */
const now = Date.parse('2024-05-20T12:00:00Z');

const readQuery = (folder: string, file: string) =>
  parseNamedQuery(file, readFileSync(path.join(root, folder, file), 'utf8'));
const sqlFiles = (folder: string) =>
  readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.sql'));

const golden = path.join(storyFolder, 'golden');
/** `<report>.csv`, or `<report>--<what differs>.csv`: parameters in the first line, then a header and rows. */
const cases = readdirSync(golden).filter((file) => file.endsWith('.csv'));
const reportOf = (file: string) => path.basename(file, '.csv').split('--')[0]!;

let lake: TestLake;
beforeAll(async () => {
  lake = await openReportLake(['clickstream', 'ecommerce_event', 'app_event']);
});
afterAll(() => lake.close());

describe('the reports', () => {
  it.each(cases)('%s', async (file) => {
    const [first = '', ...expected] = readFileSync(path.join(golden, file), 'utf8').split('\n');
    const given = new Map(
      [...first.matchAll(/(\w+)='([^']*)'/g)].map(([, name, value]) => [name!, value!] as const),
    );
    const report = readQuery('queries/reports', `${reportOf(file)}.sql`);
    const { columns, rows } = await ask(report.sql, executionParameters(report, given, now));
    expect([columns, ...rows].map(csvLine)).toEqual(expected.filter((line) => line !== ''));
  });

  it('each have expected rows', () => {
    const shop = ['popular-products', 'shop-funnel'];
    const reports = sqlFiles('queries/reports').map((file) => path.basename(file, '.sql'));
    const without = reports.filter((name) => !cases.some((file) => reportOf(file) === name));
    // These two are with the other queries on the shop, in test/sql/shipped-queries.test.ts.
    expect(without).toEqual(shop);
  });

  it.each([
    ['who did what, each event once', /^copies AS \([\s\S]+?^events AS \([\s\S]+?^\)/m, 14],
    ['sessions', /^pauses AS \([\s\S]+?^visits AS \([\s\S]+?^\)/m, 4],
  ])('tell %s in the same words, wherever they do', (_, part, times) => {
    const words = sqlFiles('queries/reports').flatMap((file) => {
      const { sql } = readQuery('queries/reports', file);
      const text = part.exec(sql.replace('WITH copies', 'copies'))?.[0];
      // Those on other tables, over all times, or over minutes are different questions.
      return text?.includes("? * INTERVAL '1' DAY") || text?.includes('session_id') ? [text] : [];
    });
    const clickstream = words.filter((text) => !text.includes('ecommerce_event'));
    expect(clickstream.length).toBeGreaterThanOrEqual(times);
    expect(new Set(clickstream).size).toBe(1);
  });

  it('over a stretch of time leave out files that arrived before it', async () => {
    lake.plans.length = 0;
    const report = readQuery('queries/reports', 'devices.sql');
    await ask(report.sql, executionParameters(report, new Map(), now));
    expect(lake.plans[0]?.predicates.map(({ column, op }) => `${column} ${op}`)).toEqual([
      'timestamp >',
      'timestamp <=',
      'received_at >',
    ]);
  });
});

describe("by a parser of Trino's SQL that is not ours", () => {
  const parser = new TrinoSQL();

  it('what is no SQL is refused, and what only DuckDB has', () => {
    expect(parser.validate('SELECT FROM WHERE')).not.toEqual([]);
    expect(parser.validate('SELECT a FROM t QUALIFY row_number() OVER () = 1')).not.toEqual([]);
    expect(parser.validate('SELECT a::int FROM t')).not.toEqual([]);
  });

  it.each(['queries', 'queries/reports'])('every file of %s is a statement', (folder) => {
    for (const file of sqlFiles(folder)) {
      const errors = parser.validate(readQuery(folder, file).sql);
      expect(errors.map(({ startLine, message }) => `${file}:${startLine}: ${message}`)).toEqual([]);
    }
  });

  it.each(sqlFiles('queries/views'))('%s is a view', (file) => {
    const text = readFileSync(path.join(root, 'queries/views', file), 'utf8');
    expect(parseView(file, text).select).toMatch(/^\s*SELECT/);
    expect(parser.validate(text)).toEqual([]);
  });
});

async function ask(sql: string, parameters: string[]) {
  const id = lake.engine.start({ sql, parameters, database: 'firn', workGroup: 'primary', role: 'analyst' });
  await lake.engine.finished(id);
  const { error, columns } = lake.engine.execution(id)!;
  if (error !== undefined) throw error;
  const { rows } = await lake.engine.results(id, 0, 1000);
  return { columns: columns.map(({ name }) => name), rows };
}

function csvLine(cells: readonly (string | null)[]): string {
  return cells
    .map((cell) => (cell === null ? '' : /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
}
