/** What the page's server refuses, in a home with access keys. */
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { type AccessKey, makeKey, revokeKey } from '../../local/keys.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { readTrace } from '../../scripts/trace/trace.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

const folder = makeTemporaryFolder();
const home = path.join(folder.path, 'home');
let runtime: Runtime;
const keyOf = (role: 'engineer' | 'analyst' | 'writer'): AccessKey => makeKey(home, role, '', Date.now());

beforeAll(async () => {
  runtime = await startRuntime({
    home,
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 }),
    writeKey: 'local',
    note: () => {},
    onFault: (fault) => {
      throw fault;
    },
  });
  keyOf('engineer');
});
afterAll(async () => {
  await runtime.stop();
  folder.remove();
});

/** Signs in; the session's cookie. */
async function signIn({ accessKeyId, secretAccessKey }: AccessKey): Promise<string> {
  const answer = await fetch(`${runtime.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accessKeyId, secretAccessKey }),
  });
  expect(answer.status).toBe(200);
  const cookie = answer.headers.get('set-cookie')!;
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict;/);
  return cookie.split(';')[0]!;
}

function get(place: string, cookie = '', role = 'analyst'): Promise<Response> {
  return fetch(`${runtime.url}${place}`, { headers: { cookie, 'x-firn-role': role } });
}

/** As `fetch` does not send it: any path, any host. */
function statusOf(place: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(runtime.url);
    request({ hostname, port, path: place, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('without a session nothing is told but that one must sign in', async () => {
  expect(await (await get('/api/about')).json()).toEqual({ session: { signIn: true } });
  for (const place of ['status', 'tables', 'live', 'trace/a']) {
    expect((await get(`/api/${place}`)).status, place).toBe(401);
  }
});

test.each([
  ['engineer', 200, 200],
  ['analyst', 200, 403],
  ['writer', 403, 403],
] as const)('a session of a key for the %s', async (role, asAnalyst, asEngineer) => {
  const cookie = await signIn(keyOf(role));
  expect((await get('/api/tables', cookie)).status).toBe(asAnalyst);
  expect((await get('/api/tables', cookie, 'engineer')).status).toBe(asEngineer);
});

test('a trace is signed with the access keys of the environment', async () => {
  const environmentOf = ({ accessKeyId, secretAccessKey }: AccessKey) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  const ask = (key: AccessKey) => {
    for (const [name, value] of Object.entries(environmentOf(key))) vi.stubEnv(name, value);
    return readTrace(runtime.url, "it's (nobody's)", process.env);
  };
  onTestFinished(() => void vi.unstubAllEnvs());
  const key = keyOf('engineer');
  expect(await ask(key)).toEqual({ eventId: "it's (nobody's)", rows: [] });
  await expect(ask(keyOf('analyst'))).rejects.toThrow('role is analyst');
  await expect(ask({ ...key, secretAccessKey: 'another' })).rejects.toThrow(/signature.*AWS_ACCESS_KEY_ID/);
  await expect(ask({ ...key, accessKeyId: 'AKIANOBODY' })).rejects.toThrow(/token.*is invalid.*npm run keys/);
  revokeKey(home, key.accessKeyId);
  await expect(ask(key)).rejects.toThrow(/invalid/);
});

test('where the home lies is told to the engineer only', async () => {
  const cookie = await signIn(keyOf('engineer'));
  expect(await (await get('/api/about', cookie)).text()).not.toContain(folder.path);
  expect(await (await get('/api/about', cookie, 'engineer')).json()).toMatchObject({ home });
});

test('another scheme in the header, as a proxy in front may leave it, is no signature', async () => {
  const cookie = await signIn(keyOf('analyst'));
  expect(await statusOf('/api/tables', { cookie, authorization: 'Basic eDp5' })).toBe(200);
});

test('a session ends with its key, and so does what it listens to', async () => {
  const key = keyOf('engineer');
  const cookie = await signIn(key);
  const live = await get('/api/live', cookie, 'engineer');
  revokeKey(home, key.accessKeyId);
  await fetch(`${runtime.url}/v1/streams/firn-events/record?wait=committed`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: '{"PartitionKey":"a","Data":{"event_id":"after-the-key"}}',
  });
  expect(await live.text()).not.toContain('after-the-key');
  expect((await get('/api/tables', cookie)).status).toBe(401);
});

test.each([
  ['another secret', { secretAccessKey: 'x' }],
  ['no secret', { secretAccessKey: undefined }],
  ['an object for a secret', { secretAccessKey: { length: 40 } }],
  ['an unknown key', { accessKeyId: 'AKIANOBODY' }],
  ['a name of JavaScript’s', { accessKeyId: '__proto__', secretAccessKey: '' }],
])('nobody signs in with %s', async (_, wrong) => {
  const answer = await fetch(`${runtime.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...keyOf('analyst'), ...wrong }),
  });
  expect(answer.status).toBe(401);
});

test.each([
  '/../package.json',
  '/assets/../../package.json',
  '/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '/built-from',
  '//etc/passwd',
  '/assets/%00',
])('no path leads out of the page: %s', async (place) => {
  expect(await statusOf(place)).toBe(404);
});

test.each([
  ['another host', { host: 'evil.example' }, 421],
  ['another origin', { origin: 'https://evil.example' }, 403],
  ['an origin without a name', { origin: 'null' }, 403],
  ['an image on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
])('a request of %s is refused', async (_, headers, status) => {
  for (const place of ['/', '/api/about', '/api/live', '/metrics']) {
    expect(await statusOf(place, headers), place).toBe(status);
  }
});

test('an answer of the API is no page for anybody’s frame', async () => {
  const { headers } = await get('/api/about');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test.each([
  ['a path that is no text', 'trace/%ff', 400],
  ['a NUL', 'trace/%00', 400],
  ['quotes and SQL', `trace/${encodeURIComponent("' OR 1=1 --")}`, 200],
  ['a long id', `trace/${'x'.repeat(5000)}`, 200],
])('an id with %s harms nothing', async (_, place, status) => {
  const cookie = await signIn(keyOf('engineer'));
  const answer = await get(`/api/${place}`, cookie, 'engineer');
  expect(answer.status).toBe(status);
  if (status === 200) expect(await answer.json()).toMatchObject({ rows: [] });
});

test.each([
  ['../../x', '{"type":"record","name":"x","fields":[]}'],
  ['x', '{"type":"record","name":"../../x","fields":[]}'],
  ['x', '{"type":"record","name":"y","fields":[]}'],
  ['con', '[]'],
])('no contract is saved as %s from %s', async (name, text) => {
  const cookie = await signIn(keyOf('engineer'));
  const answer = await fetch(`${runtime.url}/api/contract/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { cookie, 'x-firn-role': 'engineer', 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  expect(answer.status).toBe(400);
});
