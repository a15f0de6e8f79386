/** A whole lakehouse: another engine commits through the catalog while delivery is at work, and SQL sees all of it. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { localWriteKey } from '../../lake/settings.ts';
import type { TableMetadata } from '../../local/iceberg/types.ts';
import { visit } from '../delivery/lakehouse.ts';
import { readTable } from '../helpers/read-table.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { append, askOver, columns } from './support.ts';

const row = (id: string) => ({
  event_id: id,
  received_at: 1_767_225_600_000_000,
  user_id: 'u',
  session_id: 's',
  event: 'foreign',
  ip: '203.0.113.9',
  hostname: 'h',
  timestamp: 1_767_225_600_000_000,
  uri: '/',
});

async function put(url: string, ids: readonly string[]): Promise<void> {
  const records = ids.map((id) => ({ data: visit(id), 'partition-key': id }));
  const response = await fetch(`${url}/v1/streams/firn-events/records`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': localWriteKey },
    body: JSON.stringify({ records }),
  });
  expect(response.status).toBe(200);
}

test('delivery and another engine append to one table, and no row of either is lost or doubled', async () => {
  const home = temporaryFolder();
  const options = {
    home,
    settings: { bufferMs: 300, bufferIdleMs: 100, snapshotsMax: 10, upkeepSeconds: 1 },
  };
  const first = await startTestRuntime(options);
  const ask = askOver(first.url);
  const route = 'namespaces/firn/tables/web_log';
  let isDone = false;
  let puts = 0;
  const ours = (async () => {
    while (!isDone) {
      await put(first.url, [`ours-${puts}`]);
      puts += 1;
    }
  })();
  for (let i = 0; i < 5; i++) await append(ask, route, [row(`theirs-${i}`)]);
  isDone = true;
  await ours;
  await first.stop();

  // The next life finds its progress in the table, whoever committed last.
  const second = await startTestRuntime({ home });
  await put(second.url, ['late']);
  await second.stop();
  const ids = (await readTable(path.join(home, 'warehouse/firn/web_log'))).map(({ event_id }) => event_id);
  const expected = [
    ...Array.from({ length: puts }, (_, i) => `ours-${i}`),
    ...Array.from({ length: 5 }, (_, i) => `theirs-${i}`),
    'late',
  ];
  expect(ids.sort()).toEqual(expected.sort());
});

test('a table that another engine made outlives the process, and needs no contract', async () => {
  const home = temporaryFolder();
  const first = await startTestRuntime({ home });
  const ask = askOver(first.url);
  await ask('POST', 'namespaces', { namespace: ['lab'] });
  for (const namespace of ['lab', 'firn']) {
    const made = await ask('POST', `namespaces/${namespace}/tables`, { name: 'notes', schema: columns('a') });
    expect(made.status).toBe(200);
    await append(ask, `namespaces/${namespace}/tables/notes`, [{ a: namespace }]);
  }
  expect((await ask('DELETE', 'namespaces/firn/tables/web_log')).status).toBe(403);
  await first.stop();

  const second = await startTestRuntime({ home });
  const { body } = await askOver(second.url)('GET', 'namespaces/lab/tables/notes');
  expect((body.metadata as TableMetadata).snapshots).toHaveLength(1);
  await second.stop();
  for (const namespace of ['lab', 'firn']) {
    expect(await readTable(path.join(home, 'warehouse', namespace, 'notes'))).toEqual([{ a: namespace }]);
  }
  expect(readdirSync(path.join(home, 'warehouse'))).toEqual(['firn', 'lab']);
});
