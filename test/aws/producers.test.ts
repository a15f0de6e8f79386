import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { expect, test } from 'vitest';
import { visit } from '../delivery/lakehouse.ts';
import { readTable } from '../helpers/read-table.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

test("events of AWS's own producers and of the gateway become rows, once each", async () => {
  const home = temporaryFolder();
  const runtime = await startTestRuntime({ home });
  const config = {
    endpoint: runtime.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
  };
  const kinesis = new KinesisClient(config);
  const firehose = new FirehoseClient(config);
  const data = (id: string) => ({ Data: Buffer.from(JSON.stringify(visit(id))) });

  const StreamName = 'firn-events';
  const Records = ['k-1', 'k-2'].map((id) => ({ ...data(id), PartitionKey: id, ExplicitHashKey: '0' }));
  await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  const direct = ['f-1', 'f-2'].map(data);
  await firehose.send(new PutRecordBatchCommand({ DeliveryStreamName: 'firn-direct', Records: direct }));
  const proxied = await fetch(`${runtime.url}/v1/streams/firn-events/record`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': 'local' },
    body: JSON.stringify({ Data: visit('p-1'), PartitionKey: 'p' }),
  });
  expect(proxied.status).toBe(200);

  // A consumer of the stream sees what was put into it, and nothing of the direct puts.
  const seen: string[] = [];
  for (const shard of [0, 1, 2, 3]) {
    const ShardId = `shardId-00000000000${shard}`;
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const read = await kinesis.send(new GetRecordsCommand({ ShardIterator: ShardIterator! }));
    seen.push(...read.Records!.map(({ Data }) => Buffer.from(Data!).toString()));
  }
  expect(seen.filter((text) => text.startsWith('{"$firn":1,'))).toHaveLength(1);
  expect(seen.filter((text) => !text.startsWith('{"$firn"')).toSorted()).toEqual(
    ['k-1', 'k-2'].map((id) => JSON.stringify(visit(id))),
  );

  kinesis.destroy();
  firehose.destroy();
  await runtime.stop();
  const rows = await readTable(`${home}/warehouse/firn/web_log`);
  expect(rows.map(({ event_id: id }) => id).toSorted()).toEqual(['f-1', 'f-2', 'k-1', 'k-2', 'p-1']);
});
