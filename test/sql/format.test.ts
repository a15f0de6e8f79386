import {
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  FLOAT,
  INTERVAL,
  TIMESTAMP,
  TIMESTAMPTZ,
} from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatter } from '../../local/sql/format.ts';

describe('values as Athena prints them', () => {
  it.each([
    [0n, '1970-01-01 00:00:00.000000'],
    [-1n, '1969-12-31 23:59:59.999999'],
    [1704103200123456n, '2024-01-01 10:00:00.123456'],
    [-62135596800000000n, '0001-01-01 00:00:00.000000'],
    [253402300799999999n, '9999-12-31 23:59:59.999999'],
    [253402300800000000n, '10000-01-01 00:00:00.000000'],
  ])('%s µs is %s', (micros, text) => {
    expect(formatter(TIMESTAMP)(new DuckDBTimestampValue(micros))).toBe(text);
  });

  it('a timestamp prints as the ISO clock does, at any time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 45), max: 2 ** 47 }),
        fc.integer({ min: 0, max: 999 }),
        (millis, rest) => {
          const iso = new Date(millis).toISOString().replace('T', ' ').replace('Z', '');
          const micros = BigInt(millis) * 1000n + BigInt(rest);
          expect(formatter(TIMESTAMP)(new DuckDBTimestampValue(micros))).toBe(
            `${iso}${String(rest).padStart(3, '0')}`,
          );
        },
      ),
    );
  });

  it('a zoned timestamp names its zone, and has microseconds where there are some', () => {
    const format = formatter(TIMESTAMPTZ);
    expect(format(new DuckDBTimestampTZValue(1704103200123000n))).toBe('2024-01-01 10:00:00.123 UTC');
    expect(format(new DuckDBTimestampTZValue(1704103200123456n))).toBe('2024-01-01 10:00:00.123456 UTC');
  });

  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [1234567.5, '1234567.5'],
    [1e7, '1.0E7'],
    [1.5e300, '1.5E300'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NaN, 'NaN'],
  ])('the double %s prints as Java prints it', (value, text) => {
    expect(formatter(DOUBLE)(value)).toBe(text);
  });

  it('a real prints its own digits, not those of the double next to it', () => {
    expect(formatter(FLOAT)(Math.fround(0.1))).toBe('0.1');
  });

  it('dates, decimals and intervals', () => {
    expect(formatter(DATE)(new DuckDBDateValue(-1))).toBe('1969-12-31');
    expect(formatter(DECIMAL(10, 2))(new DuckDBDecimalValue(-5n, 10, 2))).toBe('-0.05');
    expect(formatter(INTERVAL)(new DuckDBIntervalValue(0, 1, 3_600_000_000n))).toBe('1 01:00:00.000');
    expect(formatter(INTERVAL)(new DuckDBIntervalValue(0, 0, -500_000n))).toBe('-0 00:00:00.500');
    expect(formatter(INTERVAL)(new DuckDBIntervalValue(-14, 0, 0n))).toBe('-1-2');
    expect(formatter(DATE)(null)).toBeNull();
  });
});
