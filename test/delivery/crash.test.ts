import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import type { AppendFile, Disk } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, order, readRows, visit } from './lakehouse.ts';

/** The process is gone: nothing that it still tries has any effect. */
class Crash extends Error {}

/** A disk whose process dies before the operation number `at` that changes something, or in the middle of it. */
function crashingDisk(at: number) {
  const open: AppendFile[] = [];
  let operations = 0;
  let die = (): void => {};
  const crashed = new Promise<void>((resolve) => {
    die = resolve;
  });
  const step = async <T>(run: () => Promise<T>): Promise<T> => {
    operations += 1;
    if (operations < at) return run();
    die();
    throw new Crash(`crashed at operation ${at}`);
  };
  const disk: Disk = {
    ...nodeDisk,
    write: (file, data) => step(() => nodeDisk.write(file, data)),
    create: (file, data) => step(() => nodeDisk.create(file, data)),
    replace: (file, data) => step(() => nodeDisk.replace(file, data)),
    sync: (file) => step(() => nodeDisk.sync(file)),
    syncDir: (file) => step(() => nodeDisk.syncDir(file)),
    mkdir: (file) => step(() => nodeDisk.mkdir(file)),
    rename: (from, to) => step(() => nodeDisk.rename(from, to)),
    remove: (file) => step(() => nodeDisk.remove(file)),
    async append(file) {
      const real = await step(() => nodeDisk.append(file));
      open.push(real);
      return {
        ...real,
        write: (data) =>
          step(() => real.write(data)).catch(async (error) => {
            // A write may have got half-way.
            if (operations === at) await real.write(data.subarray(0, Math.floor(data.length / 2)));
            throw error;
          }),
        sync: () => step(() => real.sync()),
        truncate: (size) => step(() => real.truncate(size)),
      };
    },
  };
  return {
    disk,
    operations: () => operations,
    crashed,
    /** What the kernel does for a dead process. */
    closeFiles: () => Promise.allSettled(open.map((file) => file.close())),
  };
}

/** Two puts, of several tables and with a rejected event, each delivered in a round of its own. */
const puts = [
  [visit('v-1'), order('o-1'), visit('bad-1', { timestamp: 'never' }), visit('v-2', { event: 'cart' })],
  [visit('v-3', { event: 'cart' }), order('o-2'), visit('bad-2', { user_id: 7 })],
];

/** Runs the puts against a disk that crashes; answers the ids that were acknowledged. */
async function runUntilCrash(
  home: string,
  at: number,
): Promise<{ acknowledged: string[]; operations: number }> {
  const acknowledged: string[] = [];
  const { disk, operations, crashed, closeFiles } = crashingDisk(at);
  const life = async (): Promise<void> => {
    const lakehouse = await openLakehouse(home, handler, { disk });
    const running = lakehouse.delivery.run();
    running.catch(() => {});
    for (const events of puts) {
      await lakehouse.put(events);
      acknowledged.push(...events.map((event) => (event as { event_id: string }).event_id));
      while (lakehouse.delivery.done.to < lakehouse.log.end.number)
        await new Promise((r) => setTimeout(r, 2));
    }
    lakehouse.delivery.stop();
    await running;
  };
  await Promise.race([life().catch(() => {}), crashed]);
  await closeFiles();
  return { acknowledged, operations: operations() };
}

/** Another transform than the one that ran before the crash: it renames every visitor. */
const changed: Handler = async (event) => {
  const answer = await handler(event);
  for (const record of answer.records) {
    const row = JSON.parse(Buffer.from(record.data!, 'base64').toString());
    record.data = Buffer.from(JSON.stringify({ ...row, user_id: 'changed' })).toString('base64');
  }
  return answer;
};

/** `npm test` dies at every eleventh operation, the heavier suites at each. */
const stride = Number(process.env.FIRN_CRASH_STRIDE ?? 11);

test('killed at any change to the disk, every acknowledged event is one row, once', async () => {
  const { operations: total } = await runUntilCrash(temporaryFolder(), Number.POSITIVE_INFINITY);
  expect(total).toBeGreaterThan(60);
  for (let at = 1; at <= total; at += stride) {
    const home = temporaryFolder();
    const { acknowledged } = await runUntilCrash(home, at);
    const again = await openLakehouse(home, changed);
    await again.finish();

    const tables = ['web_log', 'ecommerce_event', 'rejected'];
    const ids = await Promise.all(tables.map((table) => readRows(home, table, 'event_id')));
    const found = ids.flat(2);
    expect(new Set(found).size, `rows twice after a crash at ${at}`).toBe(found.length);
    expect(found, `rows lost after a crash at ${at}`).toEqual(expect.arrayContaining(acknowledged));
    const { sums, to } = again.delivery.done;
    expect(sums.records, `sums after a crash at ${at}`).toBe(to);
    expect(Object.values(sums.rows).reduce((a, b) => a + b, 0)).toBe(found.length);

    // One round, one transform: the rows of a round are all from before the change, or all from after it.
    const users = await readRows(home, 'web_log', "event_id IN ('v-1', 'v-2') AS first_round, user_id");
    for (const first of [true, false]) {
      const names = new Set(users.filter(([round]) => round === first).map(([, user]) => user));
      expect(names.size, `verdicts mixed after a crash at ${at}`).toBeLessThan(2);
    }
  }
}, 240_000);
