/** Every view by the keyboard alone: all that can be done is reached, what has the focus is seen, and it is never lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Runtime } from '../../local/runtime.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { type Browser, launchBrowser, type Page } from './browser.ts';
import { startWithPage } from './lakehouse.ts';

const home = makeTemporaryFolder();
let runtime: Runtime;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  runtime = await startWithPage(home.path);
  await put(Array.from({ length: 40 }, (_, i) => visit(`e${i}`)));
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
});
afterAll(async () => {
  await browser?.close();
  await runtime?.stop();
  home.remove();
});

const visit = (id: string): object => ({
  event_id: id,
  user_id: 'ada',
  session_id: 's',
  event: 'view',
  ip: '203.0.113.9',
  hostname: 'shop.example',
  uri: '/',
  timestamp: new Date().toISOString(),
});

async function put(events: readonly object[]): Promise<void> {
  const answer = await fetch(`${runtime.url}/v1/streams/firn-events/records?wait=committed`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ records: events.map((data, i) => ({ data, 'partition-key': String(i) })) }),
  });
  expect(answer.status).toBe(200);
}

async function show(view: string): Promise<void> {
  await page.goto(`${runtime.url}/`);
  await page.evaluate("sessionStorage.setItem('role', 'engineer')");
  await page.goto(`${runtime.url}/?${Math.random()}#/${view}`);
  await page.waitForSelector('h1');
}

const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** What has the focus, as somebody hears it named. */
const focused = (): Promise<string> =>
  page.evaluate(`(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return '';
    const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent;
    return at.tagName.toLowerCase() + ' ' + label.replace(/\\s+/g, ' ').trim();
  })()`);

/** Presses Tab until that has the focus. */
async function tabTo(what: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 150; i++) {
    await press('Tab');
    const now = await focused();
    if (what.test(now)) return;
    passed.push(now);
  }
  throw new Error(`Tab does not come to ${what}; it passed\n${passed.join('\n')}`);
}

const views = [
  'live',
  'flow',
  'reports',
  'reports/top-pages',
  'query',
  'tables',
  'tables/web_log',
  'tables/web_log/rows',
  'tables/web_log/snapshots',
  'tables/web_log/files',
  'tables/web_log/partitions',
  'tables/web_log/upkeep',
  'build',
  'health',
  'trace/e1',
];

/** Whether what has the focus is on the screen, and marked. */
const isSeen = `(() => {
  const at = document.activeElement;
  const style = getComputedStyle(at.closest('.cm-editor') ?? at);
  const { bottom, right, top, left, width } = at.getBoundingClientRect();
  const inSight = width > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
  return inSight && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
})()`;

test.each(views)(
  'Tab walks through all of %s, in the order of the page, and what it comes to is seen',
  async (view) => {
    await show(view);
    await page.waitForTimeout(1000);
    const reachable = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"], .cm-content')]
    .filter((one) => !one.disabled && one.checkVisibility())`;
    await page.evaluate(`window.wanted = ${reachable}; document.activeElement.blur()`);
    const total = await page.evaluate<number>('wanted.length');
    const passed: number[] = [];
    // A date has several stops.
    for (let i = 0; i < 2 * total && passed.at(-1) !== total - 1; i++) {
      await press('Tab');
      const at = await page.evaluate<number>('wanted.indexOf(document.activeElement)');
      if (at === passed.at(-1)) continue;
      passed.push(at);
      const message = `${view}: ${await focused()} has the focus, and it is not seen`;
      // The editor marks itself a moment later.
      await expect.poll(() => page.evaluate(isSeen), { message }).toBe(true);
    }
    expect(passed).toEqual(Array.from({ length: total }, (_, i) => i));
  },
);

test('the first Tab offers a way past the links, into the content', async () => {
  await show('tables/web_log');
  await press('Tab');
  await expect.poll(focused).toBe('button Skip to the content');
  await press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await press('Tab');
  await expect.poll(focused).toBe('a Tables');
});

test('views are changed by Enter; the role by arrow keys; the focus stays where it was', async () => {
  await show('live');
  await tabTo(/^a Flow$/);
  await press('Enter');
  await page.waitForSelector('.sums.good');
  await expect.poll(focused).toBe('a Flow');
  await tabTo(/^select as/);
  await press('ArrowUp');
  await page.waitForSelector('.sums.good');
  expect(await page.evaluate("sessionStorage.getItem('role')")).toBe('analyst');
  await expect.poll(focused).toMatch(/^select as/);
});

test('an event is chosen by Enter and left by Escape; the list waits meanwhile, and goes on afterwards', async () => {
  await show('live');
  await page.waitForSelector('text=listening');
  await put([visit('k1'), visit('k2'), visit('k3')]);
  await page.waitForSelector('.events tbody tr:nth-child(3)');
  await tabTo(/^button Show the event/);
  await press('Tab');
  const chosen = await focused();
  await put([visit('k4')]);
  await page.waitForSelector('text=1 newer');
  await expect.poll(focused).toBe(chosen);
  await press('Enter');
  await page.waitForURL(/event=k/);
  await page.waitForSelector('.detail .card');
  await expect.poll(focused).toBe('aside The chosen event');
  await press('Tab');
  await expect.poll(focused).toBe('button Close');
  await press('Escape');
  await page.waitForSelector('.detail', { state: 'detached' });
  await expect.poll(focused).toBe(chosen);
  await press('Enter');
  await page.waitForSelector('.detail:focus');
  await tabTo(/^button Close$/);
  await press('Enter');
  await expect.poll(focused).toBe(chosen);
});

test('a link to an event shows it where it came before; the way back closes it', async () => {
  await show('live');
  await page.evaluate("location.hash = '#/live?event=e7'");
  await page.waitForSelector('text=In the log');
  expect(await page.textContent('.detail h2')).toBe('Event e7');
  await page.evaluate('history.back()');
  await page.waitForSelector('.detail', { state: 'detached' });
});

test('a link that goes with what was shown leaves the focus in what comes', async () => {
  await show('live?event=e7');
  await page.waitForSelector('text=In the log');
  await tabTo(/^a rejected$|^a web_log$/);
  await press('Enter');
  await page.waitForSelector('.facts');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
});

test('Tab leaves the editor, Escape closes its list of names, Ctrl+Enter runs, and the address keeps what was run', async () => {
  await show('query');
  await page.waitForSelector('.cm-content');
  await tabTo(/^div SQL$/);
  await press('Control+a');
  await page.keyboard.type('SELECT count(*) AS n FROM web_');
  await page.waitForSelector('.cm-tooltip-autocomplete');
  await press('Escape');
  await page.waitForSelector('.cm-tooltip-autocomplete', { state: 'detached' });
  await page.keyboard.type('log');
  await press('Escape', 'Control+Enter');
  await page.waitForSelector('.result tbody tr');
  await expect.poll(focused).toBe('div SQL');
  await press('Tab');
  await expect.poll(focused).toBe('button Run');
  await press('Enter');
  await page.waitForSelector('.result tbody tr');
  await expect.poll(focused).toBe('button Run');
  await press('Shift+Tab');
  await expect.poll(focused).toBe('div SQL');
  const link = page.url();
  await show('flow');
  await page.goto(link);
  await page.waitForSelector('.cm-content');
  await expect.poll(() => page.textContent('.cm-content')).toBe('SELECT count(*) AS n FROM web_log');
});

test('arrow keys walk through the queries that ship', async () => {
  await show('query');
  await page.waitForSelector('.cm-content');
  await tabTo(/^select Shipped/);
  await press('ArrowDown');
  const first = await page.evaluate<string>('document.activeElement.value');
  await page.waitForSelector(`text=-- name: ${first}`);
  await press('ArrowDown');
  const second = await page.evaluate<string>('document.activeElement.value');
  await page.waitForSelector(`text=-- name: ${second}`);
  expect(second).not.toBe(first);
});

test('a report is chosen, its days changed and its SQL shown, and the way back undoes each', async () => {
  await show('reports');
  await tabTo(/^a Active users by day$/);
  await press('Enter');
  await page.waitForSelector('.report details');
  await tabTo(/^a 7 days$/);
  await press('Enter');
  await page.waitForURL(/days=7/);
  await page.waitForSelector('.report input[name=days]');
  await expect.poll(() => page.evaluate('document.querySelector("input[name=days]").value')).toBe('7');
  await tabTo(/^button Show SQL$/);
  await press('Enter');
  await page.waitForSelector('text=-- name: active-users-by-day');
  await expect.poll(focused).toBe('button Hide SQL');
  await page.evaluate('history.back()');
  await expect.poll(() => page.evaluate('document.querySelector("input[name=days]").value')).toBe('');
  await page.evaluate('history.back()');
  await page.waitForSelector('.chapters');
});

test('a contract is built without a pointer', async () => {
  await show('build');
  await tabTo(/^input For the table/);
  await press('Control+a');
  await page.keyboard.type('visits');
  await tabTo(/^textarea/);
  await tabTo(/^button Propose a contract$/);
  await press('Enter');
  await page.waitForSelector('text=2 would be rows');
  await expect.poll(focused).toBe('button Propose a contract');
  expect(page.url()).toContain('table=visits');
  await tabTo(/^button Try the sample again$/);
});
