import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { startTestRuntime } from '../helpers/runtime.ts';
import { ask, askUntil } from './ask.ts';
import { root } from './install.ts';
import { networkTo } from './network.ts';

type Call = Record<string, unknown> & { messageId: string };

/** Forty calls of every type; each id says which. */
function story(from: number, to: number): [string, Call][] {
  const calls: [string, Call][] = [];
  for (let i = from; i < to; i++) {
    const messageId = `story-${i}`;
    const timestamp = new Date(Date.now() - 60_000 + i).toISOString();
    const userId = `user-${i % 3}`;
    const common = { messageId, userId, timestamp };
    const properties = { n: i, text: `"quotes" & 'more' – ${i} €`, deep: { list: [i, null, true] } };
    if (i % 8 === 0)
      calls.push(['identify', { ...common, traits: { email: `${userId}@example.com`, n: i } }]);
    else if (i % 8 === 1)
      calls.push(['page', { ...common, name: `Page ${i}`, category: 'Docs', properties }]);
    else if (i % 8 === 2) calls.push(['screen', { ...common, name: `Screen ${i}`, properties }]);
    else if (i % 8 === 3) calls.push(['group', { ...common, groupId: `group-${i}`, traits: { n: i } }]);
    else if (i % 8 === 4) calls.push(['alias', { messageId, userId, previousId: `old-${i}`, timestamp }]);
    else calls.push(['track', { ...common, event: `Event ${i % 5}`, properties }]);
  }
  return calls;
}

test('a story told by @segment/analytics-node, through a cut network, is in the table exactly', async () => {
  const runtime = await startTestRuntime();
  const network = await networkTo(runtime.url);
  const client = spawn(
    process.execPath,
    [path.join(root, 'test/clients/send-segment.mjs'), network.url, 'local'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void client.kill());
  const answers = createInterface(client.stdout)[Symbol.asyncIterator]();
  const tell = async (line: unknown[]) => {
    client.stdin.write(`${JSON.stringify(line)}\n`);
    expect((await answers.next()).value).toBe('ok');
  };

  const calls = [...story(0, 20), ...story(20, 32), ...story(32, 40)];
  for (const call of calls.slice(0, 20)) await tell(call);
  await askUntil(runtime.url, 'SELECT event_id FROM clickstream', (rows) => rows.length >= 20);
  network.cut();
  for (const call of calls.slice(20, 32)) await tell(call);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await ask(runtime.url, 'SELECT event_id FROM clickstream')).toHaveLength(20);
  network.restore();
  for (const call of calls.slice(32)) await tell(call);
  await tell(['close']);
  client.stdin.end();

  const rows = await askUntil(
    runtime.url,
    'SELECT * FROM clickstream',
    (found) => new Set(found.map(({ event_id }) => event_id)).size >= calls.length,
  );
  const byId = new Map(rows.map((row) => [row.event_id, row]));
  expect([...byId.keys()].sort()).toEqual(calls.map(([, { messageId }]) => messageId).sort());
  for (const [type, call] of calls) {
    const row = byId.get(call.messageId)!;
    expect({
      type: row.type,
      user_id: row.user_id,
      event: row.event,
      name: row.name,
      category: row.category,
      group_id: row.group_id,
      previous_id: row.previous_id,
      properties: json(row.properties),
      traits: json(row.traits),
      library: row.library,
      ip: row.ip,
      source: row.source,
    }).toEqual({
      type,
      user_id: call.userId,
      event: call.event ?? null,
      name: call.name ?? null,
      category: call.category ?? null,
      group_id: call.groupId ?? null,
      previous_id: call.previousId ?? null,
      properties: call.properties === undefined ? null : { ...named(call), ...(call.properties as object) },
      traits: call.traits ?? null,
      library: '@segment/analytics-node',
      // The server's address is not the visitor's.
      ip: null,
      source: 'local',
    });
  }
  expect(await ask(runtime.url, 'SELECT * FROM rejected')).toEqual([]);
  const reported = await ask(runtime.url, 'top-events');
  expect(reported.reduce((sum, { events }) => sum + Number(events), 0)).toBe(calls.length);
});

function json(text: unknown): unknown {
  return text === null ? null : JSON.parse(String(text));
}

/** The library repeats a page's category in its properties. */
function named({ category }: Call): object {
  return category === undefined ? {} : { category };
}
