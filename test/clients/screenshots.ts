/**
 * `npm run screenshots [-- <name> …]`: pictures of the page's views for docs/, from generated data. The seed is
 * fixed; since the events reach up to now, figures differ a little from day to day.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseSettings } from '../../lake/settings.ts';
import { buildPages } from '../../local/pages/build.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { launchBrowser, type Page } from './browser.ts';
import install, { root } from './install.ts';

/** Views by the name of their picture: where it is, what must be seen before the picture is taken. */
interface View {
  name: string;
  place: string;
  ready: string;
  role?: 'engineer';
  before?: (page: Page) => Promise<void>;
  /** What stands in the picture while it is taken. */
  meanwhile?: () => Promise<void>;
  scheme?: 'dark';
  size?: { width: number; height: number };
}

const sample = [
  '{"order_id": "o-1", "email": "ada@example.com", "placed_at": "2026-01-15T09:30:00Z", "total": 19.9, "items": 2}',
  '{"order_id": "o-2", "email": "grace@example.com", "placed_at": "2026-01-15T09:31:00Z", "total": 5.5, "items": 1, "coupon": "WINTER"}',
  '{"order_id": "o-3", "email": "alan@example.com", "placed_at": "soon", "total": 12, "items": 3}',
].join('\n');
const sql =
  'SELECT channel, count(*) AS events, count(DISTINCT coalesce(user_id, anonymous_id)) AS people\nFROM clickstream\nWHERE NOT is_bot\nGROUP BY channel\nORDER BY events DESC';

const views: View[] = [
  {
    name: 'live',
    place: 'live',
    ready: '.detail .card',
    role: 'engineer',
    size: { width: 1180, height: 640 },
    before: async (page) => {
      await page.waitForSelector('text=listening');
      await generate('--table', 'web_log', '--max-count', '60', '--rate', '60', '--invalid', '10');
      await page.click('.events tr.rejected button');
    },
  },
  { name: 'flow', place: 'flow', ready: '.sums.good', meanwhile: () => flowing() },
  { name: 'reports', place: 'reports/active-users-by-day', ready: '.report details' },
  { name: 'retention', place: 'reports/retention-by-week', ready: '.report details' },
  { name: 'paths', place: 'reports/paths-after-event?action=/', ready: '.report details' },
  {
    name: 'query',
    place: 'query',
    ready: '.result tbody tr',
    before: async (page) => {
      await page.waitForSelector('.cm-content');
      await page.fill('.cm-content', sql);
      await page.keyboard.press('Control+Enter');
    },
  },
  {
    name: 'tables',
    place: 'tables/clickstream',
    ready: '.facts',
    role: 'engineer',
    size: { width: 1180, height: 700 },
  },
  {
    name: 'build',
    place: 'build',
    ready: 'text=would be rejected',
    role: 'engineer',
    before: async (page) => {
      await page.fill('textarea', sample);
      await page.click('text=Propose a contract');
    },
  },
  {
    name: 'health',
    place: 'health',
    ready: 'text=bufferMs',
  },
  {
    name: 'dark-phone',
    place: 'reports/active-users-by-day',
    ready: '.report details',
    scheme: 'dark',
    size: { width: 390, height: 800 },
  },
];

let runtime: Runtime;

/** Runs the generator, as anybody would. */
async function generate(...args: string[]): Promise<void> {
  const fixed = ['--seed', '7', '--api-url', `${runtime.url}/v1`];
  const child = spawn('node', ['--import', 'tsx', 'scripts/gen.ts', ...fixed, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`npm run gen -- ${args.join(' ')} ended with ${code}`);
}

/** Waits until all that was sent is in the tables. */
async function settled(): Promise<void> {
  for (;;) {
    const status = (await (await fetch(`${runtime.url}/api/status`)).json()) as { inFlight: number };
    if (status.inFlight === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Half a minute of events, so that rates and lines have something to show. */
function flowing(): Promise<void> {
  return generate('--table', 'web_log', '--max-count', '3000', '--rate', '120', '--invalid', '2');
}

async function picture(
  browser: Awaited<ReturnType<typeof launchBrowser>>,
  { name, place, ready, role = undefined, before, meanwhile, scheme = undefined, size }: View,
): Promise<void> {
  const context = await browser.newContext({
    viewport: size ?? { width: 1280, height: 800 },
    colorScheme: scheme ?? 'light',
  });
  const page = await context.newPage();
  await page.goto(`${runtime.url}/`);
  await page.evaluate(`sessionStorage.setItem('role', '${role ?? 'analyst'}')`);
  await page.goto(`${runtime.url}/?again#/${place}`);
  await page.waitForSelector('h1');
  await before?.(page);
  await page.waitForSelector(ready);
  await meanwhile?.();
  await page.waitForTimeout(500);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  console.log(`docs/page/${name}.png`);
}

const folder = path.join(root, 'docs/page');
mkdirSync(folder, { recursive: true });
install();
const problem = await buildPages();
if (problem !== undefined) throw new Error(problem);
const home = 'dist/screenshots';
rmSync(home, { recursive: true, force: true });
runtime = await startRuntime({
  home,
  settings: parseSettings({ port: 0, bufferMs: 500, bufferIdleMs: 100 }),
  writeKey: 'local',
  note: () => {},
  onFault: (fault) => {
    throw fault;
  },
});
const browser = await launchBrowser();
try {
  await generate('--table', 'clickstream', '--max-count', '20000', '--days', '28');
  await generate('--table', 'web_log', '--max-count', '5000', '--invalid', '1');
  await settled();
  const wanted = process.argv.slice(2);
  for (const view of views)
    if (wanted.length === 0 || wanted.includes(view.name)) await picture(browser, view);
} finally {
  await browser.close();
  await runtime.stop();
  rmSync(home, { recursive: true });
}
