import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../local/disk.ts';
import { openHome } from '../local/home.ts';
import { Log } from '../local/log/log.ts';
import { systemClock } from '../local/ports.ts';
import { visit } from './delivery/lakehouse.ts';
import { startTestRuntime } from './helpers/runtime.ts';
import { temporaryFolder } from './helpers/temporary.ts';
import { ports } from './iceberg/support.ts';

async function health(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}/health`);
  return { status: answer.status, body: await answer.json() };
}

test('a lakehouse that delivers is healthy', async () => {
  const { url } = await startTestRuntime();
  expect(await health(url)).toEqual({ status: 200, body: { status: 'ok' } });
});

test('where records that were acknowledged cannot be read, health says which file, and puts go on', async () => {
  const folder = path.join(temporaryFolder(), 'home');
  const home = await openHome(nodeDisk, systemClock, folder);
  const limits = { segmentBytes: 100, retentionMs: 3_600_000, maxBytes: 2 ** 30, reserveBytes: 0 };
  const log = await Log.open(ports, home.log, limits);
  for (const id of ['v-1', 'v-2', 'v-3']) {
    await log.append([{ data: [JSON.stringify(visit(id))], partitionKey: id, shard: 0 }]);
  }
  await log.close();
  home.release();
  const [first = ''] = readdirSync(home.log).filter((name) => name.endsWith('.log'));
  const file = path.join(home.log, first);
  const bytes = readFileSync(file);
  bytes[bytes.length - 5]! ^= 1;
  writeFileSync(file, bytes);

  let told = () => {};
  const stopped = new Promise<void>((resolve) => {
    told = resolve;
  });
  const { url } = await startTestRuntime({ home: folder, onFault: () => told() });
  await stopped;
  const { status, body } = await health(url);
  expect(status).toBe(503);
  expect(body).toEqual({ status: 'failed', reason: expect.stringContaining(`${file}: damaged at byte`) });
});
