import { request } from 'node:http';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ApiError, type Operation } from '../../local/aws/json11.ts';
import { stsService } from '../../local/aws/sts.ts';
import { type HttpServer, listen } from '../../local/gateway/http.ts';
import { bodyLimits, route } from '../../local/gateway/routes.ts';

const echo: Operation = (input, caller) => ({ input, caller });
const text = (body: string) => ({ status: 200, headers: {}, body });

/** Access keys that a test may change. */
const keys = new Map([['AKENGINEER', { secret: 'one', role: 'engineer' as const }]]);
let configured = true;
let failure: string | undefined;
let now = Date.now();

let server: HttpServer;
beforeAll(async () => {
  const handler = route(
    {
      collect: async () => text('collected'),
      operations: { 'Service.Echo': echo },
      lakeFormation: { ListPermissions: echo },
      sts: stsService('000000000000'),
      iceberg: async ({ path }, caller) =>
        text(caller instanceof ApiError ? caller.type : `${caller.role} ${path}`),
      s3: {
        serves: ({ path }) => path.startsWith('/s3/'),
        answer: async (_, caller) => text(caller instanceof ApiError ? caller.type : caller.role),
      },
      failure: () => failure,
    },
    {
      access: {
        keys: {
          get configured() {
            return configured;
          },
          find: (id) => keys.get(id),
        },
        now: () => now,
      },
      hostNames: [],
    },
  );
  server = await listen(handler, bodyLimits, { host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());
beforeEach(() => {
  configured = true;
  failure = undefined;
  now = Date.now();
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ port: server.port, method, path, headers }, (answer) => {
      let said = '';
      answer.on('data', (chunk) => {
        said += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: said }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

function sts(accessKeyId: string, secretAccessKey: string): STSClient {
  const client = new STSClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

const whoAmI = new GetCallerIdentityCommand();

describe('with access keys', () => {
  test('STS tells whose key signed', async () => {
    const { Arn, Account, UserId } = await sts('AKENGINEER', 'one').send(whoAmI);
    expect([Arn, Account, UserId]).toEqual([
      'arn:aws:iam::000000000000:user/firn-engineer',
      '000000000000',
      'AKENGINEER',
    ]);
  });

  test('a wrong secret, an unknown key and a wrong clock are told as STS tells them', async () => {
    const wrong = (id: string, secret: string) =>
      sts(id, secret)
        .send(whoAmI)
        .catch(({ name, $metadata }) => [name, $metadata.httpStatusCode]);
    expect(await wrong('AKENGINEER', 'two')).toEqual(['SignatureDoesNotMatch', 403]);
    expect(await wrong('AKNOBODY', 'one')).toEqual(['InvalidClientTokenId', 403]);
    now += 6 * 60_000;
    expect(await wrong('AKENGINEER', 'one')).toEqual(['SignatureDoesNotMatch', 403]);
  });

  test('each protocol tells in its own way that a signature is missing', async () => {
    const json = await ask('POST', '/', { 'x-amz-target': 'Service.Echo' }, '{}');
    expect(json).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-amz-json-1.1' } });
    expect(JSON.parse(json.body)).toMatchObject({
      __type: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
    const rest = await ask('POST', '/ListPermissions', {}, '{}');
    expect(rest).toMatchObject({
      status: 400,
      headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
    });
    expect(await ask('GET', '/?Action=GetCallerIdentity')).toMatchObject({
      status: 403,
      headers: { 'content-type': 'text/xml' },
      body: expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    });
    expect((await ask('GET', '/s3/warehouse')).body).toBe('AccessDenied');
    expect((await ask('GET', '/iceberg/v1/config')).body).toBe('MissingAuthenticationTokenException');
  });

  test('collecting and health need no signature', async () => {
    expect((await ask('PUT', '/v1/streams/x/record')).body).toBe('collected');
    expect((await ask('GET', '/health')).status).toBe(200);
  });

  test('that all is not well is told to everybody; why, which may name files, to engineers', async () => {
    failure = '/home/ada/firn/log/1.log: damaged at byte 7';
    const unsigned = await ask('GET', '/health');
    expect([unsigned.status, unsigned.body]).toEqual([
      503,
      '{"status":"failed","reason":"delivery or the log cannot go on; engineers are told why, and so is the log of the server"}',
    ]);
    configured = false;
    expect(JSON.parse((await ask('GET', '/health')).body)).toEqual({ status: 'failed', reason: failure });
  });
});

describe('without access keys', () => {
  beforeEach(() => {
    configured = false;
  });

  test('everybody is the engineer, signed or not', async () => {
    const { body } = await ask('POST', '/', { 'x-amz-target': 'Service.Echo' }, '{"a":1}');
    expect(JSON.parse(body)).toEqual({ input: { a: 1 }, caller: { role: 'engineer' } });
    expect((await sts('any', 'thing').send(whoAmI)).UserId).toBe('any');
  });

  test('an operation of Lake Formation is a path', async () => {
    const answer = await ask('POST', '/ListPermissions', {}, '{"a":1}');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(answer.body).input).toEqual({ a: 1 });
  });

  test.each([
    ['PUT', '/ListPermissions', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/', 'POST'],
  ])('%s %s is answered 405 with what is allowed', async (method, path, allow) => {
    expect(await ask(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });

  test('an unknown action, operation and path are told with their names', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const action = await ask('POST', '/', form, 'Action=AssumeRole&RoleArn=<x>&Version=2011-06-15');
    expect(action).toMatchObject({
      status: 400,
      body: expect.stringContaining('<Code>InvalidAction</Code>'),
    });
    expect(action.body).toContain('the action AssumeRole is not served here; supported: GetCallerIdentity');
    const target = await ask('POST', '/', { 'x-amz-target': 'DynamoDB_20120810.GetItem' }, '{}');
    expect(JSON.parse(target.body)).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringMatching(/DynamoDB_20120810.GetItem is not served here; supported: Service.Echo/),
    });
    expect(await ask('GET', '/nothing?a=b')).toMatchObject({
      status: 404,
      body: expect.stringContaining('/nothing?a=b'),
    });
  });

  test('a page elsewhere, and a name that is not ours, reach collection routes only', async () => {
    const origin = { origin: 'https://shop.example.com' };
    const host = { host: 'rebound.example.com' };
    for (const [path, method] of [
      ['/health', 'GET'],
      ['/s3/warehouse', 'GET'],
      ['/iceberg/v1/config', 'GET'],
      ['/', 'POST'],
      ['/ListPermissions', 'POST'],
    ] as const) {
      expect((await ask(method, path, origin)).status).toBe(403);
      expect((await ask(method, path, host)).status).toBe(421);
    }
    expect((await ask('PUT', '/v1/streams/x/record', { ...origin, ...host })).body).toBe('collected');
  });
});
