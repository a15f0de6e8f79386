/**
 * AWS Signature Version 4: reads a request's signature, in its headers or in its query, and checks it against
 * the key's secret (AWS, "Create a signed AWS API request"; S3's deviations in "Authenticating Requests").
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What of a request is signed. */
export interface SignedRequest {
  /** As the client said it: `HEAD`, not what it is answered as. */
  method: string;
  /** As it came, still encoded. */
  path: string;
  /** Without the `?`, as it came. */
  query: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

export interface Signature {
  accessKeyId: string;
  /** `<day>/<region>/<service>/aws4_request` */
  scope: string;
  /** ISO 8601 basic: `20260115T093000Z`. */
  date: string;
  /** How long it counts, seconds; absent for a signature in headers, which counts for as long as clocks may differ. */
  expires?: number;
  /** Lower-case names, in order. */
  signedHeaders: readonly string[];
  /** Hexadecimal. */
  signature: string;
}

/** Why a request is not from whom it says; each protocol has its own names for these. */
export interface SignatureFault {
  kind: 'missing' | 'incomplete' | 'unknown-key' | 'mismatch' | 'skewed' | 'expired' | 'payload';
  message: string;
}

/** S3 signs paths as they are, lets payloads be unsigned, and is patient with clocks. */
export type SigningStyle = 'general' | 's3';

const algorithm = 'AWS4-HMAC-SHA256';
/** What HTTP/2 calls the host, and the SDK's clients sign over HTTP/2 instead of it. */
const authority = ':authority';
const expiresMax = 604_800;
const skewMs = { general: 5 * 60_000, s3: 15 * 60_000 };

/** The signature that a request carries. Whether it is right is not said yet. */
export function readSignature(request: SignedRequest): Signature | SignatureFault {
  const { authorization } = request.headers;
  if (typeof authorization === 'string') return readHeader(authorization, request);
  const query = new Map(queryPairs(request.query).map(([name, value]) => [decode(name), decode(value)]));
  if (query.has('X-Amz-Algorithm')) return readQuery(query);
  if (query.has('AWSAccessKeyId'))
    return incomplete('Signature Version 2 is not served: sign with version 4');
  return { kind: 'missing', message: 'Missing Authentication Token' };
}

/** Undefined if the signature is that of the secret, over this request, and counts at `nowMs`. */
export function checkSignature(
  request: SignedRequest,
  signature: Signature,
  secret: string,
  nowMs: number,
  style: SigningStyle,
): SignatureFault | undefined {
  const wrongTime = checkTime(signature, nowMs, style);
  if (wrongTime !== undefined) return wrongTime;
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signature.signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    return { kind: 'mismatch', message: `these headers came, but are not signed: ${unsigned.join(', ')}` };
  }
  const payload = payloadHash(request, signature, style);
  if (typeof payload !== 'string') return payload;
  const expected = sign(request, signature, payload, secret, style);
  const given = Buffer.from(signature.signature, 'hex');
  if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
  return {
    kind: 'mismatch',
    message:
      'The request signature we calculated does not match the signature you provided. ' +
      'Check your AWS Secret Access Key and signing method.',
  };
}

function sign(
  request: SignedRequest,
  { scope, date, signedHeaders }: Signature,
  payload: string,
  secret: string,
  style: SigningStyle,
): Buffer {
  const canonical = [
    request.method,
    style === 's3' ? encodePath(request.path, decode) : encodePath(withoutDots(request.path)),
    canonicalQuery(request.query),
    ...signedHeaders.map(
      (name) => `${name}:${headerText(request.headers[name === authority ? 'host' : name])}`,
    ),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
  const toSign = [algorithm, date, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((part, text) => hmac(part, text), `AWS4${secret}`);
  return hmac(key, toSign);
}

function readHeader(text: string, request: SignedRequest): Signature | SignatureFault {
  const [name = '', ...rest] = text.split(' ');
  if (name !== algorithm) {
    return incomplete(`the Authorization header must begin with ${algorithm}, not ${name.slice(0, 40)}`);
  }
  const parts = new Map(
    rest
      .join('')
      .split(',')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  const missing = ['Credential', 'SignedHeaders', 'Signature'].filter((part) => !parts.get(part));
  if (missing.length > 0) return incomplete(`the Authorization header has no ${missing.join(', no ')}`);
  const date = headerDate(request);
  if (date === undefined) return incomplete('the header X-Amz-Date must be there, like 20260115T093000Z');
  return complete(parts.get('Credential')!, date, parts.get('SignedHeaders')!, parts.get('Signature')!);
}

function readQuery(query: ReadonlyMap<string, string>): Signature | SignatureFault {
  const names = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'];
  const missing = names.map((name) => `X-Amz-${name}`).filter((name) => !query.get(name));
  if (missing.length > 0) return incomplete(`the query has no ${missing.join(', no ')}`);
  const [given, credential, date, seconds, signedHeaders, signature] = names.map((name) =>
    query.get(`X-Amz-${name}`),
  ) as [string, string, string, string, string, string];
  if (given !== algorithm) return incomplete(`X-Amz-Algorithm must be ${algorithm}`);
  const expires = /^\d{1,6}$/.test(seconds) ? Number(seconds) : 0;
  if (expires < 1 || expires > expiresMax)
    return incomplete(`X-Amz-Expires must be 1 to ${expiresMax} seconds`);
  const read = complete(credential, date, signedHeaders, signature);
  return 'kind' in read ? read : { ...read, expires };
}

function complete(
  credential: string,
  date: string,
  signedHeaders: string,
  signature: string,
): Signature | SignatureFault {
  const [accessKeyId = '', ...scope] = credential.split('/');
  const [day, , , end] = scope;
  if (accessKeyId === '' || scope.length !== 4 || end !== 'aws4_request') {
    return incomplete('the credential must be <access key id>/<day>/<region>/<service>/aws4_request');
  }
  if (dateMs(date) === undefined) return incomplete('the date of signing must be like 20260115T093000Z');
  if (!date.startsWith(`${day}T`)) {
    return incomplete(`the credential's day, ${day}, is not that of the date of signing, ${date}`);
  }
  const names = signedHeaders.toLowerCase().split(';');
  if (!names.includes('host') && !names.includes(authority))
    return incomplete('the header host must be signed');
  return { accessKeyId, scope: scope.join('/'), date, signedHeaders: names, signature };
}

function incomplete(message: string): SignatureFault {
  return { kind: 'incomplete', message };
}

function checkTime(
  { date, expires }: Signature,
  nowMs: number,
  style: SigningStyle,
): SignatureFault | undefined {
  const signedMs = dateMs(date)!;
  const skew = skewMs[style];
  const now = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  if (signedMs > nowMs + skew) {
    return { kind: 'skewed', message: `Signature not yet current: ${date} is still later than ${now}` };
  }
  if (expires !== undefined) {
    const over = nowMs > signedMs + expires * 1000;
    return over ? { kind: 'expired', message: `Request has expired: ${date} and ${expires} s` } : undefined;
  }
  if (nowMs <= signedMs + skew) return undefined;
  const minutes = skew / 60_000;
  return {
    kind: 'skewed',
    message: `Signature expired: ${date} is now earlier than ${now} by more than ${minutes} minutes`,
  };
}

/** The payload's place in what is signed: the hash of the body, or what S3 allows instead. */
function payloadHash(
  { headers, body }: SignedRequest,
  { expires }: Signature,
  style: SigningStyle,
): string | SignatureFault {
  const said = headers['x-amz-content-sha256'];
  if (style === 's3') {
    if (said === undefined && expires !== undefined) return 'UNSIGNED-PAYLOAD';
    if (said === 'UNSIGNED-PAYLOAD') return said;
    // Only of uploads, whose parts carry signatures of their own; this one covers the head.
    if (typeof said === 'string' && said.startsWith('STREAMING-')) return said;
  }
  const hash = sha256(body);
  if (said === undefined || said === hash) return hash;
  return { kind: 'payload', message: 'X-Amz-Content-SHA256 is not the hash of the body' };
}

/** The date of signing: `X-Amz-Date`, else `Date`. */
function headerDate({ headers }: SignedRequest): string | undefined {
  const amz = headers['x-amz-date'];
  if (typeof amz === 'string') return amz;
  const { date } = headers;
  if (typeof date !== 'string') return undefined;
  if (dateMs(date) !== undefined) return date;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}

function dateMs(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function headerText(value: string | string[] | undefined): string {
  const values = Array.isArray(value) ? value : [value ?? ''];
  return values.map((text) => text.trim().replace(/ +/g, ' ')).join(',');
}

function canonicalQuery(query: string): string {
  return queryPairs(query)
    .map(([name, value]) => [encode(decode(name)), encode(decode(value))] as const)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function queryPairs(query: string): [string, string][] {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  });
}

/** By code units, as bytes sort: both are ASCII after encoding. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A path without empty, `.` and `..` segments (RFC 3986, section 5.2.4). */
function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function encodePath(path: string, before = (segment: string): string => segment): string {
  return path
    .split('/')
    .map((segment) => encode(before(segment)))
    .join('/');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What does not decode stays as it is: then the signature does not match, which is the answer to it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
