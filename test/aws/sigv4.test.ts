import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  checkSignature,
  readSignature,
  type SignedRequest,
  type SigningStyle,
} from '../../local/aws/sigv4.ts';

const base = { method: 'GET', path: '/', query: '', headers: {}, body: Buffer.alloc(0) };

/** What is wrong with a request's signature: undefined if nothing is. */
function verify(request: SignedRequest, secret: string, at: string, style: SigningStyle = 'general') {
  const read = readSignature(request);
  if ('kind' in read) return read;
  return checkSignature(request, read, secret, Date.parse(at), style);
}

describe("AWS's own examples of Signature Version 4 are right", () => {
  // From the "Signature Version 4 test suite" of AWS (key AKIDEXAMPLE, region us-east-1, service `service`).
  const letters = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const form = 'application/x-www-form-urlencoded';
  const cases: [name: string, signature: string, request: Partial<SignedRequest>][] = [
    ['get-vanilla', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', {}],
    [
      'get-header-key-duplicate',
      'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
      { headers: { 'my-header1': ['value2', 'value2', 'value1'] } },
    ],
    [
      'get-header-value-order',
      '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
      { headers: { 'my-header1': ['value4', 'value1', 'value3', 'value2'] } },
    ],
    [
      'get-header-value-trim',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
      { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    ],
    [
      'get-unreserved',
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
      { path: `/${letters}` },
    ],
    ['get-utf8', '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85', { path: '/ሴ' }],
    [
      'get-relative-relative',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
      { path: '/example1/example2/../..' },
    ],
    ['get-slashes', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', { path: '//' }],
    [
      'get-vanilla-empty-query-key',
      'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
      { query: 'Param1=value1' },
    ],
    [
      'get-vanilla-query-order-key-case',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      { query: 'Param2=value2&Param1=value1' },
    ],
    [
      'get-vanilla-query-unreserved',
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
      { query: `${letters}=${letters}` },
    ],
    [
      'get-vanilla-utf8-query',
      '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
      { query: 'ሴ=bar' },
    ],
    ['post-vanilla', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b', { method: 'POST' }],
    [
      'post-header-value-case',
      'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
      { method: 'POST', headers: { 'my-header1': 'VALUE1' } },
    ],
    [
      'post-vanilla-query-nonunreserved',
      '66c82657c86e26fb25238d0e69f011edc4c6df5ae71119d7cb98ed9b87393c1e',
      { method: 'POST', query: '%40%23%24%25%5E=&%2B=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D' },
    ],
    [
      'post-x-www-form-urlencoded',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      { method: 'POST', headers: { 'content-type': form }, body: Buffer.from('Param1=value1') },
    ],
  ];
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const at = '2015-08-30T12:36:00Z';

  it.each(cases)('%s', (_, signature, { headers = {}, ...rest }) => {
    const all = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...headers };
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      `SignedHeaders=${Object.keys(all).sort().join(';')}, Signature=${signature}`;
    const request = { ...base, ...rest, headers: { ...all, authorization } };
    expect(verify(request, secret, at)).toBeUndefined();
    expect(verify({ ...request, method: 'DELETE' }, secret, at)).toMatchObject({ kind: 'mismatch' });
    expect(verify(request, `${secret}x`, at)).toMatchObject({ kind: 'mismatch' });
  });

  // Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header" and "Query Parameters".
  const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

  it('S3: GET Object', () => {
    const headers = {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': '20130524T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    };
    const request = { ...base, path: '/test.txt', headers };
    expect(verify(request, s3Secret, '2013-05-24T00:10:00Z', 's3')).toBeUndefined();
    expect(verify(request, s3Secret, '2013-05-24T00:20:00Z', 's3')).toMatchObject({ kind: 'skewed' });
  });

  it('S3: a presigned URL', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F' +
      'aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = {
      ...base,
      path: '/test.txt',
      query,
      headers: { host: 'examplebucket.s3.amazonaws.com' },
    };
    expect(verify(request, s3Secret, '2013-05-24T23:59:59Z', 's3')).toBeUndefined();
    expect(verify(request, s3Secret, '2013-05-25T00:00:01Z', 's3')).toMatchObject({ kind: 'expired' });
    expect(
      verify({ ...request, query: `${query}&a=b` }, s3Secret, '2013-05-24T01:00:00Z', 's3'),
    ).toMatchObject({
      kind: 'mismatch',
    });
  });
});

/** As the SDK spells a segment of a path (RFC 3986). */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The hash that the signer wants; of Node's. */
class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

describe("what the SDK's signer signs is right", () => {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'a secret' };
  const now = new Date('2026-01-15T09:30:00Z');

  it.each(['general', 's3'] as const)('for any path, query and body (%s)', async (style) => {
    const signer = new SignatureV4({
      service: style === 's3' ? 's3' : 'kinesis',
      region: 'us-east-1',
      credentials,
      sha256: Sha256 as never,
      uriEscapePath: style === 'general',
    });
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...'!*()/+ %~.:=&'), fc.string()),
      maxLength: 6,
    });
    const segment = text.filter((name) => name !== '.' && name !== '..');
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.dictionary(text, text, { maxKeys: 3 }),
        fc.string(),
        fc.boolean(),
        async (segments, query, body, presigned) => {
          const path = `/${segments.map(encodeSegment).join('/')}`;
          const given = {
            method: 'POST',
            protocol: 'http:',
            hostname: '127.0.0.1',
            path,
            query,
            headers: {
              host: '127.0.0.1:4566',
              'x-amz-target': 'Kinesis_20131202.PutRecord',
              // As the S3 client's presigner does.
              ...(style === 's3' && presigned && { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
            },
            body,
          };
          const sign = presigned ? signer.presign.bind(signer) : signer.sign.bind(signer);
          const signed = await sign(given, { signingDate: now });
          const raw = Object.entries(signed.query ?? {})
            .map((pair) => pair.map((part) => encodeURIComponent(String(part))).join('='))
            .join('&');
          const request = { ...base, method: 'POST', path, query: raw, headers: signed.headers };
          const whole = { ...request, body: Buffer.from(body) };
          expect(verify(whole, 'a secret', now.toISOString(), style)).toBeUndefined();
          expect(verify(whole, 'another', now.toISOString(), style)).toMatchObject({ kind: 'mismatch' });
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('over HTTP/2 the authority is signed, which is the host', async () => {
  const signer = new SignatureV4({
    service: 'kinesis',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 's' },
    sha256: Sha256 as never,
  });
  const given = {
    method: 'POST',
    protocol: 'http:',
    hostname: 'h',
    path: '/',
    headers: { ':authority': 'h:1' },
  };
  const { headers } = await signer.sign(given, { signingDate: new Date('2026-01-15T09:30:00Z') });
  const { ':authority': _, ...rest } = headers;
  const request = { ...base, method: 'POST', headers: { ...rest, host: 'h:1' } };
  expect(verify(request, 's', '2026-01-15T09:30:00Z')).toBeUndefined();
  const elsewhere = { ...request, headers: { ...rest, host: 'h:2' } };
  expect(verify(elsewhere, 's', '2026-01-15T09:30:00Z')).toMatchObject({ kind: 'mismatch' });
});

describe('a request that is not well signed is told why', () => {
  const secret = 's';
  const headers = {
    host: 'h',
    'x-amz-date': '20260115T093000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AK/20260115/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
  };
  const at = '2026-01-15T09:30:00Z';
  const check = (changed: Record<string, string | undefined>, time = at) =>
    verify({ ...base, headers: { ...headers, ...changed } }, secret, time);

  it.each([
    ['no signature', { authorization: undefined }, 'missing'],
    ['another scheme', { authorization: 'Basic eDp5' }, 'incomplete'],
    ['no credential', { authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00' }, 'incomplete'],
    ['no date', { 'x-amz-date': undefined }, 'incomplete'],
    ['a date that is none', { 'x-amz-date': '20261399T000000Z' }, 'incomplete'],
    ['another day than the date', { 'x-amz-date': '20260116T000000Z' }, 'incomplete'],
    ['host is not signed', { authorization: headers.authorization.replace('host;', '') }, 'incomplete'],
    ['a header of AWS that is not signed', { 'x-amz-target': 'Kinesis_20131202.PutRecord' }, 'mismatch'],
    ['a hash that is not of the body', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, 'mismatch'],
    ['a wrong signature', {}, 'mismatch'],
    [
      'a signature that is no number',
      { authorization: headers.authorization.replace('=00', '=zz') },
      'mismatch',
    ],
  ])('%s', (_, changed, kind) => {
    expect(check(changed)).toMatchObject({ kind });
  });

  it('a signature of version 2, as some tools make for URLs, is told from none', () => {
    const request = { ...base, headers: { host: 'h' }, query: 'AWSAccessKeyId=AK&Signature=x&Expires=1' };
    expect(verify(request, secret, at)).toMatchObject({
      kind: 'incomplete',
      message: expect.stringMatching('Version 2'),
    });
  });

  it.each(['2026-01-15T09:24:59Z', '2026-01-15T09:35:01Z'])('a clock that says %s', (time) => {
    expect(check({}, time)).toMatchObject({
      kind: 'skewed',
      message: expect.stringContaining('20260115T09'),
    });
  });
});
