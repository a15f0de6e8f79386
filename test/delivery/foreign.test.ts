/** Other writers of our tables: what they do between our commits loses no rows, and confuses no delivery. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import { progressOf, progressProperty } from '../../local/delivery/commit.ts';
import { nodeDisk } from '../../local/disk.ts';
import { commit } from '../../local/iceberg/commit.ts';
import type { MetadataUpdate } from '../../local/iceberg/metadata-updates.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { Table, TableMetadata } from '../../local/iceberg/types.ts';
import type { Disk } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports } from '../iceberg/support.ts';
import { type Lakehouse, openLakehouse, readRows, visit } from './lakehouse.ts';

const webLog = (home: string) => path.join(home, 'warehouse/firn/web_log');
const load = async (home: string): Promise<Table> => (await loadTable(nodeDisk, webLog(home)))!;

/** A commit of somebody else. */
async function foreign(home: string, change: (metadata: TableMetadata) => MetadataUpdate[]): Promise<void> {
  await commit(ports, await load(home), async (metadata) => change(metadata));
}

/** One life of a lakehouse, with a put for each event. */
async function deliver(home: string, ...ids: string[]): Promise<Lakehouse> {
  const lakehouse = await openLakehouse(home, handler);
  for (const id of ids) await lakehouse.put([visit(id)]);
  await lakehouse.finish();
  return lakehouse;
}

/** A life that ends after the table has committed and before the round is closed. */
async function crashAfterCommit(home: string, id: string): Promise<void> {
  let landed = () => {};
  const committed = new Promise<void>((resolve) => {
    landed = resolve;
  });
  const disk: Disk = {
    ...nodeDisk,
    async replace(file, data) {
      if (!file.endsWith('done.json')) return nodeDisk.replace(file, data);
      landed();
      throw new Error('the power is gone');
    },
  };
  const lakehouse = await openLakehouse(home, handler, { disk });
  lakehouse.delivery.run().catch(() => {});
  await lakehouse.put([visit(id)]);
  await committed;
}

const ids = async (home: string) => (await readRows(home, 'web_log', 'event_id')).flat().sort();

test('two processes commit to one table, expiry too, and no row of either is lost', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler);
  const program = fileURLToPath(new URL('foreign-writer.ts', import.meta.url));
  let running = true;
  const other = promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    program,
    webLog(home),
    '12',
  ]).finally(() => {
    running = false;
  });
  const delivery = lakehouse.delivery.run();
  let puts = 0;
  while (running) {
    await lakehouse.put([visit(`v-${puts++}`)]);
    while (lakehouse.delivery.done.to < puts) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await other;
  lakehouse.delivery.stop();
  await delivery;
  await lakehouse.finish();
  const ours = Array.from({ length: puts }, (_, i) => `v-${i}`);
  const theirs = Array.from({ length: 12 }, (_, i) => `f-${i}`);
  expect(await ids(home)).toEqual([...ours, ...theirs].sort());
  const { metadata } = await load(home);
  expect(progressOf(metadata, lakehouse.log.identity.id).to).toBe(puts);
});

test('a rollback takes its rows away, and delivery goes on from where it was', async () => {
  const home = temporaryFolder();
  await deliver(home, 'v-1');
  const before = await load(home);
  await deliver(home, 'v-2');
  await foreign(home, () => [
    {
      action: 'set-snapshot-ref',
      'ref-name': 'main',
      type: 'branch',
      'snapshot-id': before.metadata['current-snapshot-id']!,
    },
  ]);
  await deliver(home, 'v-3');
  expect(await ids(home)).toEqual(['v-1', 'v-3']);
});

test('expiry of our snapshots, right after a crash too, repeats no round', async () => {
  const home = temporaryFolder();
  await deliver(home, 'v-1');
  await crashAfterCommit(home, 'v-2');
  await foreign(home, ({ snapshots }) => [
    {
      action: 'remove-snapshots',
      'snapshot-ids': snapshots.slice(0, -1).map((snapshot) => snapshot['snapshot-id']),
    },
  ]);
  await deliver(home, 'v-3');
  expect(await ids(home)).toEqual(['v-1', 'v-2', 'v-3']);
});

test('a rollback right after a crash does not bring the round back', async () => {
  const home = temporaryFolder();
  await deliver(home, 'v-1');
  const before = await load(home);
  await crashAfterCommit(home, 'v-2');
  await foreign(home, () => [
    {
      action: 'set-snapshot-ref',
      'ref-name': 'main',
      type: 'branch',
      'snapshot-id': before.metadata['current-snapshot-id']!,
    },
  ]);
  await deliver(home, 'v-3');
  expect(await ids(home)).toEqual(['v-1', 'v-3']);
});

test('a writer that drops our progress does no harm: our snapshots tell it as well', async () => {
  const home = temporaryFolder();
  const { log } = await deliver(home, 'v-1');
  const drop = () =>
    foreign(home, () => [{ action: 'remove-properties', removals: [progressProperty(log.identity.id)] }]);
  await drop();
  await crashAfterCommit(home, 'v-2');
  await drop();
  await deliver(home, 'v-3');
  expect(await ids(home)).toEqual(['v-1', 'v-2', 'v-3']);
});
