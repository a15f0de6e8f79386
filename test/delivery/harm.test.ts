import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import { parseSettings } from '../../lake/settings.ts';
import { dueIn } from '../../local/delivery/policy.ts';
import { nodeDisk } from '../../local/disk.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, readRows, visit } from './lakehouse.ts';

test('the name of an unknown table is cut between characters', async () => {
  const home = temporaryFolder();
  const { put, finish } = await openLakehouse(home, handler);
  await put([visit('v-1', { $table: `${'a'.repeat(255)}😀` }), visit('v-2')]);
  await finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-2']]);
});

test('a row that the writer refuses, though its form is right, fails alone', async () => {
  const home = temporaryFolder();
  const { put, finish, delivery } = await openLakehouse(home, async (event) => {
    const answer = await handler(event);
    for (const record of answer.records) {
      const row = Buffer.from(record.data!, 'base64').toString();
      record.data = Buffer.from(row.replace('u-bad', '\\ud800')).toString('base64');
    }
    return answer;
  });
  await put([visit('v-1', { user_id: 'u-bad' }), visit('v-2')]);
  await finish();
  expect(delivery.done.sums).toMatchObject({ rows: { web_log: 1 }, failed: 1 });
});

test('a disk that was full while rows were gathered does not end delivery', async () => {
  const home = temporaryFolder();
  let full = true;
  const disk = {
    ...nodeDisk,
    async append(file: string) {
      const real = await nodeDisk.append(file);
      if (!file.endsWith('.ndjson')) return real;
      return {
        ...real,
        async write(data: Uint8Array) {
          if (!full) return real.write(data);
          full = false;
          // As a full disk does: a part is written.
          await real.write(data.subarray(0, 100));
          throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        },
      };
    },
  };
  const { put, finish } = await openLakehouse(home, handler, { disk });
  const many = Array.from({ length: 3000 }, (_, i) => visit(`v-${i}`, { uri: 'x'.repeat(1000) }));
  await put(many);
  await finish();
  expect(await readRows(home, 'web_log', 'event_id')).toHaveLength(3000);
});

test('a clock that is set back does not keep records waiting', () => {
  const gathered = { records: 1, bytes: 1, startedMs: 7_200_000, newestMs: 7_200_000 };
  expect(dueIn(gathered, 3_600_000, parseSettings({}))).toBeLessThanOrEqual(1000);
});
