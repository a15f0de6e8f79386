import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContract } from '../../lake/contract.ts';
import { compileTransform, type Verdict } from '../../lake/transform.ts';
import type { Contract } from '../../lake/types.ts';
import { contracts, published } from '../../schemas/index.ts';
import { type EventOptions, type GeneratedEvent, makeEvents } from '../../scripts/gen/events.ts';
import { idleMs } from '../../scripts/gen/sessions.ts';

const end = Date.UTC(2026, 10, 22, 20);
const hourMs = 3_600_000;

function generate(options: Partial<EventOptions> & { table?: string } = {}): GeneratedEvent[] {
  const contract = contracts.get(options.table ?? 'web_log')!;
  return [...makeEvents({ contract, seed: 7, count: 3000, now: () => end, ...options })];
}

interface WebLog {
  event_id: string;
  user_id: string;
  session_id: string;
  event: string;
  referrer?: string;
  user_agent?: string;
  ip: string;
  os?: string;
  timestamp: string;
  uri: string;
}

const webLog = generate().map(({ data }) => data as WebLog);
const sessions = [...groupBy(webLog, (event) => event.session_id).values()];

function sessionsWith(...events: string[]): number {
  return sessions.filter((session) => session.some(({ event }) => events.includes(event))).length;
}

describe('one seed', () => {
  test.each(['web_log', 'ecommerce_event', 'app_event'])(
    'gives the same events of %s, byte for byte',
    (table) => {
      const options = { table, seed: 42, count: 500, invalid: 10 };
      expect(JSON.stringify(generate(options))).toBe(JSON.stringify(generate(options)));
    },
  );

  test('gives the same events while another seed is read beside it', () => {
    const options = { contract: contracts.get('web_log')!, count: 50, now: () => end };
    const alone = [...makeEvents({ ...options, seed: 1 })];
    const first = makeEvents({ ...options, seed: 1 });
    const second = makeEvents({ ...options, seed: 2 });
    const beside = alone.map(() => {
      second.next();
      return first.next().value;
    });
    expect(beside).toEqual(alone);
  });

  test('shares no event id with another seed, nor has one twice', () => {
    const ids = [...generate({ seed: 1 }), ...generate({ seed: 2 })].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6000);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('a site of visitors', () => {
  test('has a funnel that narrows, each stage within the one before', () => {
    const stages = [['visit'], ['view'], ['list', 'like'], ['cart'], ['purchase']].map((stage) =>
      sessionsWith(...stage),
    );
    expect(stages[0]).toBe(sessions.length);
    for (const [i, stage] of stages.entries()) if (i > 0) expect(stage).toBeLessThan(stages[i - 1]! * 0.9);
    expect(stages.at(-1)).toBeGreaterThan(0);
  });

  test('sees visitors come back, as the same person and after half an hour at least', () => {
    const visitors = [...groupBy(sessions, (session) => session[0]!.user_id).values()];
    const returning = visitors.filter((visits) => visits.length > 1);
    expect(returning.length).toBeGreaterThan(visitors.length / 4);
    for (const visits of returning) {
      const events = visits.flat();
      for (const member of ['ip', 'user_agent', 'os'] as const) {
        expect(new Set(events.map((event) => event[member])).size).toBe(1);
      }
      for (const [i, visit] of visits.entries()) {
        if (i > 0) expect(time(visit[0]!) - time(visits[i - 1]!.at(-1)!)).toBeGreaterThanOrEqual(idleMs);
      }
    }
  });

  test('keeps a session together: no pause in it is as long as one that would end it', () => {
    for (const session of sessions) {
      expect(session[0]!.event).toBe('visit');
      for (const [i, event] of session.entries()) {
        if (i > 0) expect(time(event) - time(session[i - 1]!)).toBeLessThan(idleMs);
      }
    }
  });

  test('is found through links by some, and nobody comes from elsewhere inside a session', () => {
    const found = sessions.filter((session) => session[0]!.referrer !== undefined).length;
    expect(found / sessions.length).toBeGreaterThan(0.4);
    expect(found / sessions.length).toBeLessThan(0.7);
    for (const session of sessions) {
      for (const event of session.slice(1)) expect(event.referrer).toBeUndefined();
    }
  });

  test('has products that are far more popular than others', () => {
    const pages = groupBy(
      webLog.filter(({ event }) => event === 'view'),
      (event) => event.uri,
    );
    const counts = [...pages.values()].map((events) => events.length).sort((a, b) => b - a);
    expect(counts[0]).toBeGreaterThan(10 * counts[Math.floor(counts.length / 2)]!);
  });
});

describe('time', () => {
  test('runs forward through the last six hours up to now, never past it', () => {
    const times = webLog.map(time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(end - 6 * hourMs);
    expect(times[0]).toBeLessThan(end - 5 * hourMs);
    expect(times.at(-1)).toBeLessThanOrEqual(end);
    expect(times.at(-1)).toBeGreaterThan(end - hourMs / 60);
  });

  test('knows busy hours and quiet ones', () => {
    const morning = generate({ now: () => Date.UTC(2026, 10, 22, 9) }).map(({ data }) => data as WebLog);
    const perHour = groupBy(morning, ({ timestamp }) => timestamp.slice(11, 13));
    expect(perHour.get('08')!.length).toBeGreaterThan(2 * perHour.get('04')!.length);
  });

  test('a handful of events is minutes old, so that a report of the last hour shows them', () => {
    for (const { data } of generate({ count: 5 })) {
      expect(time(data as WebLog)).toBeGreaterThanOrEqual(end - 10 * 60_000);
    }
  });

  test('without a count, events happen when they are read', () => {
    let clock = end;
    const events = makeEvents({
      contract: contracts.get('web_log')!,
      seed: 1,
      count: Number.POSITIVE_INFINITY,
      now: () => clock,
    });
    for (let i = 0; i < 2000; i++) {
      clock += 10;
      const { data } = events.next().value as GeneratedEvent;
      expect(end - time(data as WebLog)).toBeLessThan(0);
      expect(clock - time(data as WebLog)).toBeLessThanOrEqual(10);
    }
  });
});

const transform = compileTransform({ contracts, published, defaultTable: 'web_log' });

/** What the lakehouse makes of an event that was put into the stream as it is. */
function verdict({ data }: GeneratedEvent, into = transform): Verdict {
  return into({
    bytes: Buffer.from(JSON.stringify(data)),
    arrivalMs: end,
    stream: undefined,
    shardId: undefined,
    sequenceNumber: undefined,
    recordId: '1',
  });
}

describe.each(['json', 'avro'] as const)('as %s', (format) => {
  test.each(['web_log', 'ecommerce_event', 'app_event'])('every event becomes a row of %s', (table) => {
    for (const event of generate({ table, format, count: 300 })) {
      const { table: landed, row } = verdict(event);
      expect([landed, row.event_id, row.reason]).toEqual([table, event.id, undefined]);
    }
  });

  test.each(['web_log', 'ecommerce_event', 'app_event'])('each broken event of %s is rejected', (table) => {
    const events = generate({ table, format, count: 300, invalid: 100 });
    for (const event of events)
      expect([event.fault, verdict(event).table]).toEqual([event.fault, 'rejected']);
    expect(new Set(events.map(({ fault }) => fault)).size).toBeGreaterThanOrEqual(3);
  });

  test('exactly the share asked for is broken', () => {
    for (const [invalid, broken] of [
      [0, 0],
      [0.5, 5],
      [12, 120],
      [100, 1000],
    ] as const) {
      const events = generate({ format, count: 1000, invalid });
      expect(events.filter(({ fault }) => fault !== undefined).length).toBe(broken);
      expect(events.filter((event) => verdict(event).table === 'rejected').length).toBe(broken);
    }
  });
});

test('an event tells its id, also when it is broken, as long as it can be read', () => {
  for (const { id, data, fault } of generate({ invalid: 50 })) {
    if (fault === 'cut-off JSON') expect(data).toContain(id);
    else expect((data as WebLog).event_id).toBe(id);
  }
});

test('an application spells its events its own way, and the table they belong to is named', () => {
  const [event] = generate({ table: 'app_event', count: 1 });
  expect(event!.data).toMatchObject({
    $table: 'app_event',
    customerId: expect.any(String),
    ipAddress: expect.any(String),
    event: { type: 'search', product: '', amount: expect.any(Number) },
  });
});

describe("a contract of one's own", () => {
  const contract: Contract = parseContract(
    {
      type: 'record',
      name: 'sensor_reading',
      fields: [
        { name: 'sensor', type: 'string', 'field-id': 3, generate: 'key(sensor-, 20)' },
        {
          name: 'state',
          type: { type: 'enum', name: 'state', symbols: ['ok', 'warm', 'broken'] },
          'field-id': 4,
        },
        { name: 'place', type: ['null', 'string'], default: null, 'field-id': 5, generate: 'location.city' },
        { name: 'celsius', type: 'double', 'field-id': 6, generate: 'between(-20, 40)' },
        { name: 'seen', type: { type: 'long', logicalType: 'timestamp-millis' }, 'field-id': 7 },
        {
          name: 'cost',
          type: { type: 'bytes', logicalType: 'decimal', precision: 3, scale: 2 },
          'field-id': 8,
        },
        { name: 'tags', type: { type: 'array', items: 'string', 'element-id': 10 }, 'field-id': 9 },
        { name: 'installed', type: { type: 'int', logicalType: 'date' }, 'field-id': 11 },
        {
          name: 'owner',
          type: [
            'null',
            {
              type: 'record',
              name: 'owner',
              fields: [{ name: 'mail', type: 'string', 'field-id': 13, generate: 'internet.email' }],
            },
          ],
          default: null,
          'field-id': 12,
        },
      ],
    },
    'sensor_reading.avsc',
  );
  const own = new Map([[contract.table, contract]]);
  const toRow = compileTransform({ contracts: own, published: [contract], defaultTable: 'web_log' });

  test.each(['json', 'avro'] as const)('is enough to make valid events as %s', (format) => {
    const places = new Set<unknown>();
    for (const event of generate({ contract, format, count: 300 })) {
      const { table, row } = verdict(event, toRow);
      expect([table, row.reason]).toEqual(['sensor_reading', undefined]);
      expect(row.sensor).toMatch(/^sensor-([1-9]|1\d|20)$/);
      places.add(row.place);
    }
    expect(places.has(undefined)).toBe(true);
    expect(places.size).toBeGreaterThan(50);
  });

  test('any seed gives the same events twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (seed) => {
        expect(generate({ contract, seed, count: 5 })).toEqual(generate({ contract, seed, count: 5 }));
      }),
      { numRuns: 10 },
    );
  });
});

function time({ timestamp }: WebLog): number {
  return Date.parse(timestamp);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
