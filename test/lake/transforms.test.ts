import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyTransform, bucketHash, preservesOrder, transformResultType } from '../../lake/transforms.ts';
import type { Transform } from '../../lake/types.ts';

const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;
const days = (iso: string) => Date.parse(iso) / 86_400_000;

describe('bucket hashes are those of the spec, Appendix B', () => {
  test.each([
    ['int', 34, 2017239379],
    ['long', 34n, 2017239379],
    ['decimal(9, 2)', 1420n, -500754589],
    ['date', days('2017-11-16'), -653330422],
    ['time', 81_068_000_000n, -662762989],
    ['timestamp', micros('2017-11-16T22:31:08Z'), -2047944441],
    ['timestamp', micros('2017-11-16T22:31:08Z') + 1n, -1207196810],
    ['timestamptz', micros('2017-11-16T22:31:08Z'), -2047944441],
    ['string', 'iceberg', 1210000089],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
    ['fixed[4]', Buffer.from([0, 1, 2, 3]), -188683207],
    ['binary', Buffer.from([0, 1, 2, 3]), -188683207],
  ])('%s %s', (type, value, hash) => {
    expect(bucketHash(type, value)).toBe(hash);
  });

  test('a bucket is the hash without its sign, modulo N', () => {
    expect(applyTransform('bucket[16]', 'int', 34)).toBe(3);
    expect(applyTransform('bucket[100]', 'decimal(9, 2)', 1420n)).toBe((-500754589 & 0x7fffffff) % 100);
  });

  test('a type without a hash is refused', () => {
    expect(() => bucketHash('double', 1.5)).toThrow('not defined for double');
  });
});

describe('time transforms count whole units since 1970, downwards before it', () => {
  test.each([
    ['year', 'timestamp', micros('2017-12-01T10:30:55Z'), 47],
    ['month', 'timestamp', micros('2017-12-01T10:30:55Z'), 575],
    ['day', 'timestamp', micros('2017-12-01T10:30:55Z'), 17501],
    ['hour', 'timestamp', micros('2017-12-01T10:30:55Z'), 420034],
    ['year', 'timestamp', -1n, -1],
    ['month', 'timestamp', -1n, -1],
    ['day', 'timestamp', -1n, -1],
    ['hour', 'timestamp', -1n, -1],
    ['year', 'date', days('1969-12-31'), -1],
    ['month', 'date', days('1970-02-01'), 1],
    ['day', 'date', -1, -1],
    ['month', 'date', days('2024-02-29'), 649],
    ['year', 'timestamptz', 9_223_372_036_854_775_807n, 292_277],
  ] as const)('%s of %s %s is %s', (transform, type, value, result) => {
    expect(applyTransform(transform, type, value)).toBe(result);
  });

  test('months agree with the calendar on every day of the years 1600 to 2400', () => {
    for (let day = days('1600-01-01'); day < days('2400-01-01'); day += 7) {
      const date = new Date(day * 86_400_000);
      const expected = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
      if (applyTransform('month', 'date', day) !== expected) expect.fail(`${date.toISOString()}`);
    }
  });
});

describe('truncate goes down to a multiple of W, or keeps a prefix', () => {
  test.each([
    ['truncate[10]', 'int', 1, 0],
    ['truncate[10]', 'int', -1, -10],
    ['truncate[10]', 'long', -1n, -10n],
    ['truncate[50]', 'decimal(9, 2)', 1065n, 1050n],
    ['truncate[50]', 'decimal(9, 2)', -1n, -50n],
    ['truncate[3]', 'string', 'iceberg', 'ice'],
    ['truncate[2]', 'string', '🎉é🎉', '🎉é'],
    ['truncate[3]', 'string', 'ab', 'ab'],
    ['truncate[2]', 'binary', Buffer.from([1, 2, 3]), Buffer.from([1, 2])],
  ] as const)('%s of %s %s', (transform, type, value, result) => {
    expect(applyTransform(transform, type, value)).toEqual(result);
  });
});

test('null stays null, and void makes everything null', () => {
  expect(applyTransform('bucket[4]', 'string', null)).toBeNull();
  expect(applyTransform('day', 'timestamp', null)).toBeNull();
  expect(applyTransform('void', 'string', 'a')).toBeNull();
});

test('result types', () => {
  expect(transformResultType('identity', 'decimal(9, 2)')).toBe('decimal(9, 2)');
  expect(transformResultType('truncate[5]', 'string')).toBe('string');
  expect(transformResultType('day', 'timestamp')).toBe('date');
  expect(transformResultType('hour', 'timestamp')).toBe('int');
  expect(transformResultType('bucket[8]', 'string')).toBe('int');
});

test('transforms that say so preserve order', () => {
  const transforms: Transform[] = ['identity', 'year', 'month', 'day', 'hour', 'truncate[7]'];
  const values = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
  fc.assert(
    fc.property(fc.constantFrom(...transforms), values, values, (transform, a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      return (
        preservesOrder(transform) &&
        applyTransform(transform, 'timestamp', low)! <= applyTransform(transform, 'timestamp', high)!
      );
    }),
  );
});
