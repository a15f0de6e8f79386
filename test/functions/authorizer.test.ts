import { afterEach, expect, test } from 'vitest';
import { type AuthorizerEvent, authorize, handler } from '../../functions/authorizer.ts';
import { basicKey, digestWriteKeys, findWriteKey, parseWriteKeys } from '../../lake/write-keys.ts';

const keys = parseWriteKeys(digestWriteKeys({ web: 'secret-of-web', app: "it's: a key" }));

const event = (resource: string, more: Partial<AuthorizerEvent> = {}): AuthorizerEvent => ({
  methodArn: `arn:aws:execute-api:eu-west-1:111122223333:abc/v1/PUT${resource}`,
  resource,
  headers: {},
  queryStringParameters: null,
  ...more,
});

const basic = (key: string) => ({ Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

test('a right key allows every route of the stage, and its name goes into the context', () => {
  const answer = authorize(event('/streams/s/record', { headers: { 'X-Api-Key': 'secret-of-web' } }), keys);
  expect(answer).toEqual({
    principalId: 'web',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Action: 'execute-api:Invoke',
          Effect: 'Allow',
          Resource: 'arn:aws:execute-api:eu-west-1:111122223333:abc/v1/*',
        },
      ],
    },
    context: { key: 'web' },
  });
});

test('a wrong key is denied on the proxy, and unauthorized to Segment libraries and pixels', () => {
  const wrong = authorize(event('/streams', { headers: { 'x-api-key': 'secret-of-we' } }), keys);
  expect(wrong.policyDocument.Statement[0].Effect).toBe('Deny');
  expect(wrong.context).toEqual({ key: '' });
  for (const given of [
    { headers: basic('nobody') },
    { headers: { authorization: 'Basic !!!' } },
    { headers: { authorization: 'Bearer secret-of-web' } },
    { headers: null },
    { queryStringParameters: { writeKey: 'nobody' } },
  ]) {
    expect(() => authorize(event('/track', given), keys)).toThrow(/^Unauthorized$/);
  }
});

test('Segment libraries send the key by Basic auth, pixels in the query', () => {
  expect(authorize(event('/track', { headers: basic('secret-of-web') }), keys).context.key).toBe('web');
  const pixel = event('/pixel.gif', { queryStringParameters: { writeKey: "it's: a key" } });
  expect(authorize(pixel, keys).context.key).toBe('app');
});

test('a key in another place than its route has it is none: the gateway would remember the wrong thing', () => {
  const query = { writeKey: 'secret-of-web' };
  const beside = event('/track', { headers: { authorization: 'x' }, queryStringParameters: query });
  expect(() => authorize(beside, keys)).toThrow(/^Unauthorized$/);
  const header = event('/pixel.gif', {
    headers: basic('secret-of-web'),
    queryStringParameters: { writeKey: 'x' },
  });
  expect(() => authorize(header, keys)).toThrow(/^Unauthorized$/);
});

test('a key of the query is none on the proxy', () => {
  const given = event('/streams', { queryStringParameters: { writeKey: 'secret-of-web' } });
  expect(authorize(given, keys).policyDocument.Statement[0].Effect).toBe('Deny');
});

test('Basic auth holds the key as the user', () => {
  const of = (text: string) => basicKey(`Basic ${Buffer.from(text).toString('base64')}`);
  expect(of('key:')).toBe('key');
  expect(of('key')).toBe('key');
  expect(of('key:password')).toBe('key');
  expect(of(':')).toBeUndefined();
  expect(basicKey('basic a2V5Og==')).toBe('key');
  expect(basicKey('Digest a2V5Og==')).toBeUndefined();
  expect(basicKey(undefined)).toBeUndefined();
});

test('the environment holds digests, not keys', () => {
  const text = digestWriteKeys({ web: 'secret-of-web' });
  expect(text).not.toContain('secret');
  expect(findWriteKey(parseWriteKeys(text), 'secret-of-web')).toBe('web');
  expect(findWriteKey(parseWriteKeys(text), '')).toBeUndefined();
});

test('an environment without keys is a fault that says what it must hold', () => {
  for (const text of [undefined, '', '{}', 'null', '{"web":"secret"}', '{"web":7}', '[']) {
    expect(() => parseWriteKeys(text), String(text)).toThrow('FIRN_WRITE_KEYS must be JSON');
  }
});

const before = process.env.FIRN_WRITE_KEYS;
afterEach(() => {
  if (before === undefined) delete process.env.FIRN_WRITE_KEYS;
  else process.env.FIRN_WRITE_KEYS = before;
});

test('the handler reads the keys from the environment', async () => {
  process.env.FIRN_WRITE_KEYS = digestWriteKeys({ web: 'secret-of-web' });
  const answer = await handler(event('/streams', { headers: { 'x-api-key': 'secret-of-web' } }));
  expect(answer.principalId).toBe('web');
});
