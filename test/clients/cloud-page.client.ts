/**
 * The page as it is deployed, in a real browser: its files and headers as CloudFront gives them, its function as
 * Lambda runs it, an issuer that holds to PKCE; Athena is a running lakehouse, asked as analyst.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerPage, athenaOf, readQueries } from '../../functions/page.ts';
import { analystWorkGroup } from '../../lake/grants.ts';
import { aboutPath, type CloudAbout, pageRoutes } from '../../lake/page/routes.ts';
import { contentSecurityPolicy, contentTypes } from '../../lake/page/security.ts';
import { localDatabase } from '../../lake/settings.ts';
import { builtPages } from '../../local/pages/build.ts';
import type { Runtime } from '../../local/runtime.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { ask } from './ask.ts';
import { type Browser, launchBrowser, type Page } from './browser.ts';
import { root } from './install.ts';
import { startWithPage } from './lakehouse.ts';

const home = makeTemporaryFolder();
const complaints: string[] = [];
const opened: Server[] = [];
let runtime: Runtime;
let browser: Browser;
let page: Page;
let site: string;
/** Tokens that the issuer gave, and the requests of the page's API without one. */
const tokens = new Set<string>();
const asked: string[] = [];

beforeAll(async () => {
  runtime = await startWithPage(home.path);
  await put(
    ['view', 'cart', '<img src=x onerror="document.title=1">'].map((event, i) => ({
      event_id: `e${i}`,
      user_id: 'ada',
      session_id: 's',
      event,
      ip: '203.0.113.9',
      hostname: 'shop.example',
      uri: '/',
      timestamp: new Date().toISOString(),
    })),
  );
  const issuer = await serve(answerIssuer);
  site = await serve(answerSite(issuer));
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
});
afterAll(async () => {
  await browser?.close();
  for (const server of opened) server.close();
  await runtime?.stop();
  home.remove();
});

async function put(events: readonly object[]): Promise<void> {
  const answer = await fetch(`${runtime.url}/v1/streams/firn-events/records?wait=committed`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ records: events.map((data) => ({ data, 'partition-key': 'k' })) }),
  });
  expect(answer.status).toBe(200);
}

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => unknown;

async function serve(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void answer(request, Buffer.concat(chunks).toString(), response));
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the codes were asked for with, until they are traded (RFC 7636, 4.4). */
const codes = new Map<string, { challenge: string; redirect: string }>();

const answerIssuer: Answer = ({ url = '', headers }, body, response) => {
  const { pathname, searchParams } = new URL(url, 'http://issuer');
  if (pathname === '/authorize') {
    const code = randomUUID();
    const redirect = searchParams.get('redirect_uri')!;
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    codes.set(code, { challenge: searchParams.get('code_challenge')!, redirect });
    const back = new URL(redirect);
    back.searchParams.set('code', code);
    back.searchParams.set('state', searchParams.get('state')!);
    return response.writeHead(302, { location: back.href }).end();
  }
  const form = new URLSearchParams(body);
  const known = codes.get(form.get('code') ?? '');
  codes.delete(form.get('code') ?? '');
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const right = known?.challenge === challenge && known.redirect === form.get('redirect_uri');
  response.writeHead(right ? 200 : 400, {
    'content-type': 'application/json',
    'access-control-allow-origin': headers.origin ?? '',
  });
  if (!right) return response.end('{"error":"invalid_grant"}');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const token = `${part({ alg: 'none' })}.${part({ sub: randomUUID(), exp })}.x`;
  tokens.add(token);
  return response.end(JSON.stringify({ id_token: token }));
};

/** CloudFront's two origins: the files, and the API with its authorizer. */
function answerSite(issuer: string): Answer {
  const queries = readQueries(path.join(root, 'queries'));
  const client = new AthenaClient({
    endpoint: runtime.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
  });
  const own = { database: localDatabase, workgroup: analystWorkGroup, cacheMinutes: 5 };
  const athena = athenaOf(client, own);
  const about: CloudAbout = {
    version: '0',
    stream: 's',
    database: 'd',
    cloud: {
      stage: 'dev',
      liveSeconds: 10,
      cacheMinutes: 5,
      signIn: { authorizeUrl: `${issuer}/authorize`, tokenUrl: `${issuer}/token`, clientId: 'page' },
    },
  };
  const security = { 'content-security-policy': contentSecurityPolicy({ connect: [issuer] }) };
  return async ({ method = '', url = '', headers }, body, response) => {
    const { pathname, searchParams } = new URL(url, 'http://site');
    if (pathname === `/${aboutPath}`) return response.writeHead(200, security).end(JSON.stringify(about));
    if (!pathname.startsWith('/api/')) {
      const name = pathname === '/' ? '/index.html' : pathname;
      const file = path.join(builtPages, name);
      if (!existsSync(file)) return response.writeHead(403, security).end();
      const type = contentTypes[path.extname(name)]!;
      return response.writeHead(200, { ...security, 'content-type': type }).end(readFileSync(file));
    }
    asked.push(`${method} ${pathname}`);
    if (!tokens.has((headers.authorization ?? '').replace('Bearer ', ''))) {
      return response.writeHead(401, security).end('{"message":"Unauthorized"}');
    }
    const route = routeOf(method, pathname);
    if (route === undefined) return response.writeHead(404, security).end('{"message":"Not Found"}');
    const answer = await answerPage(
      { ...route, queryStringParameters: Object.fromEntries(searchParams), body, requestContext: {} },
      athena,
      queries,
      { cacheMinutes: 5, liveSeconds: 10, claim: '' },
      Date.now(),
    );
    return response.writeHead(answer.statusCode, { ...answer.headers, ...security }).end(answer.body);
  };
}

function routeOf(method: string, pathname: string) {
  for (const routeKey of Object.values(pageRoutes)) {
    const [verb, template = ''] = routeKey.split(' ');
    const pattern = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const found = verb === method ? pattern.exec(pathname) : null;
    if (found) return { routeKey, pathParameters: found.groups ?? {} };
  }
  return undefined;
}

test('nothing is shown to who is not signed in; a link is shown after it', async () => {
  await page.goto(`${site}/#/reports/total-events`);
  await page.waitForSelector('.sign-in button');
  expect(asked).toEqual([]);
  expect(await accessibilityFaults()).toEqual([]);
  await page.click('.sign-in button');
  await page.waitForSelector('article h2');
  expect(page.url()).toBe(`${site}/#/reports/total-events`);
  expect(await page.textContent('article h2')).toBe('Total events');
});

/** What axe, Deque's checker of WCAG's rules, finds wrong. */
async function accessibilityFaults(): Promise<string[]> {
  await page.evaluate(readFileSync(path.join(root, 'test/clients/node_modules/axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 120)))`,
  );
}

test('a report shows what SQL says, and has no way to other SQL', async () => {
  await page.waitForSelector('.result td');
  const [row] = await ask(runtime.url, 'SELECT count(DISTINCT event_id) AS n FROM web_log');
  expect((await page.textContent('.result td'))?.trim()).toBe(String(row!.n));
  expect(await page.textContent('main')).not.toContain('Open in query');
  expect(await page.textContent('nav')).toBe('LiveReports');
  const free = `fetch('/api/athena/StartQueryExecution', { method: 'POST', body: '{}',
    headers: { authorization: 'Bearer ' + sessionStorage.getItem('id-token') } }).then(({ status }) => status)`;
  expect(await page.evaluate(free)).toBe(404);
});

test('the newest rows are shown, without personal data, and an event that names an element is text', async () => {
  await page.goto(`${site}/#/live?text=e1`);
  await page.waitForSelector('.events tbody tr');
  expect((await page.textContent('.events tbody'))?.match(/web_log/g)).toHaveLength(1);
  await page.fill('main input', '');
  await page.waitForSelector('.events tbody tr:nth-child(3)');
  const shown = await page.textContent('.events');
  expect(shown).toContain('<img src=x');
  expect(shown).not.toContain('203.0.113.9');
  expect(await page.evaluate('document.querySelectorAll("main img").length')).toBe(0);
  expect(await accessibilityFaults()).toEqual([]);
});

test('a sign-in that was begun elsewhere is not finished here', async () => {
  await page.click('header button');
  await page.waitForSelector('text=shows its reports');
  const traded = tokens.size;
  await page.goto(`${site}/?code=stolen&state=of-somebody-else`);
  await page.waitForSelector('[role=alert]');
  expect(await page.textContent('[role=alert]')).toContain('not begun here');
  expect(tokens.size).toBe(traded);
  expect(page.url()).toBe(`${site}/`);
});

test('a token that is not taken any more leads back to the sign-in', async () => {
  await page.click('.sign-in button');
  await page.waitForSelector('.events tbody tr');
  tokens.clear();
  await page.click('nav a:nth-child(2)');
  await page.waitForSelector('text=shows its reports');
  // The browser tells of refused requests itself; of its policy there is nothing to tell.
  expect(complaints.filter((text) => !/status of 40[14]/.test(text))).toEqual([]);
});
