/**
 * The sample shop in a real browser: analytics.js 2 and AWS's web SDK tell what a visitor does. What the browser
 * sent, and nothing else, must be in the tables, each event once in the reports.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { startTestRuntime } from '../helpers/runtime.ts';
import { ask, askUntil } from './ask.ts';
import { launchBrowser, type Page } from './browser.ts';
import { root } from './install.ts';
import { type Carried, networkTo } from './network.ts';

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

async function openPage(): Promise<Page> {
  // For the whole process: what is sent as a page closes knows nothing of a page's own settings.
  const browser = await launchBrowser([`--user-agent=${userAgent}`]);
  onTestFinished(() => browser.close());
  return (await browser.newContext({ locale: 'en-GB' })).newPage();
}

async function openShop(firn: string): Promise<string> {
  const shop = spawn(process.execPath, [path.join(root, 'examples/site/serve.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', FIRN_URL: firn, FIRN_WRITE_KEY: 'local' },
  });
  onTestFinished(() => void shop.kill());
  const { value } = await createInterface(shop.stdout)[Symbol.asyncIterator]().next();
  return /http:\/\/[\d.:]+/.exec(String(value))![0];
}

type Told = Record<string, unknown>;

/** An event as the browser sent it. A library that sends one again may know the user by then. */
interface Attempt {
  id: string;
  message: Told;
}

/** What the browser sent; Playwright's own list lacks what is sent as a page closes. By id: the first attempt. */
function eventsIn(carried: readonly Carried[]): {
  attempts: Attempt[];
  segment: Map<string, Told>;
  aws: Map<string, Told>;
} {
  const attempts: Attempt[] = [];
  const segment = new Map<string, Told>();
  const aws = new Map<string, Told>();
  for (const { method, path: address, body } of carried) {
    if (method !== 'POST') continue;
    const isAws = new URL(address, 'http://firn').pathname === '/collect';
    for (const message of isAws ? (JSON.parse(body) as Told[]) : [JSON.parse(body) as Told]) {
      const id = String(isAws ? message.event_id : message.messageId);
      attempts.push({ id, message });
      const known = isAws ? aws : segment;
      if (!known.has(id)) known.set(id, message);
    }
  }
  return { attempts, segment, aws };
}

test('a visit to the shop, with the network cut in the middle, is in the tables exactly', async () => {
  const runtime = await startTestRuntime();
  const network = await networkTo(runtime.url);
  const shop = await openShop(network.url);
  const page = await openPage();

  /** Waits until that many of Segment's messages of a name have been sent. */
  const sent = async (what: string, times = 1) => {
    const count = () =>
      [...eventsIn(network.carried).segment.values()].filter(
        ({ type, event, name }) => (event ?? name ?? type) === what,
      ).length;
    await expect.poll(count, { timeout: 60_000, interval: 50 }).toBe(times);
  };

  await page.goto(`${shop}/?utm_source=newsletter&utm_medium=email&utm_campaign=may`);
  await sent('Shoe shop');
  await page.click('text=Red shoes');
  await page.waitForURL(/product/);
  await sent('Product Viewed');
  await page.click('#add');
  await sent('Product Added');
  network.cut();
  await page.click('#add');
  await page.click('#add');
  await page.waitForTimeout(1500);
  await sent('Product Added');
  network.restore();
  await sent('Product Added', 3);
  await page.click('text=Cart');
  await page.waitForURL(/cart/);
  await sent('Cart');
  await page.fill('#email', 'ada@example.com');
  await page.click('#login button');
  await sent('identify');
  await page.click('#buy');
  await page.waitForURL(/thanks/);
  await sent('Thanks');
  await page.waitForTimeout(3000);

  const told = eventsIn(network.carried);
  const wanted = [...told.segment.keys(), ...told.aws.keys()].sort();
  const rows = await askUntil(
    runtime.url,
    'SELECT * FROM clickstream',
    (found) => new Set(found.map(({ event_id }) => event_id)).size >= wanted.length,
  );
  expect([...new Set(rows.map(({ event_id }) => event_id))].sort()).toEqual(wanted);
  expect(await ask(runtime.url, 'SELECT * FROM rejected')).toEqual([]);

  const story = [...told.segment.values()].map(({ type, event, name }) => [type, event ?? name ?? null]);
  expect(story.map(([type, what]) => `${type}: ${what}`).sort()).toEqual(
    [
      'identify: null',
      'page: Cart',
      'page: Product',
      'page: Shoe shop',
      'page: Thanks',
      'track: Order Completed',
      'track: Product Added',
      'track: Product Added',
      'track: Product Added',
      'track: Product Viewed',
    ].sort(),
  );
  for (const row of rows) {
    const sendings = told.attempts.filter(({ id }) => id === row.event_id);
    expect(sendings.map(contentOf)).toContainEqual(contentOfRow(row));
  }
  const landing = rows.find(({ type, name }) => type === 'page' && name === 'Shoe shop');
  expect(landing).toMatchObject({ channel: 'email', utm_source: 'newsletter', utm_campaign: 'may' });

  const awsEvents = [...told.aws.values()].map(({ event_type }) => event_type);
  for (const name of [
    '_first_open',
    '_page_view',
    'product_viewed',
    'product_added',
    'order_completed',
    '_profile_set',
  ]) {
    expect(awsEvents).toContain(name);
  }
  const sum = (reported: Told[]) => reported.reduce((total, { events }) => total + Number(events), 0);
  expect(sum(await ask(runtime.url, 'top-events'))).toBe(wanted.length);
});

/** What a row must tell of an event, as it was sent. */
function contentOf({ message }: Attempt): Told {
  const aws = message.event_type !== undefined;
  if (aws) return { anonymous_id: message.device_id, properties: message.attributes };
  return {
    type: message.type,
    event: message.event ?? null,
    name: message.name ?? null,
    user_id: message.userId ?? null,
    anonymous_id: message.anonymousId,
    properties: message.properties ?? {},
    traits: message.traits ?? {},
    browser: 'Chrome',
    device_class: 'desktop',
    is_bot: false,
    host: '127.0.0.1',
    ip: '127.0.0.0',
  };
}

function contentOfRow(row: Told): Told {
  const aws = String(row.library).startsWith('aws');
  if (aws) return { anonymous_id: row.anonymous_id, properties: json(row.properties) };
  return {
    type: row.type,
    event: row.event,
    name: row.name,
    user_id: row.user_id,
    anonymous_id: row.anonymous_id,
    properties: json(row.properties) ?? {},
    traits: json(row.traits) ?? {},
    browser: row.browser,
    device_class: row.device_class,
    is_bot: row.is_bot,
    host: row.host,
    ip: row.ip,
  };
}

function json(text: unknown): unknown {
  return text === null ? null : JSON.parse(String(text));
}
