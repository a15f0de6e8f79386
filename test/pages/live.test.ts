import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { SeenRecord } from '../../local/delivery/watch.ts';
import { Live } from '../../local/pages/live.ts';
import { redactFor } from '../../local/pages/redact.ts';
import { contracts } from '../../schemas/index.ts';

const redact = redactFor(contracts);

test('records are sampled while a page looks, and no longer', async () => {
  const said: boolean[] = [];
  const live = new Live((on) => said.push(on), redact);
  const [first, second] = [live.join('engineer'), live.join('engineer')];
  expect(said).toEqual([true]);
  first.destroy();
  await once(first, 'close');
  expect(said).toEqual([true]);
  live.close();
  await once(second, 'close');
  expect(said).toEqual([true, false]);
});

test('every page hears what is seen and what is done', () => {
  const live = new Live(() => {}, redact);
  const page = live.join('engineer');
  live.seen([]);
  live.done(7);
  const text = String(page.read());
  live.close();
  expect(text).toBe('retry: 1000\n\nevent: seen\ndata: []\n\nevent: done\ndata: {"to":7}\n\n');
});

test('a page that does not read is not waited for', () => {
  const live = new Live(() => {}, redact);
  const page = live.join('engineer');
  for (let i = 0; i < 100_000; i++) live.done(i);
  expect(page.readableLength).toBeLessThan(1.1 * 2 ** 20 * 2);
  live.close();
});

test.each([
  ['whose key was revoked', () => false],
  [
    'that cannot be checked, since the keys are damaged',
    () => {
      throw new Error('keys.json is damaged');
    },
  ],
])('a page %s hears no more, and the others go on', async (_, allowed) => {
  const live = new Live(() => {}, redact);
  const [ended, other] = [live.join('analyst', allowed), live.join('engineer')];
  live.done(7);
  ended.resume();
  await once(ended, 'close');
  expect(String(other.read())).toContain('data: {"to":7}');
  live.close();
});

const secret = '203.0.113.7';
const seen: SeenRecord = {
  number: 1,
  arrivalMs: 2,
  shardId: 's',
  partitionKey: secret,
  sequenceNumber: '3',
  raw: `{"ip":"${secret}"}`,
  verdict: {
    kind: 'row',
    table: 'web_log',
    operation: 'insert',
    row: JSON.stringify({ event_id: 'e', event: 'view', ip: secret }),
  },
};

test('the engineer sees what came; an analyst sees the verdict and the columns that are not personal', () => {
  const live = new Live(() => {}, redact);
  const pages = [live.join('engineer'), live.join('analyst')];
  live.seen([seen]);
  const failed = { kind: 'failed', errorCode: 'E', errorMessage: secret } as const;
  live.seen([{ ...seen, verdict: failed }]);
  const [engineer, analyst] = pages.map((page) => String(page.read()));
  live.close();
  expect(engineer).toContain(secret);
  expect(analyst).not.toContain(secret);
  expect(analyst).toContain(String.raw`{\"event_id\":\"e\",\"event\":\"view\"}`);
});
