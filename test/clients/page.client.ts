/** The page in a real browser, against a running lakehouse: what it shows is what SQL says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import type { Runtime } from '../../local/runtime.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { ask } from './ask.ts';
import { type Browser, launchBrowser, type Page } from './browser.ts';
import { root } from './install.ts';
import { startWithPage } from './lakehouse.ts';

const home = makeTemporaryFolder();
const schemas = makeTemporaryFolder();
let runtime: Runtime;
let browser: Browser;
let page: Page;
/** What the browser complained of: errors of scripts, and what the page's policy refused. */
const complaints: string[] = [];

beforeAll(async () => {
  runtime = await startWithPage(home.path, { schemasFolder: schemas.path });
  const minutes = (ago: number): string => new Date(Date.now() - ago * 60_000).toISOString();
  await put(
    Array.from({ length: 300 }, (_, i) => ({
      ...visit(`e${i}`),
      event: ['visit', 'view', 'cart', 'purchase'][Math.floor(Math.sqrt(i % 16))],
      user_id: `user-${i % 17}`,
      session_id: `session-${i % 29}`,
      uri: `/page-${i % 7}`,
      timestamp: minutes(i % 120),
    })),
  );
  await put([{ ...visit('bad'), timestamp: 'soon' }]);
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.on(
    'console',
    (message) => message.type() === 'error' && complaints.push(`${page.url()} ${message.text()}`),
  );
  page.on('pageerror', ({ message }) => complaints.push(message));
});
afterAll(async () => {
  await browser?.close();
  await runtime?.stop();
  home.remove();
  schemas.remove();
});

const visit = (id: string): Record<string, unknown> => ({
  event_id: id,
  user_id: 'ada',
  session_id: 's',
  event: 'view',
  ip: '203.0.113.9',
  hostname: 'shop.example',
  uri: '/',
  timestamp: new Date().toISOString(),
});

async function put(events: readonly object[], wait = '?wait=committed'): Promise<void> {
  const answer = await fetch(`${runtime.url}/v1/streams/firn-events/records${wait}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ records: events.map((data, i) => ({ data, 'partition-key': String(i) })) }),
  });
  expect(answer.status).toBe(200);
}

/** Shows a view, as whoever follows a link. */
async function show(view: string, role: 'analyst' | 'engineer' = 'analyst'): Promise<void> {
  await page.goto(`${runtime.url}/`);
  await page.evaluate(`sessionStorage.setItem('role', '${role}')`);
  await page.goto(`${runtime.url}/?${Math.random()}#/${view}`);
  await page.waitForSelector('h1');
}

/** Cells of a table, a row each, as the page shows them. */
function cells(selector: string): Promise<string[][]> {
  return page.evaluate(
    `[...document.querySelectorAll('${selector} tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent.trim()))`,
  );
}

/** What axe, Deque's checker of WCAG's rules, finds wrong. */
async function accessibilityFaults(): Promise<string[]> {
  await page.evaluate(await axeSource());
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`,
  );
}

async function axeSource(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path.join(root, 'test/clients/node_modules/axe-core/axe.min.js'), 'utf8');
}

test('an event shows within a second, with its verdict; one that names an element is text', async () => {
  await show('live');
  await page.waitForSelector('text=listening');
  const name = '<img src=x onerror="document.title=1">';
  await put(
    [
      { ...visit('live-1'), event: name },
      { ...visit('live-2'), user_id: 7 },
    ],
    '',
  );
  await page.waitForSelector('.events tbody tr:nth-child(2)', { timeout: 1000 });
  const rows = await cells('.events');
  expect(rows.map(([, table, verdict]) => [table, verdict?.split(' ')[0]])).toEqual([
    ['web_log', 'wrong_type'],
    ['web_log', 'row'],
  ]);
  expect(rows[0]![3]).toBe('user_id: expected a string, got an integer');
  expect(rows[1]![3]).toContain(name);
  expect(await page.evaluate('document.querySelectorAll("main img").length')).toBe(0);
  expect(await page.evaluate('document.body.textContent')).not.toContain('203.0.113.9');
});

test('the engineer sees what came, the wrong field marked, and where the event is', async () => {
  await show('live', 'engineer');
  await page.waitForSelector('text=listening');
  await put([{ ...visit('mark-1'), user_id: 7 }]);
  await page.click('.events tbody tr:nth-child(1) button');
  expect((await page.textContent('.detail mark'))?.trim()).toBe('"user_id": 7,');
  await page.waitForSelector('.detail .card');
  expect(await page.textContent('.detail .card')).toContain('firn/rejected/data/');
  await page.click('text=everything about it');
  await page.waitForSelector('text=In the log');
  expect(await page.textContent('main')).toContain('203.0.113.9');
});

test('filters stand in the address, and a link restores them', async () => {
  await show('live?table=web_log&verdict=rejected&user=ada&text=abc');
  expect(
    await page.evaluate(
      '[...document.querySelectorAll("main search select, main search input")].map(({ value }) => value)',
    ),
  ).toEqual(['web_log', 'rejected', 'ada', 'abc']);
});

test('live events are filtered by user, also those that are no row', async () => {
  await show('live?user=grace', 'engineer');
  await page.waitForSelector('text=listening');
  await put([
    visit('other'),
    { ...visit('g1'), user_id: 'grace' },
    { ...visit('g2'), user_id: 'grace', timestamp: 'soon' },
  ]);
  await page.waitForSelector('.events tbody tr:nth-child(2)');
  expect((await cells('.events')).map(([, , verdict]) => verdict?.split(' ')[0]).sort()).toEqual([
    'bad_timestamp',
    'row',
  ]);
});

test('the sums on the page are the sums of the tables', async () => {
  await show('flow');
  await page.waitForSelector('.sums.good');
  const [rows] = await ask(runtime.url, 'SELECT count(*) AS n FROM web_log');
  const [rejected] = await ask(runtime.url, 'SELECT count(*) AS n FROM rejected');
  const text = (await page.textContent('.sums')) ?? '';
  expect(text.replace(/\s+/g, ' ')).toContain(`${rows!.n} rows + ${rejected!.n} rejected + 0 dropped`);
});

test('a report shows what its query says, and its link restores its parameters', async () => {
  await show('reports/top-pages');
  await page.waitForSelector('.report details');
  await page.click('.report summary');
  const shown = await cells('.report .result');
  const truth = await ask(runtime.url, 'top-pages');
  expect(shown).toEqual(truth.map((row) => Object.values(row).map(String)));
});

test('a report that must know something asks for it first', async () => {
  await show('reports/user-timeline');
  await page.waitForSelector('text=Say user');
  expect(await page.evaluate('document.querySelectorAll(".error").length')).toBe(0);
  await page.fill('input[name=user]', 'nobody');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.report details');
  expect(page.url()).toContain('user=nobody');
});

test('a query is edited, run by the keyboard, and its rows are those of SQL', async () => {
  await show('query');
  await page.waitForSelector('.cm-content');
  const sql = 'SELECT event, count(*) AS n FROM web_log GROUP BY event ORDER BY n DESC, event';
  await page.fill('.cm-content', sql);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.result tbody tr');
  const truth = await ask(runtime.url, sql);
  expect(await cells('.result')).toEqual(truth.map(({ event, n }) => [String(event), String(n)]));
  await page.fill('.cm-content', 'SELECT ip FROM web_log');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.error');
  await page.selectOption('text=History >> select', sql);
  await expect.poll(() => page.textContent('.cm-content')).toBe(sql);
});

test('more rows come a page at a time, and are shown', async () => {
  await show(`query?sql=${encodeURIComponent('SELECT a.event_id FROM web_log a, web_log b LIMIT 2500')}`);
  await expect.poll(() => page.textContent('.cm-content')).toContain('LIMIT 2500');
  await page.click('text=Run');
  for (const shown of [999, 1999]) {
    await page.waitForSelector(`.result tbody tr:nth-child(${shown})`);
    await page.click('text=More rows');
  }
  await page.waitForSelector('.result tbody tr:nth-child(2500)');
  expect(await page.textContent('main')).not.toContain('More rows');
  expect(await page.evaluate('document.activeElement.textContent')).toContain('2,500 rows');
});

test('a query that takes too long is cancelled', async () => {
  await show('query');
  await page.waitForSelector('.cm-content');
  const crossed = 'web_log a, web_log b, web_log c, web_log d, web_log e';
  await page.fill(
    '.cm-content',
    `SELECT count(*) FROM ${crossed} WHERE a.uri || b.uri || c.uri || d.uri <> e.uri`,
  );
  await page.keyboard.press('Control+Enter');
  await page.click('button:has-text("Cancel"):not([aria-disabled=true])');
  await page.waitForSelector('text=Query was cancelled');
});

test('a shipped query opens in the editor with its parameters', async () => {
  await show('query?name=total-events');
  await page.waitForSelector('text=-- name: total-events');
});

test('a table shows columns, files and snapshots; a snapshot shows the rows as they were', async () => {
  await show('tables/web_log');
  await page.waitForSelector('.facts');
  expect(await page.textContent('main')).not.toContain('personal');
  await show('tables/web_log', 'engineer');
  await page.waitForSelector('.badge.pii');
  await page.click('.tabs a:nth-child(3)');
  await page.waitForSelector('td a');
  const snapshots = await cells('main table');
  const [id] = snapshots.at(-1)!;
  await page.click(`text=${id}`);
  await page.waitForSelector('.result tbody tr');
  const [truth] = await ask(runtime.url, `SELECT count(*) AS n FROM web_log FOR VERSION AS OF ${id}`);
  expect((await cells('.result')).length).toBe(Math.min(100, Number(truth!.n)));
});

test('sample events propose a contract, and say what would be rejected under it', async () => {
  await show('build', 'engineer');
  await page.fill('textarea', '{"id":"a","n":1}\n{"id":"b","n":"two"}\n{"id":"c","n":3}');
  await page.click('text=Propose a contract');
  await page.waitForSelector('text=2 would be rows, 1 would be rejected');
  await page.click('text=Try what the last day rejected');
  await page.waitForSelector('text=What the last day rejected');
  await page.click('text=Save as schemas/orders.avsc');
  await page.waitForSelector('text=Next: npm run schemas');
  const saved = readFileSync(path.join(schemas.path, 'orders.avsc'), 'utf8');
  expect(parseContract(JSON.parse(saved), 'orders.avsc').fields.map(({ name }) => name)).toContain('n');
});

test('what events hold is text in every view, whatever it looks like', async () => {
  const nasty = `"><img src=x onerror="document.title='broken'"><script>document.title='broken'</script>`;
  await put([
    { ...visit(nasty), event: nasty, user_id: nasty, uri: `javascript:document.title='broken'//${nasty}` },
    { ...visit('nasty-1'), $table: nasty },
    { ...visit('nasty-2'), timestamp: nasty },
  ]);
  const views = [
    ['reports/top-pages', '.report details'],
    ['reports/latest-events', '.report details'],
    ['tables/web_log/rows', '.result tbody tr'],
    ['tables/rejected/rows', '.result tbody tr'],
    [`trace/${encodeURIComponent(nasty)}`, 'text=In the log'],
    [`live?text=${encodeURIComponent(nasty)}`, '.state'],
    [`reports/${encodeURIComponent(nasty)}`, '.empty'],
    [`tables/${encodeURIComponent(nasty)}`, 'h1'],
  ] as const;
  for (const [view, ready] of views) {
    await show(view, 'engineer');
    await page.waitForSelector(ready);
    expect(await page.evaluate('document.title'), view).toMatch(/ · Firn$/);
    const strange = 'document.querySelectorAll("main img, main script, main a[href^=javascript]").length';
    expect(await page.evaluate(strange), view).toBe(0);
  }
  await show('query', 'engineer');
  await page.waitForSelector('.cm-content');
  await page.fill(
    '.cm-content',
    `SELECT '${nasty.replaceAll("'", "''")}' AS "${nasty.replaceAll('"', '""')}"`,
  );
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.result tbody tr, .error');
  expect(await page.evaluate('document.title')).toBe('Query · Firn');
});

test('the search above finds an event by its id', async () => {
  await show('flow', 'engineer');
  await page.fill('header input[type=search]', 'bad');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=In the log');
  expect(await page.textContent('main')).toContain('bad_timestamp');
});

test('a report takes a time from a picker, and its link keeps it', async () => {
  await show('reports/active-users-by-day');
  await page.fill('input[type=datetime-local]', '2026-01-31T12:00');
  await page.click('text=Show >> nth=0');
  await page.waitForURL(/end=2026-01-31T12%3A00/);
  await page.reload();
  await page.waitForSelector('.report details');
  const value = await page.evaluate('document.querySelector("input[type=datetime-local]").value');
  expect(value).toBe('2026-01-31T12:00');
});

test('the page opens within a second', async () => {
  await page.goto(`${runtime.url}/?${Math.random()}`);
  await page.waitForSelector('h1');
  // Since the navigation began.
  expect(await page.evaluate('performance.now()')).toBeLessThan(1000);
});

test('a view that fails leaves the way to the others', async () => {
  await show('health');
  await page.evaluate(`window.fetch = ((real) => (place, ...more) =>
    String(place).endsWith('/api/status') ? Promise.resolve(new Response('{}')) : real(place, ...more))(fetch)`);
  await page.waitForSelector('text=This view failed');
  await page.click('nav >> text=Tables');
  await page.waitForSelector('.overview');
  complaints.length = 0;
});

test('health shows alarms and settings', async () => {
  await show('health');
  await page.waitForSelector('text=bufferMs');
  expect((await cells('main table.alarms')).map(([, state]) => state)).not.toContain('alarm');
});

test.each([
  'live',
  'live?event=e1',
  'flow',
  'reports',
  'reports/top-pages',
  'query',
  'tables',
  'tables/web_log',
  'tables/web_log/snapshots',
  'build',
  'health',
  'trace/e1',
])('axe finds nothing wrong with %s, in light and in dark, on a phone too', async (view) => {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 800 } });
    page = await context.newPage();
    await show(view, 'engineer');
    await page.waitForTimeout(700);
    expect(await accessibilityFaults(), `${view}, ${colorScheme}`).toEqual([]);
    const tooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(tooWide, `${view} is wider than a phone`).toBe(false);
  }
});

test('the browser complained of nothing but refused queries', () => {
  // While text is typed into the editor, Chromium itself puts a style on the line; the policy refuses it, harmlessly.
  const ofTheEditor = /#\/query\S* Applying inline style violates/;
  const expected = (text: string): boolean => text.includes('status of 400') || ofTheEditor.test(text);
  expect(complaints.filter((text) => !expected(text))).toEqual([]);
});
