import { expect, test } from 'vitest';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { readTables } from '../../local/tables.ts';
import { readRows, visit } from '../delivery/lakehouse.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { append, makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

test('compaction and expiry beside a writer lose no row, and the writer none of its commits', async () => {
  const database = temporaryFolder();
  const commits = smallCommits(20);
  let table = await makeTable(database, commits.slice(0, 2));
  const upkeep = upkeepOf(database, { settings: { snapshotsMax: 3 }, readersMs: 60_000 });
  let isWriting = true;
  const tidy = async (): Promise<void> => {
    while (isWriting) {
      await upkeep.optimize('events', []);
      await upkeep.vacuum('events');
    }
  };
  const tidying = tidy();
  for (const rows of commits.slice(2)) table = await append(table, rows);
  isWriting = false;
  await tidying;
  const ids = (await rowsOf(table.directory, 'id')).flat();
  expect(ids.sort()).toEqual(
    commits
      .flat()
      .map((row) => (row as { id: string }).id)
      .sort(),
  );
});

test('a running lakehouse looks after its tables by itself, each event a row once', async () => {
  const home = temporaryFolder();
  const runtime = await startTestRuntime({
    home,
    settings: { upkeepSeconds: 1, compactBusyFiles: 3, snapshotsMax: 2, bufferMs: 20, bufferIdleMs: 5 },
    onFault: (fault) => {
      throw fault;
    },
  });
  const sent: string[] = [];
  const isLookedAfter = async (): Promise<boolean> => {
    const { last } = (await readTables(home, parseSettings({}))).get('web_log')!;
    return last.compaction !== undefined && last.expiry !== undefined;
  };
  while (!(await isLookedAfter())) {
    const id = `v-${sent.length}`;
    const answer = await fetch(`${runtime.url}/v1/streams/firn-events/record`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-api-key': localWriteKey },
      body: JSON.stringify({ PartitionKey: id, Data: visit(id) }),
    });
    expect(answer.status).toBe(200);
    sent.push(id);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await runtime.stop();
  expect((await readRows(home, 'web_log', 'event_id')).flat().sort()).toEqual(sent.sort());
}, 180_000);
