import { expect, test } from 'vitest';
import type { Type } from '../../lake/types.ts';
import { Random } from '../../scripts/gen/random.ts';
import { compileValue } from '../../scripts/gen/values.ts';

const at = Date.UTC(2026, 10, 22, 10);

function values(type: Type, generate?: string): unknown[] {
  const make = compileValue({ name: 'x', type, ...(generate === undefined ? {} : { generate }) });
  const random = new Random(1, 'test');
  return Array.from({ length: 500 }, () => make(random, at));
}

test('oneOf gives its values, the first one most often', () => {
  const drawn = values({ kind: 'string' }, 'oneOf(US, UK, SG)');
  const counts = ['US', 'UK', 'SG'].map((country) => drawn.filter((value) => value === country).length);
  expect(counts.reduce((a, b) => a + b)).toBe(500);
  expect(counts[0]).toBeGreaterThan(counts[2]!);
});

test('between stays inside its range, and is whole where the column is', () => {
  for (const value of values({ kind: 'int' }, 'between(50, 53)')) expect([50, 51, 52, 53]).toContain(value);
});

test('a faker function gives text, numbers, truth and times as the column needs them', () => {
  for (const value of values({ kind: 'string' }, 'internet.ipv4'))
    expect(value).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  for (const value of values({ kind: 'long' }, 'number.float')) expect(Number.isInteger(value)).toBe(true);
  for (const value of values({ kind: 'boolean' }, 'datatype.boolean')) expect(typeof value).toBe('boolean');
  for (const value of values({ kind: 'timestamp' }, 'date.recent'))
    expect(Number.isInteger(value)).toBe(true);
});

test('string.uuid is new for every event', () => {
  expect(new Set(values({ kind: 'string' }, 'string.uuid')).size).toBe(500);
});

test.each([
  'internet.nothing',
  'nowhere',
  'between(3)',
  'between(9, 1)',
  'key(a)',
  'pick(a, b)',
  'internet.ipv4.x',
])('the unknown rule %s is refused by name, with what would be right', (rule) => {
  expect(() => values({ kind: 'string' }, rule)).toThrow(
    `field "x": "generate" is "${rule}"; expected a faker function such as internet.ipv4, oneOf(a, b, …)`,
  );
});

test('a rule that gives no number cannot fill a number', () => {
  expect(() => values({ kind: 'int' }, 'internet.email')).toThrow(
    /field "x" is int, but "generate": "internet.email"/,
  );
});
