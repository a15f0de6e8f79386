import { describe, expect, test } from 'vitest';
import { compileTransform, type Verdict } from '../../lake/transform.ts';
import { contracts, published } from '../../schemas/index.ts';
import { type EventOptions, type GeneratedEvent, makeEvents } from '../../scripts/gen/events.ts';
import { idleMs } from '../../scripts/gen/sessions.ts';

const end = Date.UTC(2026, 10, 22, 20);
const dayMs = 86_400_000;

function generate(options: Partial<EventOptions> = {}): GeneratedEvent[] {
  const contract = contracts.get('clickstream')!;
  return [...makeEvents({ contract, seed: 7, count: 6000, now: () => end, ...options })];
}

const transform = compileTransform({ contracts, published, defaultTable: 'web_log' });

/** What the lakehouse makes of a message; `route` undefined: as a row of the Kinesis proxy. */
function verdict({ data }: GeneratedEvent, route?: string): Verdict {
  const text = JSON.stringify(data);
  return transform({
    bytes: Buffer.from(
      route === undefined ? text : `{"$firn":1,"id":"r-0","route":"${route}","at":${end},"data":${text}}`,
    ),
    arrivalMs: end,
    stream: undefined,
    shardId: undefined,
    sequenceNumber: undefined,
    recordId: '1',
  });
}

const rows = generate().map((event) => verdict(event).row as unknown as Row);

interface Row {
  event_id: string;
  type: string;
  event?: string;
  user_id?: string;
  anonymous_id: string;
  timestamp: number;
  channel?: string;
  browser?: string;
  device_class?: string;
  country?: string;
  path?: string;
  utm_campaign?: string;
  properties?: string;
}

const people = new Map<string, Row[]>();
for (const row of rows) people.set(row.anonymous_id, [...(people.get(row.anonymous_id) ?? []), row]);

describe('a generated clickstream', () => {
  test('is the same for one seed, byte for byte', () => {
    const options = { seed: 42, count: 500, invalid: 10 };
    expect(JSON.stringify(generate(options))).toBe(JSON.stringify(generate(options)));
    expect(JSON.stringify(generate({ ...options, seed: 43 }))).not.toBe(JSON.stringify(generate(options)));
  });

  test.each([
    ['by the Kinesis proxy', undefined, false],
    ["by Segment's batches", 'segment/batch', true],
  ])('%s becomes rows of clickstream, each with its id', (_, route, unrouted) => {
    const events = generate({ count: 500, unrouted });
    expect(new Set(events.map(({ id }) => id)).size).toBe(500);
    for (const event of events) {
      const { table, row } = verdict(event, route);
      expect([table, row.event_id, row.reason]).toEqual(['clickstream', event.id, undefined]);
    }
  });

  test('breaks exactly the share that is asked for, and what is broken is rejected', () => {
    const events = generate({ count: 1000, invalid: 12, unrouted: true });
    const broken = events.filter(({ fault }) => fault !== undefined);
    expect(broken).toHaveLength(120);
    for (const event of events) {
      const { table } = verdict(event, 'segment/batch');
      expect([event.fault, table]).toEqual([
        event.fault,
        event.fault === undefined ? 'clickstream' : 'rejected',
      ]);
    }
    expect(new Set(broken.map(({ fault }) => fault)).size).toBeGreaterThanOrEqual(6);
  });

  test('reaches back two weeks, or as far as is said, and never beyond the end', () => {
    const times = rows.map(({ timestamp }) => timestamp / 1000);
    expect(Math.max(...times)).toBeLessThanOrEqual(end);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(end - 14 * dayMs - 600_000);
    expect(Math.min(...times)).toBeLessThan(end - 13.5 * dayMs);
    const lately = generate({ days: 1, count: 500 }).map(
      (event) => Number(verdict(event).row.timestamp) / 1000,
    );
    expect(Math.min(...lately)).toBeGreaterThanOrEqual(end - dayMs - 600_000);
  });

  test('has the devices of our days, a few crawlers among them, and countries in two letters', () => {
    const share = (wanted: string) =>
      rows.filter(({ device_class }) => device_class === wanted).length / rows.length;
    expect(share('mobile')).toBeGreaterThan(0.4);
    expect(share('desktop')).toBeGreaterThan(0.25);
    expect(share('tablet')).toBeGreaterThan(0);
    expect(share('bot')).toBeGreaterThan(0);
    expect(share('bot')).toBeLessThan(0.1);
    expect(new Set(rows.map(({ country }) => country?.length))).toEqual(new Set([2]));
    expect(rows.map(({ country }) => country)).toContain('GB');
  });

  test('has pages that people come to, and pages that they go on to', () => {
    const views = rows.filter(({ type }) => type === 'page').map(({ path }) => path!);
    for (const path of ['/', '/shoes', '/cart', '/checkout']) expect(views).toContain(path);
    expect(views.some((path) => path.startsWith('/products/'))).toBe(true);
  });

  test('has a funnel that narrows', () => {
    const took = (event: string) => rows.filter((row) => row.event === event).length;
    const steps = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'].map(took);
    expect(steps[1]).toBeLessThan(steps[0]! / 2);
    expect(steps[2]).toBeLessThan(steps[1]!);
    expect(steps[3]).toBeLessThanOrEqual(steps[2]!);
    expect(steps[3]).toBeGreaterThan(0);
  });

  test('has people who come back on later days, most of them soon', () => {
    const returns = [...people.values()].flatMap((own) => {
      const days = [...new Set(own.map(({ timestamp }) => Math.floor(timestamp / 1000 / dayMs)))].sort(
        (a, b) => a - b,
      );
      return days.slice(1).map((day) => day - days[0]!);
    });
    expect(returns.length).toBeGreaterThan(people.size / 10);
    const soon = returns.filter((days) => days <= 3).length;
    expect(soon).toBeGreaterThan(returns.length / 2);
    expect(soon).toBeLessThan(returns.length);
  });

  test('has people who log in: one user for each who does, in all sessions the same', () => {
    const known = [...people.values()].filter((own) => own.some((row) => row.user_id !== undefined));
    expect(known.length).toBeGreaterThan(0);
    expect(known.length).toBeLessThan(people.size);
    for (const own of known) expect(new Set(own.flatMap((row) => row.user_id ?? [])).size).toBe(1);
  });

  test('is brought by all kinds of channels, and tells campaigns', () => {
    const channels = new Set(rows.map((row) => row.channel));
    for (const channel of ['direct', 'organic_search', 'paid_search', 'paid_social', 'email', 'internal']) {
      expect(channels).toContain(channel);
    }
    expect(rows.some((row) => row.utm_campaign === 'spring-sale')).toBe(true);
  });

  test('has screens of an application beside pages, with no browser', () => {
    const screens = rows.filter((row) => row.type === 'screen');
    expect(screens.length).toBeGreaterThan(0);
    for (const screen of screens) expect(screen.browser).toBeUndefined();
  });

  test('has sessions without long pauses: whoever is away for half an hour was really away', () => {
    let pauses = 0;
    for (const own of people.values()) {
      for (const [i, row] of own.entries()) {
        if (i === 0 || row.timestamp - own[i - 1]!.timestamp < idleMs * 1000) continue;
        pauses++;
        expect(['page', 'screen']).toContain(row.type);
      }
    }
    expect(pauses).toBeGreaterThan(0);
  });

  test('without a count happens when it is read', () => {
    let clock = end;
    const events = makeEvents({
      contract: contracts.get('clickstream')!,
      seed: 1,
      count: Number.POSITIVE_INFINITY,
      now: () => clock,
    });
    for (let i = 0; i < 2000; i++) {
      clock += 10;
      const { data } = events.next().value as GeneratedEvent;
      const at = Date.parse((data as { timestamp: string }).timestamp);
      expect(Math.abs(clock - at)).toBeLessThan(5_000);
    }
  });
});
