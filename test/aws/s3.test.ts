import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3Service } from '../../local/aws/s3.ts';
import { readRange, unmetCondition } from '../../local/aws/s3-object.ts';
import { stsService } from '../../local/aws/sts.ts';
import { type HttpServer, listen } from '../../local/gateway/http.ts';
import { bodyLimits, route } from '../../local/gateway/routes.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const Bucket = 'lake';
const modified = new Date('2026-01-15T09:30:00Z');
const digits = '0123456789'.repeat(1000);

const keys = new Map([
  ['AKENGINEER', { secret: 'one', role: 'engineer' as const }],
  ['AKANALYST', { secret: 'two', role: 'analyst' as const }],
]);
const bugs: unknown[] = [];

let folder: ReturnType<typeof makeTemporaryFolder>;
let server: HttpServer;
let client: S3Client;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const directory = path.join(folder.path, 'lake');
  for (const key of [
    'firn/a/metadata/v1.json',
    'firn/a/data/1.parquet',
    'firn/a-b.txt',
    'firn/b/x',
    'firn/b/y z+%.txt',
  ]) {
    const file = path.join(directory, key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, key === 'firn/b/x' ? '' : digits);
    utimesSync(file, modified, modified);
  }
  writeFileSync(path.join(folder.path, 'secret'), 'secret');
  symlinkSync(path.join(folder.path, 'secret'), path.join(directory, 'firn/link'));
  symlinkSync(folder.path, path.join(directory, 'firn/up'));
  const bucket = { directory, mayRead: (_: string, { role }: { role: string }) => role === 'engineer' };
  server = await listen(
    route(
      {
        collect: async () => ({ status: 404, headers: {}, body: '' }),
        operations: {},
        sts: stsService('000000000000'),
        s3: s3Service(
          { [Bucket]: bucket },
          () => 'request-1',
          (bug) => bugs.push(bug),
        ),
      },
      {
        access: { keys: { configured: true, find: (id) => keys.get(id) }, now: Date.now },
        hostNames: [],
      },
    ),
    bodyLimits,
    { host: '127.0.0.1', port: 0 },
  );
  client = connect('AKENGINEER', 'one');
});
afterAll(async () => {
  client.destroy();
  await server.close();
  folder.remove();
  expect(bugs).toEqual([]);
});

function connect(accessKeyId: string, secretAccessKey: string, path = '/s3'): S3Client {
  return new S3Client({
    endpoint: `http://127.0.0.1:${server.port}${path}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

const get = async (Key: string, rest: object = {}) => {
  const { Body, ...answer } = await client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
  return { ...answer, text: await Body!.transformToString() };
};
const failure = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => [error.name, error.$metadata?.httpStatusCode],
  );
const list = (input: object) => client.send(new ListObjectsV2Command({ Bucket, ...input }));
const keysOf = ({ Contents = [] }: Awaited<ReturnType<typeof list>>) => Contents.map(({ Key }) => Key);

describe('objects', () => {
  test('a file is an object, with its size, time and tag', async () => {
    const whole = await get('firn/a/metadata/v1.json');
    expect(whole).toMatchObject({ text: digits, ContentLength: 10_000, LastModified: modified });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'firn/a/metadata/v1.json' }));
    expect(head).toMatchObject({ ContentLength: 10_000, ETag: whole.ETag, AcceptRanges: 'bytes' });
    expect((await get('firn/b/x')).text).toBe('');
    expect((await get('firn/b/y z+%.txt')).ContentLength).toBe(10_000);
  });

  test('ranges', async () => {
    expect(await get('firn/a/data/1.parquet', { Range: 'bytes=5-7' })).toMatchObject({
      text: '567',
      ContentRange: 'bytes 5-7/10000',
      ContentLength: 3,
    });
    expect((await get('firn/a/data/1.parquet', { Range: 'bytes=-3' })).text).toBe('789');
    expect((await get('firn/a/data/1.parquet', { Range: 'bytes=9998-20000' })).text).toBe('89');
    expect(await failure(get('firn/a/data/1.parquet', { Range: 'bytes=10000-' }))).toEqual([
      'InvalidRange',
      416,
    ]);
  });

  test('conditions', async () => {
    const { ETag } = await get('firn/a/data/1.parquet');
    expect((await failure(get('firn/a/data/1.parquet', { IfNoneMatch: ETag })))?.[1]).toBe(304);
    expect((await get('firn/a/data/1.parquet', { IfMatch: ETag })).text).toBe(digits);
    expect(await failure(get('firn/a/data/1.parquet', { IfMatch: '"other"' }))).toEqual([
      'PreconditionFailed',
      412,
    ]);
    expect((await failure(get('firn/a/data/1.parquet', { IfModifiedSince: modified })))?.[1]).toBe(304);
  });

  test('what is not there is told so', async () => {
    expect(await failure(get('firn/nothing'))).toEqual(['NoSuchKey', 404]);
    expect(await failure(get('firn/a'))).toEqual(['NoSuchKey', 404]);
    expect(await failure(get('firn/b/x/y'))).toEqual(['NoSuchKey', 404]);
    expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key: 'firn/nothing' })))).toEqual([
      'NotFound',
      404,
    ]);
    expect(await failure(client.send(new GetObjectCommand({ Bucket: 'other', Key: 'x' })))).toEqual([
      'NoSuchBucket',
      404,
    ]);
  });

  test('no path and no link leads out of the folder', async () => {
    for (const key of [
      '../secret',
      'firn/../../secret',
      'firn/link',
      'firn/up/secret',
      '/etc/passwd',
      'firn//a',
      'a\0b',
    ]) {
      const found = await failure(get(key));
      expect(found?.[1]).toBeGreaterThanOrEqual(400);
      expect(found?.[0]).not.toBe('InternalError');
    }
    expect(keysOf(await list({})).join()).not.toMatch(/link|up|secret/);
  });

  test('nothing is written', async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }));
    expect(await failure(put)).toEqual(['MethodNotAllowed', 405]);
  });
});

describe('listing', () => {
  const all = [
    'firn/a-b.txt',
    'firn/a/data/1.parquet',
    'firn/a/metadata/v1.json',
    'firn/b/x',
    'firn/b/y z+%.txt',
  ];

  test('all keys come in order', async () => {
    const listed = await list({});
    expect(keysOf(listed)).toEqual(all);
    expect(listed).toMatchObject({ IsTruncated: false, KeyCount: 5, MaxKeys: 1000 });
    expect(listed.Contents![0]).toMatchObject({ Size: 10_000, LastModified: modified });
    expect(listed.Contents![0]!.ETag).toBe((await get('firn/a-b.txt')).ETag);
  });

  test.each([1, 2, 3])('the same keys come in pages of %i', async (MaxKeys) => {
    for (const Delimiter of [undefined, '/']) {
      const input = { Prefix: 'firn/', MaxKeys, ...(Delimiter && { Delimiter }) };
      const found: (string | undefined)[] = [];
      for (
        let page = await list(input);
        ;
        page = await list({ ...input, ContinuationToken: page.NextContinuationToken })
      ) {
        found.push(...keysOf(page), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
        if (!page.IsTruncated) break;
      }
      expect(found).toEqual(Delimiter === undefined ? all : ['firn/a-b.txt', 'firn/a/', 'firn/b/']);
    }
  });

  test('prefixes, also amid a name, and where to begin', async () => {
    expect(keysOf(await list({ Prefix: 'firn/a/m' }))).toEqual(['firn/a/metadata/v1.json']);
    expect(keysOf(await list({ Prefix: 'firn/a' }))).toEqual(all.slice(0, 3));
    expect(keysOf(await list({ Prefix: 'nothing' }))).toEqual([]);
    expect(keysOf(await list({ StartAfter: 'firn/a/metadata/v1.json' }))).toEqual(all.slice(3));
    expect(keysOf(await list({ EncodingType: 'url', Prefix: 'firn/b/y' }))).toEqual([
      'firn/b/y%20z%2B%25.txt',
    ]);
    expect(await failure(list({ ContinuationToken: 'x' }))).toEqual(['InvalidArgument', 400]);
  });

  test('buckets are listed and looked at', async () => {
    expect((await client.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name)).toEqual([
      Bucket,
    ]);
    expect((await client.send(new HeadBucketCommand({ Bucket }))).$metadata.httpStatusCode).toBe(200);
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeFalsy();
  });
});

test('a client that has one endpoint for all services finds buckets at the root too', async () => {
  const root = connect('AKENGINEER', 'one', '');
  expect((await root.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name)).toEqual([Bucket]);
  expect(keysOf(await root.send(new ListObjectsV2Command({ Bucket, Prefix: 'firn/b/x' })))).toEqual([
    'firn/b/x',
  ]);
  const { Body } = await root.send(new GetObjectCommand({ Bucket, Key: 'firn/a-b.txt' }));
  expect(await Body!.transformToString()).toBe(digits);
});

describe('callers', () => {
  test('only who may sees files and lists', async () => {
    const analyst = connect('AKANALYST', 'two');
    const nobody = connect('AKENGINEER', 'wrong');
    const read = (own: S3Client) => failure(own.send(new GetObjectCommand({ Bucket, Key: 'firn/b/x' })));
    expect(await read(analyst)).toEqual(['AccessDenied', 403]);
    expect(await failure(analyst.send(new ListObjectsV2Command({ Bucket })))).toEqual(['AccessDenied', 403]);
    expect((await analyst.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    expect(await read(nobody)).toEqual(['SignatureDoesNotMatch', 403]);
    expect(await read(connect('AKNOBODY', 'x'))).toEqual(['InvalidAccessKeyId', 403]);
    const unsigned = await fetch(`http://127.0.0.1:${server.port}/s3/${Bucket}/firn/b/x`);
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });
});

test('ranges are read as HTTP has them', () => {
  expect(readRange('bytes=0-0', 10)).toEqual({ start: 0, end: 0 });
  expect(readRange('bytes=-20', 10)).toEqual({ start: 0, end: 9 });
  expect(readRange('bytes=-0', 10)).toBe('unsatisfiable');
  expect(readRange('bytes=0-', 0)).toBe('unsatisfiable');
  for (const whole of ['', 'bytes=5-3', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b']) {
    expect(readRange(whole, 10)).toBeUndefined();
  }
});

test('of two conditions the tag decides', () => {
  const object = { etag: '"e"', modifiedMs: Date.parse('2026-01-15T09:30:00Z') };
  const [before, after] = ['Thu, 15 Jan 2026 09:00:00 GMT', 'Thu, 15 Jan 2026 10:00:00 GMT'];
  expect(unmetCondition({ 'if-unmodified-since': before }, object)).toBe('failed');
  expect(unmetCondition({ 'if-unmodified-since': before, 'if-match': '"e"' }, object)).toBeUndefined();
  expect(unmetCondition({ 'if-modified-since': after }, object)).toBe('not-modified');
  expect(unmetCondition({ 'if-modified-since': after, 'if-none-match': '"x"' }, object)).toBeUndefined();
  expect(unmetCondition({ 'if-none-match': '"x", W/"e"' }, object)).toBe('not-modified');
  expect(unmetCondition({ 'if-match': '*' }, object)).toBeUndefined();
  expect(unmetCondition({ 'if-modified-since': 'some day' }, object)).toBeUndefined();
});
