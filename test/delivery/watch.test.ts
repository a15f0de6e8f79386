import { expect, test } from 'vitest';
import type { Settled } from '../../local/delivery/invoke.ts';
import { type SeenRecord, Watch } from '../../local/delivery/watch.ts';
import type { LogRecord } from '../../local/log/frame.ts';

const clock = { now: () => clock.at, sleep: async () => {}, at: 1000 };

const record = (number: number, data = '{"a":1}'): LogRecord => ({
  number,
  shard: 1,
  partitionKey: 'k',
  arrivalMs: 7,
  data: Buffer.from(data),
});
const row = (table: string): Settled => ({
  kind: 'row',
  database: 'firn',
  table,
  operation: 'insert',
  data: Buffer.from('{"a":1}').toString('base64'),
});
const look = (): { seen: SeenRecord[]; watch: Watch } => {
  const seen: SeenRecord[] = [];
  return { seen, watch: new Watch(clock, (records) => seen.push(...records)) };
};
const number = (shard: number, at: number): string => `${shard}-${at}`;

test('a record is shown with its place, what came, and its verdict', () => {
  const { seen, watch } = look();
  watch.seen([record(3)], [row('web_log')], number);
  expect(seen).toEqual([
    {
      number: 3,
      arrivalMs: 7,
      shardId: 'shardId-000000000001',
      partitionKey: 'k',
      sequenceNumber: '1-3',
      raw: '{"a":1}',
      verdict: { kind: 'row', table: 'web_log', operation: 'insert', row: '{"a":1}' },
    },
  ]);
});

test('of many records the last are shown, rejections before others, and no more until a while has passed', () => {
  const { seen, watch } = look();
  const batch = Array.from({ length: 500 }, (_, i) => record(i));
  const settled = batch.map(({ number: n }) => row(n < 3 ? 'rejected' : 'web_log'));
  settled[1] = { kind: 'failed', errorCode: 'E', errorMessage: 'm', attemptsMade: 1 };
  watch.seen(batch, settled, number);
  expect(seen.map((one) => one.number)).toEqual([0, 1, 2, ...Array.from({ length: 17 }, (_, i) => 483 + i)]);
  watch.seen(batch, settled, number);
  expect(seen).toHaveLength(20);
  clock.at += 200;
  watch.seen(batch, settled, number);
  expect(seen).toHaveLength(40);
});

test('rejections alone leave half of the room to rows', () => {
  const { seen, watch } = look();
  const batch = Array.from({ length: 100 }, (_, i) => record(i));
  watch.seen(
    batch,
    batch.map(({ number: n }) => row(n % 2 === 0 ? 'rejected' : 'web_log')),
    number,
  );
  const tables = seen.map(({ verdict }) => verdict.kind === 'row' && verdict.table);
  expect(tables.filter((table) => table === 'rejected')).toHaveLength(10);
});

test('bytes that are no text are shown as base64, and long ones are cut', () => {
  const { seen, watch } = look();
  const binary = { ...record(1), data: Buffer.from([0xc3, 0x01, 0xff]) };
  watch.seen([binary, record(2, 'x'.repeat(20_000))], [row('a'), row('b')], number);
  expect(seen[0]!.raw).toBe('wwH/');
  expect(seen[1]!.raw).toHaveLength(16 * 1024);
});
