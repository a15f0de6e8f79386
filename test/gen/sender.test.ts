import { afterEach, expect, test } from 'vitest';
import type { GeneratedEvent } from '../../scripts/gen/events.ts';
import { backoffMs, Sender, type SenderOptions } from '../../scripts/gen/sender.ts';
import {
  type FakeGateway,
  fakeGateway,
  putRecordsAnswer,
  type Scripted,
  type SeenCall,
} from './fake-gateway.ts';

let gateway: FakeGateway | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

/** Events `e1`, `e2`, … */
function numbered(count: number): GeneratedEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `e${i + 1}`;
    return { id, partitionKey: id, data: { event_id: id }, fault: undefined };
  });
}

async function run(
  events: Iterable<GeneratedEvent>,
  script: (call: SeenCall, number: number) => Scripted,
  options: Partial<SenderOptions> = {},
) {
  gateway = await fakeGateway(script);
  const accepted: string[] = [];
  const sender = new Sender({
    apiUrl: gateway.apiUrl,
    streamName: 'firn-events',
    writeKey: 'local',
    apiMethod: 'records',
    batch: 4,
    concurrency: 1,
    retryDelayMs: 1,
    onAccepted: (ids) => accepted.push(...ids),
    ...options,
  });
  const summary = await sender.send(events);
  return { summary, accepted, calls: gateway.calls };
}

test('events go in batches to the stream, with the write key', async () => {
  const { summary, accepted, calls } = await run(numbered(10), (call) => putRecordsAnswer(call));
  expect(calls.map(({ path, key, ids }) => [path, key, ids.length])).toEqual([
    ['PUT /v1/streams/firn-events/records', 'local', 4],
    ['PUT /v1/streams/firn-events/records', 'local', 4],
    ['PUT /v1/streams/firn-events/records', 'local', 2],
  ]);
  expect(accepted).toEqual(numbered(10).map(({ id }) => id));
  expect(summary).toMatchObject({ sent: 10, accepted: 10, failed: 0, retried: 0 });
});

test('one event a call, where the api method is record', async () => {
  const answer: Scripted = { status: 200, body: { SequenceNumber: '1', ShardId: 'shardId-000000000000' } };
  const { calls, accepted } = await run(numbered(2), () => answer, { apiMethod: 'record' });
  expect(calls.map(({ path, ids }) => [path, ids])).toEqual([
    ['PUT /v1/streams/firn-events/record', ['e1']],
    ['PUT /v1/streams/firn-events/record', ['e2']],
  ]);
  expect(accepted).toEqual(['e1', 'e2']);
});

test('of a call that failed in part, only what failed is sent again', async () => {
  const { summary, accepted, calls } = await run(numbered(4), (call, number) =>
    putRecordsAnswer(call, (id) => number === 1 && (id === 'e2' || id === 'e4')),
  );
  expect(calls.map(({ ids }) => ids)).toEqual([
    ['e1', 'e2', 'e3', 'e4'],
    ['e2', 'e4'],
  ]);
  expect(accepted).toEqual(['e1', 'e3', 'e2', 'e4']);
  expect(summary).toMatchObject({ sent: 4, accepted: 4, failed: 0, retried: 2 });
});

test('a call that was throttled, broke down or got no answer is sent again as a whole', async () => {
  const answers: Scripted[] = [
    { status: 429, body: { message: 'later' } },
    { status: 500, body: {} },
    'hang up',
  ];
  const { summary, calls } = await run(numbered(3), (call, n) => answers[n - 1] ?? putRecordsAnswer(call));
  expect(calls.map(({ ids }) => ids)).toEqual(Array(4).fill(['e1', 'e2', 'e3']));
  expect(summary).toMatchObject({ sent: 3, accepted: 3, failed: 0, retried: 9 });
});

test('an event that never gets through fails after a bounded number of attempts; the others do not', async () => {
  const { summary, accepted, calls } = await run(
    numbered(6),
    (call) => putRecordsAnswer(call, (id) => id === 'e3'),
    { attempts: 3 },
  );
  expect(calls.map(({ ids }) => ids)).toEqual([['e1', 'e2', 'e3', 'e4'], ['e3'], ['e3'], ['e5', 'e6']]);
  expect(accepted).toEqual(['e1', 'e2', 'e4', 'e5', 'e6']);
  expect(summary).toMatchObject({ sent: 6, accepted: 5, failed: 1 });
  expect(summary.reason).toContain('ProvisionedThroughputExceededException');
});

test('a refused call is final, and the next one is tried', async () => {
  const refusal: Scripted = { status: 400, body: { __type: 'ValidationException', message: 'bad key' } };
  const { summary, accepted } = await run(numbered(6), (call, n) =>
    n === 1 ? refusal : putRecordsAnswer(call),
  );
  expect(accepted).toEqual(['e5', 'e6']);
  expect(summary).toMatchObject({ sent: 6, accepted: 2, failed: 4 });
  expect(summary.reason).toBe('400 ValidationException: bad key');
});

test('a wrong key stops the run: no later call could succeed', async () => {
  const { summary, calls } = await run(numbered(100), () => ({
    status: 403,
    body: { message: 'Forbidden' },
  }));
  expect(calls).toHaveLength(1);
  expect(summary).toMatchObject({ sent: 4, accepted: 0, failed: 4 });
});

test('a gateway that is gone stops the run, and says so', async () => {
  const { summary } = await run(numbered(100), () => 'hang up', { attempts: 2 });
  expect(summary).toMatchObject({ sent: 4, accepted: 0, failed: 4 });
  expect(summary.reason).toMatch(/^no answer from http:\/\/127\.0\.0\.1:/);
});

test('stop lets calls under way end, and sends nothing more', async () => {
  let sender: Sender | undefined;
  gateway = await fakeGateway((call) => {
    sender!.stop();
    return putRecordsAnswer(call);
  });
  sender = new Sender({
    apiUrl: gateway.apiUrl,
    streamName: 's',
    writeKey: 'k',
    apiMethod: 'records',
    batch: 2,
    concurrency: 1,
  });
  expect(await sender.send(numbered(100))).toMatchObject({ sent: 2, accepted: 2, failed: 0 });
});

test('several calls are under way at a time, each event in one of them', async () => {
  const { calls, accepted } = await run(numbered(100), (call) => putRecordsAnswer(call), { concurrency: 5 });
  expect(calls).toHaveLength(25);
  expect([...accepted].sort()).toEqual(
    numbered(100)
      .map(({ id }) => id)
      .sort(),
  );
});

test('large events make smaller batches, so that a body stays below the limit', async () => {
  const large = numbered(4).map((event) => ({
    ...event,
    data: { event_id: event.id, text: 'x'.repeat(3_000_000) },
  }));
  const { calls } = await run(large, (call) => putRecordsAnswer(call));
  expect(calls.map(({ ids }) => ids)).toEqual([['e1', 'e2', 'e3'], ['e4']]);
});

test('pauses double from attempt to attempt up to two seconds, and chance takes up to half of each', () => {
  expect([1, 2, 3, 5, 9].map((attempt) => backoffMs(attempt, 100, 0))).toEqual([100, 200, 400, 1600, 2000]);
  expect(backoffMs(2, 100, 1)).toBe(100);
});
