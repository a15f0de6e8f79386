import { expect, test } from 'vitest';
import { type FirehoseEvent, handler } from '../../functions/transform.ts';
import { directShard } from '../../local/log/shards.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, readRows, visit } from './lakehouse.ts';

test('a direct put comes to the transform without a stream, in a call of its own, and becomes the same row', async () => {
  const home = temporaryFolder();
  const events: FirehoseEvent[] = [];
  const lakehouse = await openLakehouse(home, async (event) => {
    events.push(event);
    return handler(event);
  });
  const record = (id: string, shard: number) => ({
    data: [JSON.stringify(visit(id))],
    partitionKey: shard === directShard ? '' : 'k',
    shard,
  });
  const nameless = { ...record('', directShard), data: ['{"user_id":"u"}'] };
  await lakehouse.log.append([
    record('a', 0),
    record('b', directShard),
    record('c', 1),
    record('d', directShard),
    nameless,
  ]);
  await lakehouse.finish();

  const rows = await readRows(home, 'web_log', 'event_id');
  expect(rows.map(([id]) => id)).toEqual(['a', 'b', 'c', 'd']);
  // Firehose leaves both members out where no stream is the source.
  const [streamed, direct] = events as [FirehoseEvent, FirehoseEvent];
  expect(streamed.sourceKinesisStreamArn).toContain('stream/firn-events');
  expect(streamed.records.map(({ kinesisRecordMetadata }) => kinesisRecordMetadata?.shardId)).toEqual([
    'shardId-000000000000',
    'shardId-000000000001',
  ]);
  expect(Object.keys(direct)).toEqual(['invocationId', 'deliveryStreamArn', 'region', 'records']);
  expect(direct.deliveryStreamArn).toContain('deliverystream/firn-direct');
  expect(direct.records.map((one) => Object.keys(one))).toEqual(
    Array.from({ length: 3 }, () => ['recordId', 'approximateArrivalTimestamp', 'data']),
  );
  // Without a position, the record's own id stands in for it.
  const rejected = await readRows(home, 'rejected', 'event_id, stream, shard_id');
  expect(rejected).toEqual([[direct.records[2]!.recordId, null, null]]);
});
