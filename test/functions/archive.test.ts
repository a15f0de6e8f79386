import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { archive, type KinesisEvent } from '../../functions/archive.ts';

const record = (sequenceNumber: string, at: string, data: string): KinesisEvent['Records'][number] => ({
  eventID: `shardId-000000000001:${sequenceNumber}`,
  kinesis: {
    sequenceNumber,
    partitionKey: 'ada',
    approximateArrivalTimestamp: Date.parse(at) / 1000,
    data: Buffer.from(data).toString('base64'),
  },
});

async function archived(event: KinesisEvent): Promise<Map<string, string[]>> {
  const objects = new Map<string, string[]>();
  await archive(event, {
    put: async (key, body) => {
      objects.set(key, gunzipSync(body).toString().trimEnd().split('\n'));
    },
  });
  return objects;
}

test('each raw record is a line, in an object of the hour in which it came', async () => {
  const event = {
    Records: [
      record('49001', '2026-01-02T03:59:59.999Z', '{"event":"visit"}'),
      record('49002', '2026-01-02T04:00:00.000Z', 'not even JSON \u0000'),
    ],
  };
  const objects = await archived(event);
  expect([...objects.keys()]).toEqual([
    'raw/year=2026/month=01/day=02/hour=03/shardId-000000000001-49001-1.jsonl.gz',
    'raw/year=2026/month=01/day=02/hour=04/shardId-000000000001-49002-1.jsonl.gz',
  ]);
  expect(JSON.parse([...objects.values()][1]![0]!)).toEqual({
    id: 'shardId-000000000001:49002',
    shard: 'shardId-000000000001',
    seq: '49002',
    at: Date.parse('2026-01-02T04:00:00Z'),
    key: 'ada',
    data: Buffer.from('not even JSON \u0000').toString('base64'),
  });
});

test('a batch that is tried again overwrites what it wrote before', async () => {
  const event = {
    Records: [record('1', '2026-01-02T03:00:00Z', 'a'), record('2', '2026-01-02T03:00:01Z', 'b')],
  };
  const [first, second] = [await archived(event), await archived(event)];
  expect([...second]).toEqual([...first]);
  expect([...first.values()][0]).toHaveLength(2);
});

test('a store that fails fails the batch, so that Lambda tries it again', async () => {
  const failing = { put: async () => Promise.reject(new Error('S3 is away')) };
  await expect(archive({ Records: [record('1', '2026-01-02T03:00:00Z', 'a')] }, failing)).rejects.toThrow(
    'S3 is away',
  );
});
