import {
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { type StreamEndpoint, startStreamEndpoint } from './stream-endpoint.ts';

const StreamName = 'firn-events';
const minute = 60_000;

let folder: ReturnType<typeof makeTemporaryFolder>;
let endpoint: StreamEndpoint;
let client: KinesisClient;
let now = 0;

beforeEach(async () => {
  now = Date.parse('2026-01-15T09:30:00Z');
  folder = makeTemporaryFolder();
  endpoint = await startStreamEndpoint(folder.path, () => now);
  client = connect();
});
afterEach(async () => {
  await endpoint.stop();
  folder.remove();
});

/** HTTP/2, as the client does by itself, unless told otherwise. */
function connect(requestHandler?: NodeHttpHandler | NodeHttp2Handler): KinesisClient {
  const made = new KinesisClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'thing' },
    maxAttempts: 1,
    ...(requestHandler && { requestHandler }),
  });
  onTestFinished(() => made.destroy());
  return made;
}

const put = (text: string, PartitionKey = 'k', ExplicitHashKey?: string) =>
  client.send(
    new PutRecordCommand({
      StreamName,
      Data: Buffer.from(text),
      PartitionKey,
      ...(ExplicitHashKey && { ExplicitHashKey }),
    }),
  );
/** Into the first shard. */
const put0 = (text: string) => put(text, 'k', '0');

async function iterator(rest: Partial<GetShardIteratorCommandInput>, shard = 0): Promise<string> {
  const ShardId = `shardId-00000000000${shard}`;
  const input = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const, ...rest };
  return (await client.send(new GetShardIteratorCommand(input))).ShardIterator!;
}

const read = (ShardIterator: string, Limit?: number): Promise<GetRecordsCommandOutput> =>
  client.send(new GetRecordsCommand({ ShardIterator, ...(Limit && { Limit }) }));

const texts = ({ Records = [] }: GetRecordsCommandOutput) =>
  Records.map(({ Data }) => Buffer.from(Data!).toString());

/** Name, status and message of the error that a call ends in. */
async function failure(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  return { name: error?.name, status: error?.$metadata?.httpStatusCode, message: error?.message };
}

describe.each([
  ['HTTP/1.1', () => new NodeHttpHandler()],
  ['HTTP/2', () => new NodeHttp2Handler()],
])('over %s', (_, handler) => {
  beforeEach(() => {
    client = connect(handler());
  });

  test('what is put is read from its shard, with key, time and number', async () => {
    const placed = await put('{"a":1}', 'ada', '0');
    expect(placed).toMatchObject({ ShardId: 'shardId-000000000000', EncryptionType: 'NONE' });
    const { Records, MillisBehindLatest } = await read(await iterator({}));
    expect(Records).toEqual([
      {
        SequenceNumber: placed.SequenceNumber,
        ApproximateArrivalTimestamp: new Date(now),
        Data: new Uint8Array(Buffer.from('{"a":1}')),
        PartitionKey: 'ada',
        EncryptionType: 'NONE',
      },
    ]);
    expect(MillisBehindLatest).toBe(0);
  });

  test('any bytes come back as they were, also a record of 1 MiB', async () => {
    const Data = Buffer.alloc(
      2 ** 20 - 1,
      Uint8Array.from({ length: 256 }, (_, i) => i),
    );
    await client.send(new PutRecordCommand({ StreamName, Data, PartitionKey: 'k', ExplicitHashKey: '0' }));
    const { Records } = await read(await iterator({}));
    expect(Buffer.from(Records![0]!.Data!).equals(Data)).toBe(true);
  });
});

describe('describing', () => {
  test('the stream is listed with its shards', async () => {
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual([StreamName]);
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    expect(StreamDescription).toMatchObject({ StreamStatus: 'ACTIVE', RetentionPeriodHours: 24 });
    expect(StreamDescription!.StreamCreationTimestamp).toEqual(new Date(now));
    const summary = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(summary.StreamDescriptionSummary).toMatchObject({ OpenShardCount: 2, ConsumerCount: 0 });
    const byArn = new ListTagsForStreamCommand({ StreamARN: StreamDescription!.StreamARN! });
    expect(await client.send(byArn)).toMatchObject({ Tags: [], HasMoreTags: false });
  });

  test('shards are listed in pages', async () => {
    const all = (await client.send(new ListShardsCommand({ StreamName }))).Shards!;
    expect(all.map(({ HashKeyRange }) => HashKeyRange)).toEqual([
      { StartingHashKey: '0', EndingHashKey: String(2n ** 127n - 1n) },
      { StartingHashKey: String(2n ** 127n), EndingHashKey: String(2n ** 128n - 1n) },
    ]);
    const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
    const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken!, MaxResults: 1 }));
    expect([...first.Shards!, ...second.Shards!]).toEqual(all);
    expect(second.NextToken).toBeUndefined();
    const described = await client.send(new DescribeStreamCommand({ StreamName, Limit: 1 }));
    expect(described.StreamDescription).toMatchObject({ Shards: [all[0]], HasMoreShards: true });
    const ShardFilter = { Type: 'AFTER_SHARD_ID' as const, ShardId: all[0]!.ShardId! };
    expect((await client.send(new ListShardsCommand({ StreamName, ShardFilter }))).Shards).toEqual([all[1]]);
  });

  test('an unknown stream is not found, and one that is not named is told', async () => {
    const other = await failure(client.send(new DescribeStreamCommand({ StreamName: 'other' })));
    expect(other).toMatchObject({ name: 'ResourceNotFoundException', status: 400 });
    expect(other.message).toContain('Stream other under account 000000000000 not found');
    const none = await failure(client.send(new DescribeStreamCommand({})));
    expect(none).toMatchObject({ name: 'InvalidArgumentException', status: 400 });
  });
});

describe('putting', () => {
  test('a hash key decides the shard, up to the ends of their ranges', async () => {
    const shards = async (keys: bigint[]) =>
      (await Promise.all(keys.map((key) => put('x', 'k', String(key))))).map(({ ShardId }) =>
        ShardId!.at(-1),
      );
    expect(await shards([0n, 2n ** 127n - 1n, 2n ** 127n, 2n ** 128n - 1n])).toEqual(['0', '0', '1', '1']);
    for (const key of ['-1', '01', String(2n ** 128n), 'a']) {
      expect(await failure(put('x', 'k', key))).toMatchObject({ name: 'InvalidArgumentException' });
    }
  });

  test('a batch keeps its order and answers for each record', async () => {
    const Records = Array.from({ length: 500 }, (_, i) => ({
      Data: Buffer.from(String(i)),
      PartitionKey: 'k',
      ExplicitHashKey: '0',
    }));
    const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
    expect(answer).toMatchObject({ FailedRecordCount: 0 });
    const { Records: got } = await read(await iterator({}));
    expect(texts({ Records: got } as never)).toEqual(Records.map((_, i) => String(i)));
    expect(got!.map(({ SequenceNumber }) => SequenceNumber)).toEqual(
      answer.Records!.map(({ SequenceNumber }) => SequenceNumber),
    );
  });

  test.each([
    ['no record', [], 'ValidationException'],
    ['501 records', Array.from({ length: 501 }, () => ({})), 'ValidationException'],
    ['no key', [{ PartitionKey: '' }], 'ValidationException'],
    ['a key of 257 characters', [{ PartitionKey: 'k'.repeat(257) }], 'ValidationException'],
    ['more than 1 MiB', [{ Data: Buffer.alloc(2 ** 20) }], 'ValidationException'],
    [
      'more than 10 MiB together',
      Array.from({ length: 11 }, () => ({ Data: Buffer.alloc(10 ** 6) })),
      'Invalid',
    ],
  ])('%s is refused whole', async (_, records, type) => {
    const Records = records.map((record) => ({ Data: Buffer.from('x'), PartitionKey: 'k', ...record }));
    const { name, status } = await failure(client.send(new PutRecordsCommand({ StreamName, Records })));
    expect(name).toContain(type);
    expect(status).toBe(400);
    expect(endpoint.log.end.number).toBe(0);
  });

  test.each([
    ['{"StreamName":"firn-events","PartitionKey":"k","Data":"a"}', 'SerializationException'],
    ['{"StreamName":"firn-events","PartitionKey":"k","Data":5}', 'SerializationException'],
    ['{"StreamName":"firn-events","PartitionKey":"k"}', 'ValidationException'],
    ['{"StreamName":"firn-events","PartitionKey":7,"Data":"YQ=="}', 'ValidationException'],
    ['{"StreamName":5,"PartitionKey":"k","Data":"YQ=="}', 'ValidationException'],
    ['not json', 'SerializationException'],
  ])('the body %s is refused', async (body, type) => {
    const headers = { 'x-amz-target': 'Kinesis_20131202.PutRecord' };
    const answer = await fetch(endpoint.url, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: type });
  });

  test('a full log fails the records, and a client may try again', async () => {
    await endpoint.stop();
    endpoint = await startStreamEndpoint(folder.path, () => now, { maxBytes: 100, segmentBytes: 100 });
    client = connect();
    await put0('x'.repeat(200));
    expect(await failure(put0('y'))).toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      status: 400,
    });
    const Records = [{ Data: Buffer.from('y'), PartitionKey: 'k' }];
    const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
    expect(answer.FailedRecordCount).toBe(1);
    expect(answer.Records![0]).toMatchObject({ ErrorCode: 'ProvisionedThroughputExceededException' });
  });
});

describe('where a reader begins', () => {
  test('TRIM_HORIZON, LATEST, AT and AFTER a number, AT a time', async () => {
    const placed: string[] = [];
    for (const text of ['a', 'b', 'c']) {
      placed.push((await put0(text)).SequenceNumber!);
      now += minute;
    }
    const from = async (rest: Partial<GetShardIteratorCommandInput>) =>
      texts(await read(await iterator(rest)));
    const number = (StartingSequenceNumber: string) => ({ StartingSequenceNumber });
    expect(await from({ ShardIteratorType: 'TRIM_HORIZON' })).toEqual(['a', 'b', 'c']);
    expect(await from({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', ...number(placed[1]!) })).toEqual([
      'b',
      'c',
    ]);
    expect(await from({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', ...number(placed[0]!) })).toEqual([
      'b',
      'c',
    ]);
    const at = (ms: number) => from({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(ms) });
    expect(await at(now - 3 * minute)).toEqual(['a', 'b', 'c']);
    expect(await at(now - 3 * minute + 1)).toEqual(['b', 'c']);
    expect(await at(now - 2 * minute)).toEqual(['b', 'c']);
    expect(await at(0)).toEqual(['a', 'b', 'c']);
    expect(await at(now)).toEqual([]);

    const latest = await iterator({ ShardIteratorType: 'LATEST' });
    await put0('d');
    expect(texts(await read(latest))).toEqual(['d']);
  });

  test('the number that a shard begins with is before its first record', async () => {
    const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
    const StartingSequenceNumber = Shards![0]!.SequenceNumberRange!.StartingSequenceNumber!;
    await put0('first');
    for (const ShardIteratorType of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER'] as const) {
      const begin = await iterator({ ShardIteratorType, StartingSequenceNumber });
      expect(texts(await read(begin))).toEqual(['first']);
    }
  });

  test.each([
    ['another shard', { ShardId: 'shardId-000000000009' }, 'ResourceNotFoundException'],
    ['no number', { ShardIteratorType: 'AT_SEQUENCE_NUMBER' }, 'ValidationException'],
    [
      'a number of no record',
      { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: '12' },
      'InvalidArgumentException',
    ],
    ['no time', { ShardIteratorType: 'AT_TIMESTAMP' }, 'InvalidArgumentException'],
    ['a type that is none', { ShardIteratorType: 'SOMEWHERE' }, 'ValidationException'],
  ])('%s is refused', async (_, rest, name) => {
    expect(await failure(iterator(rest as never))).toMatchObject({ name, status: 400 });
  });

  test("a number of another shard's, one that is not given yet and a time to come are refused", async () => {
    const { SequenceNumber } = await put('x', 'k', String(2n ** 127n));
    const at = (StartingSequenceNumber: string) =>
      failure(iterator({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber }));
    expect(await at(SequenceNumber!)).toMatchObject({ name: 'InvalidArgumentException' });
    expect(await at(String(BigInt((await put0('y')).SequenceNumber!) + 1n))).toMatchObject({
      name: 'InvalidArgumentException',
    });
    const soon = { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(now + 1000) };
    expect(await failure(iterator(soon))).toMatchObject({ name: 'InvalidArgumentException' });
  });
});

describe('reading on', () => {
  test('a limit ends an answer, and how far behind that is says the time since the next record came', async () => {
    for (const text of ['a', 'b', 'c']) {
      await put0(text);
      now += 1000;
    }
    const first = await read(await iterator({}), 2);
    expect([texts(first), first.MillisBehindLatest]).toEqual([['a', 'b'], 1000]);
    const second = await read(first.NextShardIterator!);
    expect([texts(second), second.MillisBehindLatest]).toEqual([['c'], 0]);
    const third = await read(second.NextShardIterator!);
    expect([texts(third), third.NextShardIterator !== undefined]).toEqual([[], true]);
    expect(await failure(read(first.NextShardIterator!, 10_001))).toMatchObject({
      name: 'InvalidArgumentException',
    });
  });

  test('an answer holds 10 MiB at most', async () => {
    const Data = Buffer.alloc(1_000_000, 'x');
    const entry = { Data, PartitionKey: 'k', ExplicitHashKey: '0' };
    for (let i = 0; i < 3; i++) {
      await client.send(
        new PutRecordsCommand({ StreamName, Records: Array.from({ length: 5 }, () => entry) }),
      );
    }
    const first = await read(await iterator({}));
    const second = await read(first.NextShardIterator!);
    expect([first.Records!.length, second.Records!.length]).toEqual([10, 5]);
  });

  test('records of all shards are read once each, whoever reads between', async () => {
    const all = Array.from({ length: 300 }, (_, i) => `text-${i}`);
    const consume = async (shard: number, got: string[]) => {
      let position = await iterator({}, shard);
      while (got.length < 1000) {
        const answer = await read(position, 7);
        got.push(...texts(answer));
        position = answer.NextShardIterator!;
        if (answer.Records!.length === 0 && endpoint.log.end.number === all.length) return;
      }
    };
    const got: string[][] = [[], [], []];
    const writing = (async () => {
      for (let i = 0; i < all.length; i += 20) {
        const Records = all.slice(i, i + 20).map((text) => ({ Data: Buffer.from(text), PartitionKey: text }));
        await client.send(new PutRecordsCommand({ StreamName, Records }));
      }
    })();
    await Promise.all([writing, consume(0, got[0]!), consume(1, got[1]!), consume(1, got[2]!)]);
    expect([...got[0]!, ...got[1]!].toSorted()).toEqual(all.toSorted());
    expect(got[2]).toEqual(got[1]);
  });

  test('an iterator expires after five minutes, and one that is made up is refused', async () => {
    const given = await iterator({});
    now += 5 * minute;
    expect(texts(await read(given))).toEqual([]);
    now += 1;
    expect(await failure(read(given))).toMatchObject({ name: 'ExpiredIteratorException', status: 400 });
    for (const text of [
      'abc',
      Buffer.from('[1]').toString('base64'),
      Buffer.from('["x",0,-1,0]').toString('base64'),
    ]) {
      expect(await failure(read(text))).toMatchObject({ name: 'InvalidArgumentException' });
    }
  });

  test('an iterator that was changed on its way is refused, and reads from nowhere else', async () => {
    await put0('a');
    const given = await iterator({});
    const members = JSON.parse(Buffer.from(given, 'base64').toString()) as unknown[];
    const encoded = (changed: unknown[]) => Buffer.from(JSON.stringify(changed)).toString('base64');
    expect(encoded(members)).toBe(given);
    for (const changed of [
      members.with(1, 1), // another shard
      members.with(1, 99), // none
      members.with(2, 1), // another place
      members.with(2, 1e6), // past the end
      members.with(3, now + 60 * minute), // later than it was given
      members.slice(0, 4), // cut
    ]) {
      expect(await failure(read(encoded(changed)))).toMatchObject({
        name: 'InvalidArgumentException',
        status: 400,
        message: 'Invalid ShardIterator: it is none that this stream gave.',
      });
    }
    expect(texts(await read(given))).toEqual(['a']);
  });

  test('iterators and checkpoints hold across a restart', async () => {
    const { SequenceNumber } = await put0('before');
    const open = (await read(await iterator({}))).NextShardIterator!;
    const { port } = endpoint;
    await endpoint.stop();
    endpoint = await startStreamEndpoint(folder.path, () => now, { port });
    await put0('after');
    expect(texts(await read(open))).toEqual(['after']);
    const checkpoint = {
      ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
      StartingSequenceNumber: SequenceNumber!,
    } as const;
    expect(texts(await read(await iterator(checkpoint)))).toEqual(['after']);
  });

  test('a checkpoint or an iterator before what was trimmed goes on with the oldest record that is left', async () => {
    await endpoint.stop();
    endpoint = await startStreamEndpoint(folder.path, () => now, { segmentBytes: 100, retentionMs: 0 });
    client = connect();
    const { SequenceNumber } = await put0('x'.repeat(200));
    const old = await iterator({});
    await put0('y'.repeat(200));
    await put0('z');
    await endpoint.log.trim(2);
    expect(endpoint.log.start).toBe(2);
    const checkpoint = {
      ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
      StartingSequenceNumber: SequenceNumber!,
    } as const;
    expect(texts(await read(await iterator(checkpoint)))).toEqual(['z']);
    expect(texts(await read(old))).toEqual(['z']);
    expect(
      texts(await read(await iterator({ ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(0) }))),
    ).toEqual(['z']);
  });

  test("another log's iterators and numbers are refused", async () => {
    const { SequenceNumber } = await put0('x');
    const old = await iterator({});
    await endpoint.stop();
    folder.remove();
    now += 2000;
    folder = makeTemporaryFolder();
    endpoint = await startStreamEndpoint(folder.path, () => now);
    client = connect();
    const checkpoint = {
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      StartingSequenceNumber: SequenceNumber!,
    } as const;
    expect(await failure(iterator(checkpoint))).toMatchObject({ name: 'InvalidArgumentException' });
    expect(old.length).toBeGreaterThan(10);
  });
});
