import { expect, test } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { Lag } from '../../local/pages/lag.ts';
import { metricsText } from '../../local/pages/metrics.ts';
import { type Reading, statusOf } from '../../local/pages/status.ts';

const settings = parseSettings({});
const reading: Reading = {
  nowMs: 10_000,
  startedMs: 1_000,
  log: { start: 0, end: 12, bytes: 4096 },
  done: {
    round: 2,
    logId: 'a',
    to: 10,
    sums: { records: 10, rows: { web_log: 6, rejected: 2 }, dropped: 1, failed: 1 },
  },
  oldestMs: 9_500,
  inFlightBytes: 512,
  refusals: { client: 2, server: 1 },
  delivery: { state: 'running', retries: 3 },
  disk: { freeBytes: 2 ** 40 },
  process: { memoryBytes: 1024, cpuSeconds: 1.5 },
};
const alarmed = (given: Partial<Reading>): string[] =>
  statusOf({ ...reading, ...given }, settings)
    .alarms.filter(({ alarm }) => alarm)
    .map(({ name }) => name);

test('what was accepted is rows, rejected, dropped, failed or in flight', () => {
  expect(statusOf(reading, settings)).toMatchObject({
    accepted: 12,
    rows: { web_log: 6 },
    rejected: 2,
    dropped: 1,
    failed: 1,
    inFlight: 2,
    balanced: true,
    lagMs: 500,
  });
});

test('a verdict too few is seen', () => {
  const { sums } = reading.done;
  const done = { ...reading.done, sums: { ...sums, rows: { web_log: 5, rejected: 2 } } };
  expect(statusOf({ ...reading, done }, settings).balanced).toBe(false);
  expect(alarmed({ done })).toContain('SumsDiffer');
});

test('alarms say what needs a person', () => {
  const healthy = { ...reading.done, sums: { ...reading.done.sums, failed: 0, dropped: 2 } };
  expect(alarmed({ done: healthy })).toEqual([]);
  expect(alarmed({})).toEqual(['DeliveryFailed']);
  const stopped = { state: 'stopped', retries: 1, message: 'the log is damaged' } as const;
  expect(alarmed({ done: healthy, delivery: stopped })).toEqual(['DeliveryStopped']);
  expect(alarmed({ done: healthy, oldestMs: -60_000 })).toEqual(['DeliveryStale']);
  expect(alarmed({ done: healthy, disk: { freeBytes: 1 } })).toEqual(['DiskLow']);
  const full = { start: 0, end: 12, bytes: 2 ** 40 };
  expect(alarmed({ done: healthy, log: full })).toEqual(['StreamThrottled']);
});

test('metrics are in Prometheus format, with quotes in labels escaped', () => {
  const done = { ...reading.done, sums: { ...reading.done.sums, rows: { 'a"b\\c': 6, rejected: 2 } } };
  const text = metricsText(statusOf({ ...reading, done }, settings));
  expect(text).toContain(
    '# TYPE firn_verdicts_total counter\nfirn_verdicts_total{verdict="row",table="a\\"b\\\\c"} 6\n',
  );
  expect(text).toContain('\nfirn_in_flight_records 2\n');
  expect(text).toContain('\nfirn_in_flight_bytes 512\n');
  expect(text).toContain('firn_gateway_refusals_total{class="4xx"} 2\n');
  expect(text).toContain('firn_alarm{name="DeliveryFailed"} 1\n');
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.e+]+)$/);
  }
});

test('lag is the age of the oldest record that is not delivered; what waits has a size', () => {
  const lag = new Lag(2);
  const seen = () => [lag.oldestMs, lag.bytes];
  expect(seen()).toEqual([undefined, 0]);
  lag.grew(5, 100, 300);
  lag.grew(9, 1000, 400);
  lag.grew(12, 1010, 300);
  expect(seen()).toEqual([100, 1000]);
  lag.delivered(4);
  expect(seen()).toEqual([100, 800]);
  lag.delivered(5);
  expect(seen()).toEqual([1000, 700]);
  lag.delivered(11);
  expect(seen()).toEqual([1000, 100]);
  lag.delivered(12);
  expect(seen()).toEqual([undefined, 0]);
});
