import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequenceNumbers, shardId, shardOf } from '../../local/log/shards.ts';

test('a key always goes to the same shard, and many keys fill all', () => {
  const shards = Array.from({ length: 1000 }, (_, i) => shardOf(`user-${i}`, 4));
  expect(shards).toEqual(Array.from({ length: 1000 }, (_, i) => shardOf(`user-${i}`, 4)));
  for (const shard of [0, 1, 2, 3]) expect(shards.filter((s) => s === shard).length).toBeGreaterThan(200);
});

test('the hash is the MD5 of the key, and a shard a range of it', () => {
  // MD5("a") begins with 0cc1, MD5("d") with 8277.
  expect([shardOf('a', 2), shardOf('d', 2)]).toEqual([0, 1]);
});

test('sequence numbers have 56 digits and grow within a shard', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat({ max: 63 }), (a, b, shard) => {
      const [x, y] = [a, b].map((number) => BigInt(sequenceNumbers(1_795_341_600_000)(shard, number)));
      expect(x! < y!).toBe(a < b);
      expect(String(x)).toHaveLength(56);
    }),
  );
});

test('shards are named as Kinesis names them', () => {
  expect(shardId(3)).toBe('shardId-000000000003');
});
