import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { localWriteKey } from '../../lake/settings.ts';
import type { Runtime } from '../../local/runtime.ts';
import { execute } from '../../scripts/cli.ts';
import { ask, openClient } from '../../scripts/query/athena.ts';
import { replayCommand } from '../../scripts/replay/command.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

const transform = fileURLToPath(new URL('../../functions/transform.ts', import.meta.url));
const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

/** A module that Firehose would call, of the text given. */
function handlerModule(text: string): string {
  const file = path.join(temporaryFolder(), 'handler.mjs');
  writeFileSync(file, text);
  return new URL(`file://${file}`).href;
}

/** The project's transform, whose default table has no contract yet. */
const beforeTheContract = () =>
  handlerModule(`process.env.FIRN_DEFAULT_TABLE = 'not_yet';
    export const { handler } = await import(${JSON.stringify(transform)});`);

const failing = () =>
  handlerModule(`export const handler = async ({ records }) => ({
    records: records.map(({ recordId }) => ({ recordId, result: 'ProcessingFailed' })),
  });`);

async function send(runtime: Runtime, route: string, body: object): Promise<void> {
  const { status } = await fetch(`${runtime.url}/v1/${route}`, {
    method: route.startsWith('streams') ? 'PUT' : 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': localWriteKey,
      'user-agent': 'tests/1',
      authorization: `Basic ${Buffer.from(`${localWriteKey}:`).toString('base64')}`,
    },
    body: JSON.stringify(body),
  });
  expect(status).toBe(200);
}

const put = (runtime: Runtime, event: object) =>
  send(runtime, 'streams/firn-events/record', { Data: event, PartitionKey: 'k' });

async function replay(runtime: Runtime, ...args: string[]): Promise<string> {
  lines.length = 0;
  const errors: string[] = [];
  const code = await execute(
    replayCommand,
    ['--endpoint', runtime.url, ...args],
    (line) => lines.push(line),
    (line) => errors.push(line),
  );
  expect([code, errors]).toEqual([0, []]);
  return lines.join('\n');
}

async function rows(runtime: Runtime, sql: string): Promise<(string | null)[][]> {
  const { pages } = await ask(openClient(runtime.url, {}), { sql, parameters: [] });
  const all: (string | null)[][] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const visit = {
  user_id: 'ada',
  session_id: 's',
  event: 'view',
  ip: '203.0.113.7',
  hostname: 'shop.example',
  timestamp: '2026-01-02T03:04:05Z',
  uri: '/',
};

/** Everything that was accepted has become something. */
async function delivered(runtime: Runtime): Promise<void> {
  await vi.waitFor(() => expect(runtime.sums().done.to).toBe(runtime.sums().accepted), { timeout: 10_000 });
}

test('an event that had no contract is a row once it has, under its first id, and only once', async () => {
  const home = temporaryFolder();
  const before = await startTestRuntime({ home, handlerModule: beforeTheContract() });
  await put(before, { ...visit, event_id: 'own-id' });
  await put(before, visit);
  await put(before, { ...visit, event_id: 'hopeless', user_id: 7 });
  await delivered(before);
  const first = await rows(before, 'SELECT event_id FROM rejected ORDER BY 1');
  await before.stop();

  const after = await startTestRuntime({ home });
  expect(await replay(after, '--dry-run')).toBe(
    '      2 would be a row of web_log now\n      1 would be rejected again, for web_log: wrong_type of user_id',
  );
  expect(await replay(after)).toContain('sent 2 to firn-events\n2 of them are rows now');
  const ids = await rows(after, 'SELECT event_id FROM web_log ORDER BY 1');
  expect(ids).toEqual(first.filter(([id]) => id !== 'hopeless'));
  expect(await replay(after)).toBe('      1 would be rejected again, for web_log: wrong_type of user_id');
});

test('a batch that the transform failed on goes again, with what its envelopes told', async () => {
  const home = temporaryFolder();
  const before = await startTestRuntime({ home, handlerModule: failing() });
  await put(before, visit);
  await send(before, 'track', {
    userId: 'ada',
    event: 'Looked',
    messageId: 'm-1',
    timestamp: '2026-01-02T03:04:05Z',
  });
  await delivered(before);
  await before.stop();

  const after = await startTestRuntime({ home });
  expect(await replay(after)).toContain('2 of them are rows now');
  expect(await rows(after, 'SELECT event_id, event FROM clickstream')).toEqual([['m-1', 'Looked']]);
  expect(await rows(after, 'SELECT user_id FROM web_log')).toEqual([['ada']]);
  expect(await replay(after)).toContain('nothing to send again');
});

test('a choice by table and code leaves the others where they are', async () => {
  const runtime = await startTestRuntime();
  await put(runtime, { ...visit, user_id: 7 });
  await put(runtime, { $table: 'nowhere' });
  await delivered(runtime);
  expect(await replay(runtime, '--table', 'web_log')).toContain('1 would be rejected again, for web_log');
  expect(await replay(runtime, '--code', 'unknown_table')).toBe(
    '      1 would be rejected again, for nowhere: unknown_table of $table',
  );
});
