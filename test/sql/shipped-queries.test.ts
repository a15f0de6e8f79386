import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executionParameters, parseNamedQuery } from '../../lake/queries.ts';
import { openTestLake, type TestLake } from './lake.ts';

/** Every event below happened at this time of the day, on 2024-05-01. */
const at = (time: string) => `TIMESTAMP '2024-05-01 ${time}'`;
const now = Date.parse('2024-05-01T12:00:00Z');
const received = `${at('11:59:00')} AS received_at`;

const webLog = [
  // Session s1 buys; its purchase was sent twice.
  ['e1', 'u1', 's1', 'view', "'https://search.test/q?x=1'", '10:00:00', '/product/1?ref=a'],
  ['e2', 'u1', 's1', 'cart', 'NULL', '10:05:00', '/cart'],
  ['e3', 'u1', 's1', 'purchase', 'NULL', '10:10:00', '/checkout'],
  ['e3', 'u1', 's1', 'purchase', 'NULL', '10:10:00', '/checkout'],
  // Session s2 puts into the cart before it views.
  ['e4', 'u2', 's2', 'cart', 'NULL', '11:00:00', '/cart'],
  ['e5', 'u2', 's2', 'view', 'NULL', '11:01:00', '/product/1'],
  // Long ago.
  ['e6', 'u3', 's3', 'view', 'NULL', '00:00:00', '/product/2'],
].map(
  ([id, user, session, event, referrer, time, uri]) =>
    `('${id}', '${user}', '${session}', '${event}', ${referrer}, ${at(time!)}, '${uri}')`,
);
const shop = [
  ['p1', 'u1', 'page_view', 'shoe', '11:10:00'],
  ['p2', 'u1', 'add_to_cart', 'shoe', '11:20:00'],
  ['p3', 'u1', 'purchase', 'shoe', '11:30:00'],
  ['p3', 'u1', 'purchase', 'shoe', '11:30:00'],
  ['p4', 'u2', 'page_view', 'bag', '11:15:00'],
  ['p5', 'u2', 'page_view', 'shoe', '09:00:00'],
].map(([id, user, type, product, time]) => `('${id}', '${user}', '${type}', '${product}', ${at(time!)})`);
const app = [
  ['a1', 'c1', 'US', 'F', 'checkout', 'shoes', '10.50'],
  ['a1', 'c1', 'US', 'F', 'checkout', 'shoes', '10.50'],
  ['a2', 'c2', 'US', 'M', 'search', '', '0.00'],
  ['a3', 'c3', 'DE', 'F', 'checkout', 'bags', '20.00'],
].map(
  ([id, customer, country, gender, type, product, amount]) =>
    `('${id}', '${customer}', '${country}', '${gender}', {'type': '${type}', 'product': '${product}', 'amount': CAST(${amount} AS DECIMAL(12, 2))})`,
);
const eventFields = ['type', 'product', 'amount'].map((name, index) => ({
  id: 20 + index,
  name,
  type: name === 'amount' ? 'decimal(12, 2)' : 'string',
  required: false,
}));

let lake: TestLake;
beforeAll(async () => {
  lake = await openTestLake({
    web_log: {
      columns: {
        event_id: 'string',
        user_id: 'string',
        session_id: 'string',
        event: 'string',
        referrer: 'string',
        timestamp: 'timestamp',
        uri: 'string',
        received_at: 'timestamp',
      },
      rows: `SELECT *, ${received} FROM (VALUES ${webLog.join(', ')}) AS t(event_id, user_id, session_id, event, referrer, "timestamp", uri)`,
    },
    ecommerce_event: {
      columns: {
        event_id: 'string',
        user_id: 'string',
        event_type: 'string',
        product_id: 'string',
        timestamp: 'timestamp',
        price: 'decimal(10, 2)',
        quantity: 'int',
        received_at: 'timestamp',
      },
      rows: `SELECT *, CAST(9.99 AS DECIMAL(10, 2)) AS price, CAST(2 AS INTEGER) AS quantity, ${received}
        FROM (VALUES ${shop.join(', ')}) AS t(event_id, user_id, event_type, product_id, "timestamp")`,
    },
    app_event: {
      columns: {
        event_id: 'string',
        customer_id: 'string',
        country_code: 'string',
        gender: 'string',
        event: { type: 'struct', fields: eventFields },
        received_at: 'timestamp',
      },
      rows: `SELECT *, ${received} FROM (VALUES ${app.join(', ')}) AS t(event_id, customer_id, country_code, gender, event)`,
    },
    clickstream: {
      columns: {
        event_id: 'string',
        type: 'string',
        event: 'string',
        name: 'string',
        user_id: 'string',
        received_at: 'timestamp',
      },
      rows: `SELECT 'm1' AS event_id, 'page' AS type, NULL::VARCHAR AS event, 'Home' AS name, 'u1' AS user_id, ${received}`,
    },
    rejected: {
      columns: {
        event_id: 'string',
        table_name: 'string',
        code: 'string',
        reason: 'string',
        field: 'string',
        received_at: 'timestamp',
      },
      rows: `SELECT 'r' || range AS event_id, 'web_log' AS table_name, 'missing_field' AS code, 'uri is missing' AS reason,
        'uri' AS field, ${received} FROM range(2)`,
    },
  });
});
afterAll(() => lake.close());

const folder = new URL('../../queries/', import.meta.url);
/** Those of `queries/`, and the shop's of `queries/reports/`; test/reports/ has the others. */
const files = [
  ...readdirSync(folder).filter((file) => file.endsWith('.sql')),
  'reports/popular-products.sql',
  'reports/shop-funnel.sql',
];

/** What each shipped query answers over the rows above, asked for at noon. */
const answers: Record<string, { given?: Record<string, string>; rows: (string | null)[][] }[]> = {
  'total-events': [{ rows: [['6', '3', '3', '2024-05-01 00:00:00.000000', '2024-05-01 11:01:00.000000']] }],
  'events-by-hour': [
    {
      given: { hours: '2' },
      rows: [
        ['2024-05-01 10:00:00.000000', 'cart', '1', '1'],
        ['2024-05-01 10:00:00.000000', 'purchase', '1', '1'],
        ['2024-05-01 11:00:00.000000', 'cart', '1', '1'],
        ['2024-05-01 11:00:00.000000', 'view', '1', '1'],
      ],
    },
  ],
  'top-pages': [
    {
      given: { hours: '3', limit: '2' },
      rows: [
        ['/cart', '2', '2', '2'],
        ['/product/1', '2', '2', '2'],
      ],
    },
  ],
  'top-referrers': [
    {
      rows: [
        ['(none)', '2', '2'],
        ['search.test', '1', '1'],
      ],
    },
  ],
  sessions: [
    {
      given: { hours: '3' },
      rows: [
        ['2024-05-01 10:00:00.000000', '1', '3.0', '600.0', '600', '600', '0', '1'],
        ['2024-05-01 11:00:00.000000', '1', '2.0', '60.0', '60', '60', '0', '0'],
      ],
    },
  ],
  'latest-events': [
    {
      given: { limit: '6' },
      rows: [
        // A copy of an event is a row too.
        ['2024-05-01 11:59:00.000000', 'app_event', 'checkout', 'c1', null, null, null, 'a1'],
        ['2024-05-01 11:59:00.000000', 'app_event', 'checkout', 'c1', null, null, null, 'a1'],
        ['2024-05-01 11:59:00.000000', 'app_event', 'search', 'c2', null, null, null, 'a2'],
        ['2024-05-01 11:59:00.000000', 'app_event', 'checkout', 'c3', null, null, null, 'a3'],
        ['2024-05-01 11:59:00.000000', 'web_log', 'view', 'u1', null, null, null, 'e1'],
        ['2024-05-01 11:59:00.000000', 'web_log', 'cart', 'u1', null, null, null, 'e2'],
      ],
    },
  ],
  'web-funnel': [
    {
      given: { hours: '3' },
      rows: [
        ['1', 'view', '2', null, '100.0'],
        ['2', 'cart', '1', '50.0', '50.0'],
        ['3', 'purchase', '1', '100.0', '50.0'],
      ],
    },
    {
      given: { end: '2020-01-01' },
      rows: [
        ['1', 'view', '0', null, null],
        ['2', 'cart', '0', null, null],
        ['3', 'purchase', '0', null, null],
      ],
    },
  ],
  'popular-products': [
    {
      rows: [
        ['shoe', '1', '1', '1', '1'],
        ['bag', '1', '0', '0', '1'],
      ],
    },
  ],
  'shop-funnel': [
    {
      rows: [
        ['1', 'page_view', '2', null, '100.0'],
        ['2', 'add_to_cart', '1', '50.0', '50.0'],
        ['3', 'purchase', '1', '100.0', '50.0'],
      ],
    },
  ],
  revenue: [
    { rows: [['1', '1', '2', '19.98', '19.98']] },
    { given: { end: '2020-01-01' }, rows: [['0', '0', '0', '0.00', null]] },
  ],
  'app-events': [{ rows: [['3', '3']] }],
  'customers-by-gender': [
    {
      rows: [
        ['1', 'F'],
        ['1', 'M'],
      ],
    },
    { given: { country: "D'E" }, rows: [] },
  ],
  'purchases-by-product': [
    {
      rows: [
        ['bags', '1', '1', '20.00'],
        ['shoes', '1', '1', '10.50'],
      ],
    },
  ],
  'rejected-by-reason': [
    { rows: [['web_log', 'missing_field', 'uri', '2', '2024-05-01 11:59:00.000000', 'uri is missing']] },
  ],
};

describe('the queries that ship', () => {
  it.each(files)('%s answers as told', async (file) => {
    const query = parseNamedQuery(path.basename(file), readFileSync(new URL(file, folder), 'utf8'));
    if (query.name === 'freshness') return;
    for (const { given = {}, rows } of answers[query.name]!) {
      const parameters = executionParameters(query, new Map(Object.entries(given)), now);
      expect(await lake.query(query.sql, ...parameters)).toEqual(rows);
    }
  });

  it('freshness tells rows and age of every table', async () => {
    const file = 'freshness.sql';
    const rows = await lake.query(readFileSync(new URL(file, folder), 'utf8'));
    expect(rows.map(([table, count, newest]) => [table, count, newest])).toEqual([
      ['app_event', '4', '2024-05-01 11:59:00.000000'],
      ['clickstream', '1', '2024-05-01 11:59:00.000000'],
      ['ecommerce_event', '6', '2024-05-01 11:59:00.000000'],
      ['rejected', '2', '2024-05-01 11:59:00.000000'],
      ['web_log', '7', '2024-05-01 11:59:00.000000'],
    ]);
    expect(Number(rows[0]![3])).toBeGreaterThan(0);
  });

  it('reports over a stretch of time read only the files of that time', async () => {
    const file = 'revenue.sql';
    const query = parseNamedQuery(file, readFileSync(new URL(file, folder), 'utf8'));
    lake.plans.length = 0;
    await lake.query(query.sql, ...executionParameters(query, new Map(), now));
    expect(lake.plans[0]?.predicates.map(({ column, op }) => `${column} ${op}`)).toEqual([
      'event_type =',
      'timestamp >',
      'timestamp <=',
    ]);
  });
});
