import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import { openHome } from '../../local/home.ts';
import { systemClock } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, visit } from './lakehouse.ts';

const failing: Handler = async ({ records }) => ({
  records: records.map(({ recordId }) => ({ recordId, result: 'ProcessingFailed' })),
});

test('a crash after the commit point loses no error object', async () => {
  const home = temporaryFolder();
  // A disk that dies once the round's file is written.
  let dead = false;
  const hang = new Promise<never>(() => {});
  const disk = {
    ...nodeDisk,
    mkdir: (d: string) => (dead ? hang : nodeDisk.mkdir(d)),
    async replace(file: string, data: Uint8Array) {
      if (dead) return hang;
      await nodeDisk.replace(file, data);
      if (/\d{10}\.json$/.test(file)) dead = true;
    },
  };
  (await openHome(nodeDisk, systemClock, home)).release();
  const first = await openLakehouse(home, failing, { disk });
  first.delivery.run().catch(() => {});
  await first.put([visit('v-1')]);
  while (!dead) await new Promise((r) => setTimeout(r, 5));

  (await openHome(nodeDisk, systemClock, home)).release();
  const again = await openLakehouse(home, failing);
  await again.finish();
  expect(again.delivery.done.sums.failed).toBe(1);
  const objects = readdirSync(path.join(home, 'errors'), { recursive: true }).filter((n) =>
    String(n).includes('firn-events'),
  );
  expect(objects).toHaveLength(1);
});
