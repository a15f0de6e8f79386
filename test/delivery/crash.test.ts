import path from 'node:path';
import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { readByIcebird } from '../iceberg/support.ts';
import { runUntilCrash } from './crashing.ts';
import { openLakehouse, order, readRows, visit } from './lakehouse.ts';
import { click, deployment, order as orderIs } from './upserts.ts';

/** Two puts, of several tables and with a rejected event, each delivered in a round of its own. */
const puts = [
  [visit('v-1'), order('o-1'), visit('bad-1', { timestamp: 'never' }), visit('v-2', { event: 'cart' })],
  [visit('v-3', { event: 'cart' }), order('o-2'), visit('bad-2', { user_id: 7 })],
];

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
  const { operations: total } = await runUntilCrash(temporaryFolder(), puts, { handler });
  expect(total).toBeGreaterThan(60);
  for (let at = 1; at <= total; at += stride) {
    const home = temporaryFolder();
    const { acknowledged: count } = await runUntilCrash(home, puts, { handler }, at);
    const acknowledged = puts
      .slice(0, count)
      .flat()
      .map((event) => (event as { event_id: string }).event_id);
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

/** Orders that are made, changed, deleted and made again, and clicks that are sent twice. */
const changes = [
  [orderIs('a', 'new'), orderIs('b', 'new'), orderIs('a', 'paid'), click('x')],
  [orderIs('a', 'sent'), orderIs('b', '', { deleted: true }), orderIs('c', 'new'), click('x'), click('y')],
  [orderIs('b', 'again'), orderIs('c', '', { deleted: true }), click('y')],
];
/** What the tables hold after none, one, two or all of them. */
const states = [[], ['a paid', 'b new', 'x'], ['a sent', 'c new', 'x', 'y'], ['a sent', 'b again', 'x', 'y']];

test('killed at any change to the disk, a table of upserts holds the last word on every key', async () => {
  const ours = deployment();
  const { operations: total } = await runUntilCrash(temporaryFolder(), changes, ours);
  expect(total).toBeGreaterThan(100);
  for (let at = 1; at <= total; at += stride) {
    const home = temporaryFolder();
    const { acknowledged } = await runUntilCrash(home, changes, ours, at);
    const again = await openLakehouse(home, ours.handler, ours);
    await again.put([orderIs('z', 'new'), click('z')]);
    await again.finish();

    const table = (name: string) => readByIcebird(path.join(home, 'warehouse/firn', name));
    const orders = (await table('orders')).map((row) => `${row.order_id} ${row.state}`);
    const clicks = (await table('clicks')).map((row) => row.event_id);
    // A put that was not acknowledged may have arrived.
    const allowed = states
      .slice(acknowledged, acknowledged + 2)
      .map((state) => [...state, 'z', 'z new'].sort());
    expect(allowed, `rows after a crash at ${at}`).toContainEqual([...orders, ...clicks].sort());
  }
}, 240_000);
