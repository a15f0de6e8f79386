import { expect, test } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { dueIn, isFull } from '../../local/delivery/policy.ts';

const settings = parseSettings({ bufferMs: 1000, bufferIdleMs: 250, bufferRecords: 100, bufferMiB: 1 });
const gathered = { records: 1, bytes: 10, startedMs: 10_000, newestMs: 10_000 };

test('nothing gathered is never due', () => {
  expect(dueIn({ ...gathered, records: 0 }, 99_999, settings)).toBe(Number.POSITIVE_INFINITY);
});

test('a quiet stream is delivered when nothing came for a while', () => {
  expect(dueIn(gathered, 10_100, settings)).toBe(150);
  expect(dueIn(gathered, 10_250, settings)).toBe(0);
});

test('a busy stream is delivered when the buffer is old enough', () => {
  expect(dueIn({ ...gathered, newestMs: 10_900 }, 10_900, settings)).toBe(100);
  expect(dueIn({ ...gathered, newestMs: 11_000 }, 11_000, settings)).toBe(0);
});

test('a full round is due at once', () => {
  expect(isFull({ ...gathered, records: 100 }, settings)).toBe(true);
  expect(isFull({ ...gathered, bytes: 2 ** 20 }, settings)).toBe(true);
  expect(dueIn({ ...gathered, records: 100 }, 10_000, settings)).toBe(0);
});
