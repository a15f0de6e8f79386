import { expect, test } from 'vitest';
import { compileTransform } from '../../lake/transform.ts';
import { contracts, published } from '../../schemas/index.ts';
import { planReplay } from '../../scripts/replay/plan.ts';
import type { RejectedEvent } from '../../scripts/replay/rejections.ts';

const transform = compileTransform({ contracts, published, defaultTable: 'web_log' });
const nowMs = Date.UTC(2026, 0, 3);

const visit = Buffer.from(
  JSON.stringify({
    user_id: 'ada',
    session_id: 's',
    event: 'view',
    ip: '203.0.113.7',
    hostname: 'h',
    timestamp: '2026-01-02T03:04:05Z',
    uri: '/',
  }),
);

const rejected = (change: Partial<RejectedEvent> = {}): RejectedEvent => ({
  eventId: 'request-0',
  tableName: 'web_log',
  code: 'timestamp_future',
  shardId: 'shardId-000000000000',
  sequenceNumber: '42',
  raw: visit,
  ...change,
});

const plan = (events: RejectedEvent[], originals: [string, Buffer][] = []) =>
  planReplay(
    {
      rejected: events,
      originals: new Map(originals.map(([key, bytes]) => [key, { bytes, partitionKey: 'k' }])),
      failed: [],
    },
    transform,
    nowMs,
  );

test('the record goes as the stream has it', () => {
  const record = Buffer.from(
    `{"$firn":1,"id":"request-0","route":"record","ip":"192.0.2.1","data":${visit}}`,
  );
  expect(plan([rejected()], [['shardId-000000000000:42', record]]).again).toEqual([
    { table: 'web_log', eventId: 'request-0', bytes: record, partitionKey: 'k' },
  ]);
});

test('where the stream has it no more, the event goes in an envelope with its first id', () => {
  const [again] = plan([rejected()]).again;
  expect(again).toMatchObject({ eventId: 'request-0', partitionKey: 'request-0' });
  expect(JSON.parse(String(again!.bytes))).toEqual({
    $firn: 1,
    id: 'request-0',
    route: 'record',
    data: JSON.parse(String(visit)),
  });
});

test('a record without envelope keeps the id that was made from its position', () => {
  const [again] = plan(
    [rejected({ eventId: 'shardId-000000000000:42' })],
    [['shardId-000000000000:42', visit]],
  ).again;
  expect(JSON.parse(String(again!.bytes))).toMatchObject({ id: 'shardId-000000000000:42', route: 'record' });
});

test("a tracker's message is lost with its record: the event alone does not say how it came", () => {
  const message = Buffer.from('{"messageId":"m-1","userId":"ada","event":"Looked"}');
  expect(plan([rejected({ tableName: 'clickstream', raw: message })])).toMatchObject({ again: [], lost: 1 });
});

test('an event of which only a part was kept is lost with its record', () => {
  expect(plan([rejected({ raw: undefined })])).toMatchObject({ again: [], lost: 1 });
});

test('one event that was rejected and failed on goes once', () => {
  const own = Buffer.from(JSON.stringify({ ...JSON.parse(String(visit)), event_id: 'own' }));
  const { again } = planReplay(
    {
      rejected: [rejected({ eventId: 'own', raw: own })],
      originals: new Map(),
      failed: [{ recordId: 'failed-1', bytes: own }],
    },
    transform,
    nowMs,
  );
  expect(again).toHaveLength(1);
});
