import {
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from '@aws-sdk/client-firehose';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { frameRecords } from '../../local/log/frame.ts';
import { LogReader } from '../../local/log/reader.ts';
import { directShard } from '../../local/log/shards.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { type StreamEndpoint, startStreamEndpoint } from './stream-endpoint.ts';

const now = Date.parse('2026-01-15T09:30:00Z');
const DeliveryStreamName = 'firn-direct';

let folder: ReturnType<typeof makeTemporaryFolder>;
let endpoint: StreamEndpoint;
let client: FirehoseClient;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  endpoint = await startStreamEndpoint(folder.path, () => now);
  client = connect();
});
afterEach(async () => {
  await endpoint.stop();
  folder.remove();
});

function connect(): FirehoseClient {
  const made = new FirehoseClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
    maxAttempts: 1,
  });
  onTestFinished(() => made.destroy());
  return made;
}

async function failure(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  return { name: error?.name, status: error?.$metadata?.httpStatusCode, message: error?.message };
}

test('there are two delivery streams: one takes puts, the other follows the Kinesis stream', async () => {
  const list = async (input: object) =>
    (await client.send(new ListDeliveryStreamsCommand(input))).DeliveryStreamNames;
  expect(await list({})).toEqual(['firn-direct', 'firn-events']);
  expect(await list({ DeliveryStreamType: 'DirectPut' })).toEqual(['firn-direct']);
  expect(await list({ ExclusiveStartDeliveryStreamName: 'firn-direct', Limit: 1 })).toEqual(['firn-events']);
  const describe = async (name: string) =>
    (await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })))
      .DeliveryStreamDescription!;
  const events = await describe('firn-events');
  expect(events).toMatchObject({
    DeliveryStreamStatus: 'ACTIVE',
    DeliveryStreamType: 'KinesisStreamAsSource',
    Source: { KinesisStreamSourceDescription: { DeliveryStartTimestamp: new Date(now) } },
  });
  const direct = await describe('firn-direct');
  expect(direct).toMatchObject({ DeliveryStreamType: 'DirectPut', CreateTimestamp: new Date(now) });
  expect(direct.Destinations![0]!.IcebergDestinationDescription!.ProcessingConfiguration!.Enabled).toBe(true);
});

test('what is put is in the log once, in order, in no shard', async () => {
  const one = await client.send(
    new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from('a') } }),
  );
  const Records = ['b', 'c'].map((text) => ({ Data: Buffer.from(text) }));
  const batch = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
  expect(batch.FailedPutCount).toBe(0);
  const ids = [one.RecordId, ...batch.RequestResponses!.map(({ RecordId }) => RecordId)];
  expect(new Set(ids).size).toBe(3);
  const reader = new LogReader(nodeDisk, folder.path);
  const frames = [await reader.frameOf(0, endpoint.log.end), await reader.frameOf(1, endpoint.log.end)];
  const records = frames.flatMap((frame) => frameRecords(frame!));
  expect(records.map(({ data, shard }) => [data.toString(), shard])).toEqual(
    ['a', 'b', 'c'].map((text) => [text, directShard]),
  );
});

test('the delivery stream of the Kinesis stream refuses puts, and an unknown one is not found', async () => {
  const put = (DeliveryStreamName: string) =>
    failure(client.send(new PutRecordCommand({ DeliveryStreamName, Record: { Data: Buffer.from('a') } })));
  expect(await put('firn-events')).toMatchObject({
    name: 'InvalidArgumentException',
    status: 400,
    message: expect.stringContaining('not permitted on KinesisStreamAsSource delivery stream type'),
  });
  expect(await put('other')).toMatchObject({ name: 'ResourceNotFoundException', status: 400 });
  expect(endpoint.log.end.number).toBe(0);
});

test.each([
  ['no record', [], 'ValidationException'],
  ['501 records', Array.from({ length: 501 }, () => 1), 'ValidationException'],
  ['a record of more than 1000 KiB', [1_024_001], 'ValidationException'],
  ['more than 4 MiB together', Array.from({ length: 5 }, () => 1_000_000), 'InvalidArgumentException'],
])('%s is refused whole', async (_, sizes, name) => {
  const Records = sizes.map((size) => ({ Data: Buffer.alloc(size, 'x') }));
  expect(
    await failure(client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }))),
  ).toMatchObject({
    name,
    status: 400,
  });
  expect(endpoint.log.end.number).toBe(0);
});

test('a full log is told as a service that is not available', async () => {
  await endpoint.stop();
  endpoint = await startStreamEndpoint(folder.path, () => now, { maxBytes: 100, segmentBytes: 100 });
  client = connect();
  const Record = { Data: Buffer.alloc(200, 'x') };
  await client.send(new PutRecordCommand({ DeliveryStreamName, Record }));
  expect(await failure(client.send(new PutRecordCommand({ DeliveryStreamName, Record })))).toMatchObject({
    name: 'ServiceUnavailableException',
    status: 503,
  });
  const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records: [Record] }));
  expect(answer).toMatchObject({
    FailedPutCount: 1,
    RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }],
  });
});
