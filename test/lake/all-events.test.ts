import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allEventsSql } from '../../lake/all-events.ts';
import { parseContract } from '../../lake/contract.ts';
import { icebergSchema } from '../../lake/iceberg.ts';
import { parseView } from '../../lake/queries.ts';
import { contracts } from '../../schemas/index.ts';
import { temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from '../sql/iceberg-lake.ts';

/** Where track calls named "Order Completed" land. */
const orderCompleted = parseContract(
  {
    type: 'record',
    name: 'order_completed',
    fields: [
      { name: 'user_id', type: ['null', 'string'], default: null, 'field-id': 3, pii: true },
      { name: 'anonymous_id', type: 'string', 'field-id': 4 },
      { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 5 },
      { name: 'revenue', type: 'double', 'field-id': 6 },
    ],
  },
  'order_completed.avsc',
);
const clickstream = contracts.get('clickstream')!;

describe('the view of all events', () => {
  const home = temporaryHome();
  let lake: IcebergLake;
  beforeAll(async () => {
    const sql = allEventsSql([
      orderCompleted,
      contracts.get('app_event')!,
      contracts.get('rejected')!,
      clickstream,
    ]);
    lake = await openIcebergLake(home, { views: [parseView('all_events.sql', sql)] });
    await lake.create('clickstream', icebergSchema(clickstream));
    await lake.create('order_completed', icebergSchema(orderCompleted));
    await lake.append('clickstream', [
      { event_id: 'a', received_at: 2, type: 'page', name: 'Home', anonymous_id: 'x', timestamp: 1 },
      { event_id: 'b', received_at: 3, type: 'track', event: 'Sent', user_id: 'ada', timestamp: 2 },
      { event_id: 'b', received_at: 9, type: 'track', event: 'Sent', user_id: 'ada', timestamp: 2 },
    ]);
    await lake.append('order_completed', [
      { event_id: 'c', received_at: 4, user_id: 'ada', anonymous_id: 'x', timestamp: 3, revenue: 5 },
    ]);
  });
  afterAll(() => lake.close());

  it('has each event of the clickstream and of the typed tables once', async () => {
    const sql =
      'SELECT table_name, event_id, type, event, user_id, anonymous_id FROM all_events ORDER BY event_id';
    expect(await lake.query(sql)).toEqual([
      ['clickstream', 'a', 'page', 'Home', null, 'x'],
      ['clickstream', 'b', 'track', 'Sent', 'ada', null],
      // This contract calls the user personal data.
      ['order_completed', 'c', 'track', 'order_completed', null, 'x'],
    ]);
  });

  it('of the shipped contracts is the file that npm run schemas makes', () => {
    const file = new URL('../../queries/views/all_events.sql', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(allEventsSql(contracts.values()));
  });
});
