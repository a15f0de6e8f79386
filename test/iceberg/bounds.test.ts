import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../lake/transforms.ts';
import {
  compareValues,
  decodeValue,
  encodeValue,
  lowerBound,
  upperBound,
} from '../../local/iceberg/bounds.ts';

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');

describe('single values are spelt as in the spec, Appendix D', () => {
  test.each<[string, Value, string]>([
    ['boolean', false, '00'],
    ['boolean', true, '01'],
    ['int', 34, '22000000'],
    ['long', -2n, 'feffffffffffffff'],
    ['float', -1.5, '0000c0bf'],
    ['double', 1.5, '000000000000f83f'],
    ['date', -1, 'ffffffff'],
    ['timestamp', 1n, '0100000000000000'],
    ['timestamptz', -1n, 'ffffffffffffffff'],
    ['decimal(9, 2)', 1420n, '058c'],
    ['decimal(9, 2)', 0n, '00'],
    ['decimal(9, 2)', -1n, 'ff'],
    ['decimal(9, 2)', 128n, '0080'],
    ['decimal(38, 0)', -(2n ** 64n), 'ff0000000000000000'],
    ['string', 'é🎉', 'c3a9f09f8e89'],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['binary', Buffer.from([0, 255]), '00ff'],
    ['fixed[2]', Buffer.from([1, 2]), '0102'],
  ])('%s %s is %s', (type, value, expected) => {
    const bytes = encodeValue(type, value);
    expect(hex(bytes)).toBe(expected);
    expect(decodeValue(type, bytes)).toEqual(value);
  });
});

test('every value survives the round trip', () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const cases: [string, fc.Arbitrary<Value>][] = [
    ['int', fc.integer()],
    ['long', long],
    ['timestamp', long],
    ['double', fc.double({ noNaN: true })],
    ['float', fc.float({ noNaN: true })],
    ['decimal(38, 5)', fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })],
    ['string', fc.string({ unit: 'grapheme' })],
    ['binary', fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  ];
  for (const [type, values] of cases) {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeValue(type, encodeValue(type, value))).toEqual(value);
      }),
    );
  }
});

test('a bound written before its column was widened still reads', () => {
  expect(decodeValue('long', encodeValue('int', -5))).toBe(-5n);
  expect(decodeValue('double', encodeValue('float', 1.5))).toBe(1.5);
});

test('bytes that do not fit the type tell nothing', () => {
  expect(decodeValue('int', Buffer.from([1, 2]))).toBeUndefined();
  expect(decodeValue('decimal(9, 2)', Buffer.alloc(0))).toBeUndefined();
});

describe('long bounds are shortened to 16 code points or bytes', () => {
  test('a lower bound is cut', () => {
    expect(lowerBound('string', `${'é'.repeat(15)}🎉🎉🎉`).toString()).toBe(`${'é'.repeat(15)}🎉`);
    expect(lowerBound('binary', Buffer.alloc(20, 7))).toEqual(Buffer.alloc(16, 7));
  });

  test('an upper bound is cut and its last character raised', () => {
    expect(upperBound('string', 'a'.repeat(17))?.toString()).toBe(`${'a'.repeat(15)}b`);
    expect(upperBound('binary', Buffer.alloc(20, 7))).toEqual(Buffer.from([...Buffer.alloc(15, 7), 8]));
  });

  test('one of 16 stays whole', () => {
    expect(upperBound('string', 'z'.repeat(16))?.toString()).toBe('z'.repeat(16));
    expect(upperBound('binary', Buffer.alloc(16, 255))).toEqual(Buffer.alloc(16, 255));
  });

  test('what cannot be raised passes the raise on, and is dropped where all are highest', () => {
    expect(upperBound('string', `a${'\u{10ffff}'.repeat(20)}`)?.toString()).toBe('b');
    expect(upperBound('string', '\u{10ffff}'.repeat(17))).toBeUndefined();
    expect(upperBound('binary', Buffer.alloc(17, 255))).toBeUndefined();
    expect(upperBound('binary', Buffer.from([1, ...Buffer.alloc(17, 255)]))).toEqual(Buffer.from([2]));
  });

  test('raising skips the surrogates, which are no characters', () => {
    expect(upperBound('string', '\ud7ff'.repeat(17))?.toString()).toBe(`${'\ud7ff'.repeat(15)}\ue000`);
  });

  test('bounds always enclose the value', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\uffff', '\ud7ff', '\u{10ffff}', '🎉'),
      maxLength: 24,
    });
    fc.assert(
      fc.property(text, (value) => {
        const lower = decodeValue('string', lowerBound('string', value))!;
        const upper = upperBound('string', value);
        expect(compareValues(lower, value)).toBeLessThanOrEqual(0);
        if (upper) expect(compareValues(decodeValue('string', upper)!, value)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test('texts are ordered by code point, not by UTF-16 unit', () => {
  expect(compareValues('\uffff', '🎉')).toBeLessThan(0);
  expect(compareValues('a', 'B')).toBeGreaterThan(0);
});
