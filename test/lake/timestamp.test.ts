import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDate, parseTimestamp } from '../../lake/timestamp.ts';

test.each([
  ['1970-01-01T00:00:00Z', 0],
  ['2026-11-22T10:00:00Z', 1_795_341_600_000_000],
  ['2026-11-22T11:00:00+01:00', 1_795_341_600_000_000],
  ['2026-11-22T05:30:00-04:30', 1_795_341_600_000_000],
  ['2026-11-22T10:00:00.5Z', 1_795_341_600_500_000],
  ['2026-11-22T10:00:00.123456789Z', 1_795_341_600_123_456],
  ['2024-02-29T00:00:00Z', 1_709_164_800_000_000],
])('%s is %d microseconds', (text, micros) => {
  expect(parseTimestamp(text)).toBe(micros);
});

test.each([
  '2026-11-22T10:00:00',
  '2026-11-22 10:00:00Z',
  '2026-11-22T10:00:60Z',
  '2026-11-22T24:00:00Z',
  '2026-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2026-1-2T3:4:5Z',
  '2026-11-22T10:00:00.Z',
  '2026-11-22T10:00:00.1234567890Z',
  '2026-11-22t10:00:00z',
  '2026-11-22T10:00:00+0100',
  '2026-11-22T10:00:00Z ',
  '２０２６-11-22T10:00:00Z',
  '',
])('%j is not a timestamp', (text) => {
  expect(parseTimestamp(text)).toBeUndefined();
});

test('every instant from 1970 to 2100 reads back from its ISO text', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2100-12-31'), noInvalidDate: true }), (date) => {
      expect(parseTimestamp(date.toISOString())).toBe(date.getTime() * 1000);
    }),
  );
});

test('a date is days since 1970', () => {
  expect(parseDate('1970-01-02')).toBe(1);
  expect(parseDate('1969-12-31')).toBe(-1);
  expect(parseDate('2026-02-30')).toBeUndefined();
  expect(parseDate('22.11.2026')).toBeUndefined();
});
