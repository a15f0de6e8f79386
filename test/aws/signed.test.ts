import { rmSync } from 'node:fs';
import path from 'node:path';
import { FirehoseClient, ListDeliveryStreamsCommand, PutRecordCommand } from '@aws-sdk/client-firehose';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand as PutKinesisRecordCommand,
} from '@aws-sdk/client-kinesis';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { makeKey, revokeKey } from '../../local/keys.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { makeTemporaryFolder, temporaryFolder } from '../helpers/temporary.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const folder = makeTemporaryFolder();
const quiet = { note: () => {}, onFault: () => {} };
let runtime: Runtime;

beforeAll(async () => {
  runtime = await startRuntime({
    home: folder.path,
    settings: parseSettings({ port: 0 }),
    writeKey: localWriteKey,
    ...quiet,
  });
});
afterAll(async () => {
  await runtime.stop();
  folder.remove();
});

const key = (role: 'engineer' | 'analyst' | 'writer') => makeKey(folder.path, role, 'test', Date.now());

function config({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) {
  const endpoint = runtime.url;
  return { endpoint, region: 'eu-central-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
}

function kinesis(
  given: Parameters<typeof config>[0],
  requestHandler = new NodeHttp2Handler(),
): KinesisClient {
  const client = new KinesisClient({ ...config(given), requestHandler });
  onTestFinished(() => client.destroy());
  return client;
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => [error.name, error.$metadata?.httpStatusCode],
  );

describe('keys made while the lakehouse runs count from the next request on', () => {
  test.each([
    ['HTTP/1.1', () => new NodeHttpHandler()],
    ['HTTP/2', () => new NodeHttp2Handler()],
  ])('over %s', async (_, handler) => {
    const engineer = key('engineer');
    const list = new ListStreamsCommand({});
    const client = kinesis(engineer, handler() as NodeHttp2Handler);
    expect((await client.send(list)).StreamNames).toEqual(['firn-events']);
    const wrong = kinesis({ ...engineer, secretAccessKey: 'wrong' }, handler() as NodeHttp2Handler);
    expect(await failure(wrong.send(list))).toEqual(['InvalidSignatureException', 400]);
    const unknown = kinesis({ ...engineer, accessKeyId: 'AKNOBODY' }, handler() as NodeHttp2Handler);
    expect(await failure(unknown.send(list))).toEqual(['UnrecognizedClientException', 400]);
    revokeKey(folder.path, engineer.accessKeyId);
    expect(await failure(client.send(list))).toEqual(['UnrecognizedClientException', 400]);
  });

  test('collecting still asks for the write key alone', async () => {
    key('engineer');
    const answer = await fetch(`${runtime.url}/v1/streams/firn-events`, {
      headers: { 'x-api-key': localWriteKey },
    });
    expect(answer.status).toBe(200);
  });
});

describe('roles', () => {
  const StreamName = 'firn-events';
  const record = { Data: Buffer.from('{}'), PartitionKey: 'k' };
  const iterator = new GetShardIteratorCommand({
    StreamName,
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  });

  test('a writer puts, and reads nothing', async () => {
    const client = kinesis(key('writer'));
    expect((await client.send(new PutKinesisRecordCommand({ StreamName, ...record }))).ShardId).toMatch(
      /^shardId/,
    );
    expect(await failure(client.send(iterator))).toEqual(['AccessDeniedException', 400]);
    const made = await kinesis(key('engineer')).send(iterator);
    const read = new GetRecordsCommand({ ShardIterator: made.ShardIterator! });
    expect(await failure(client.send(read))).toEqual(['AccessDeniedException', 400]);
  });

  test('an analyst neither puts into streams nor reads them', async () => {
    const analyst = key('analyst');
    const client = kinesis(analyst);
    expect(await failure(client.send(new PutKinesisRecordCommand({ StreamName, ...record })))).toEqual([
      'AccessDeniedException',
      400,
    ]);
    expect(await failure(client.send(iterator))).toEqual(['AccessDeniedException', 400]);
    const firehose = new FirehoseClient(config(analyst));
    onTestFinished(() => firehose.destroy());
    for (const command of [
      new ListDeliveryStreamsCommand({}),
      new PutRecordCommand({ DeliveryStreamName: 'firn-direct', Record: record }),
    ]) {
      expect(await failure(firehose.send(command as ListDeliveryStreamsCommand))).toEqual([
        'AccessDeniedException',
        400,
      ]);
    }
    const sts = new STSClient(config(analyst));
    onTestFinished(() => sts.destroy());
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toMatch(/user\/firn-analyst$/);
  });
});

describe('other machines', () => {
  const start = (home: string, writeKey: string) =>
    startRuntime({ home, host: '0.0.0.0', settings: parseSettings({ port: 0 }), writeKey, ...quiet });

  test('are let in only with keys of ones own', async () => {
    const home = temporaryFolder();
    await expect(start(home, localWriteKey)).rejects.toThrow(/needs an access key .* and a write key/);
    await expect(start(home, 'mine')).rejects.toThrow(/needs an access key/);
    makeKey(home, 'engineer', 'test', Date.now());
    await expect(start(home, localWriteKey)).rejects.toThrow(/needs a write key other than "local"/);
    const open = await start(home, 'mine');
    const unsigned = await fetch(open.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams' },
      body: '{}',
    });
    expect([unsigned.status, await unsigned.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'MissingAuthenticationTokenException' }),
    ]);
    // Whatever becomes of the keys: nobody is let in without.
    rmSync(path.join(home, 'keys.json'));
    const { status } = await fetch(`${open.url}/s3/firn-warehouse?list-type=2`);
    expect(status).toBe(403);
    await open.stop();
  });
});
