import { expect, test } from 'vitest';
import { inFlight, sumsLine } from '../../scripts/demo/sums.ts';

const done = {
  round: 3,
  logId: 'log',
  to: 1990,
  sums: { records: 1990, rows: { web_log: 1500, app_event: 470, rejected: 20 }, dropped: 0, failed: 0 },
};

test('accepted records are rows, rejected ones, or still in flight', () => {
  expect(inFlight({ accepted: 2000, done })).toBe(10);
  expect(sumsLine({ accepted: 2000, done })).toBe('2,000 accepted = 1,970 rows + 20 rejected + 10 in flight');
});

test('records that the transform dropped or failed on are told where there are any', () => {
  const sums = { ...done.sums, rows: { web_log: 1987 }, dropped: 1, failed: 2 };
  expect(sumsLine({ accepted: 1990, done: { ...done, sums } })).toBe(
    '1,990 accepted = 1,987 rows + 0 rejected + 0 in flight + 1 dropped by the transform + 2 in error objects',
  );
});

test('sums that do not add up are an error, not a report', () => {
  const sums = { ...done.sums, records: 1989, rows: { web_log: 1989 } };
  expect(() => sumsLine({ accepted: 1990, done: { ...done, sums } })).toThrow('the sums differ');
});
