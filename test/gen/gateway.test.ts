import { describe, expect, test } from 'vitest';
import { type ApiMethod, type Judgement, judge } from '../../scripts/gen/gateway.ts';

function judged(method: ApiMethod, status: number, body: unknown, count = 2): Judgement {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judge(method, { status, statusText: '', body: text }, count);
}

const ok = { SequenceNumber: '1', ShardId: 'shardId-000000000000' };
const throttled = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow down' };

describe('an answer that lists its entries', () => {
  test('accepts them all when none has an error code', () => {
    expect(judged('records', 200, { FailedRecordCount: 0, Records: [ok, ok] })).toEqual({
      outcomes: ['accepted', 'accepted'],
    });
  });

  test.each([200, 429, 503])('with status %i: only those with an error code go again', (status) => {
    const body = { FailedRecordCount: 2, Records: [throttled, ok, throttled] };
    expect(judged('records', status, body, 3)).toEqual({
      outcomes: ['retry', 'accepted', 'retry'],
      reason: 'ProvisionedThroughputExceededException: slow down',
    });
  });

  test('of another length is not about these entries: all go again', () => {
    expect(judged('records', 200, { Records: [ok] }).outcomes).toEqual(['retry', 'retry']);
  });
});

test.each([
  [429, { __type: 'TooManyRequestsException', message: 'later' }, 'retry', undefined],
  [500, { __type: 'InternalFailure', message: 'oh' }, 'retry', undefined],
  [502, '<html>bad gateway</html>', 'retry', undefined],
  [400, { __type: 'ProvisionedThroughputExceededException', message: 'later' }, 'retry', undefined],
  [400, { __type: 'SerializationException', message: 'no JSON' }, 'failed', false],
  [413, { message: 'too large' }, 'failed', false],
  [403, { message: 'Forbidden' }, 'failed', true],
  [404, { __type: 'ResourceNotFoundException', message: 'no such stream' }, 'failed', true],
  [200, 'hello', 'retry', undefined],
] as const)('a call answered by %i %j: every entry is to %s', (status, body, outcome, hopeless) => {
  const judgement = judged('records', status, body);
  expect(judgement.outcomes).toEqual([outcome, outcome]);
  expect(judgement.hopeless).toBe(hopeless);
  expect(judgement.reason).toContain(String(status));
});

test('a single record is accepted by its sequence number', () => {
  expect(judged('record', 200, ok, 1)).toEqual({ outcomes: ['accepted'] });
  expect(judged('record', 200, {}, 1).outcomes).toEqual(['retry']);
});

test("a batch of Segment's is accepted whole, or goes again whole", () => {
  expect(judged('segment', 200, { success: true })).toEqual({ outcomes: ['accepted', 'accepted'] });
  expect(judged('segment', 200, {}).outcomes).toEqual(['retry', 'retry']);
  expect(judged('segment', 503, { success: false }).outcomes).toEqual(['retry', 'retry']);
  expect(judged('segment', 401, { success: false })).toMatchObject({
    outcomes: ['failed', 'failed'],
    hopeless: true,
  });
});
