/** The Kinesis proxy under `/v1`, as API Gateway serves it: the same routes, bodies and answers. */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import {
  describeStreamAnswer,
  type Enveloped,
  enveloper,
  invalid,
  listStreamsAnswer,
  type ProxyRecord,
  Refusal,
  readPutRecord,
  readPutRecords,
} from '../../lake/gateway.ts';
import { corsHeaders } from '../../lake/openapi/answers.ts';
import { findWriteKey, type WriteKeyDigests } from '../../lake/write-keys.ts';
import { PutRefused } from '../log/log.ts';
import type { Placed, Stream, StreamRecord } from '../log/stream.ts';
import type { Clock } from '../ports.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';

export const basePath = '/v1';

export { corsHeaders as cors };

/** Answers every request below `/v1`. */
export function proxy(
  stream: Stream,
  keys: WriteKeyDigests,
  clock: Clock,
): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    if (request.method === 'OPTIONS') return { status: 204, headers: corsHeaders, body: '' };
    const requestId = randomUUID();
    const outcome = await answer(request, requestId);
    const [status, body] =
      outcome instanceof Refusal
        ? [outcome.status, { __type: outcome.type, message: outcome.message }]
        : outcome;
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        ...corsHeaders,
        ...(status === 405 && { allow: `${methodOf(request.path)}, OPTIONS` }),
      },
      body: JSON.stringify(body),
    };
  };

  async function answer(request: HttpRequest, requestId: string): Promise<[number, object] | Refusal> {
    const route = findRoute(request, stream.name);
    if (route instanceof Refusal) return route;
    const key = authorize(request.headers['x-api-key'], keys);
    if (key instanceof Refusal) return key;
    if (route === 'list') return [200, listStreamsAnswer(stream.describe())];
    if (route === 'describe') return [200, describeStreamAnswer(stream.describe())];

    const unreadable = checkText(request);
    if (unreadable !== undefined) return unreadable;
    const read = route === 'record' ? readPutRecord(request.body) : readPutRecords(request.body);
    if (read instanceof Refusal) return read;
    const context = {
      requestId,
      route,
      ip: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      key,
      atMs: clock.now(),
    };
    const records = envelop(Array.isArray(read) ? read : [read], enveloper(context));
    if (records instanceof Refusal) return records;
    try {
      const placed = await stream.put(records);
      return [200, route === 'record' ? recordAnswer(placed[0]!) : recordsAnswer(placed)];
    } catch (error) {
      return refusedAnswer(error, route, records.length);
    }
  }
}

type Route = 'list' | 'describe' | 'record' | 'records';

function findRoute({ method, path }: HttpRequest, stream: string): Route | Refusal {
  const match = /^\/v1\/streams(?:\/([^/]+)(?:\/(records?))?)?\/?$/.exec(path);
  if (match === null) {
    const known =
      'GET /v1/streams, GET /v1/streams/{stream}, PUT /v1/streams/{stream}/record and …/records, ' +
      'and for trackers POST /v1/track, /v1/batch and the others of docs/collect.md';
    return new Refusal(404, 'UnknownOperationException', `there is no route ${path}; there are ${known}`);
  }
  const [, name, action] = match;
  const expected = methodOf(path);
  if (method !== expected) {
    return new Refusal(405, 'UnknownOperationException', `${path} takes ${expected}, not ${method}`);
  }
  if (name !== undefined && name !== stream) {
    const message = `there is no stream of this name; the stream is ${stream}`;
    return new Refusal(404, 'ResourceNotFoundException', message);
  }
  return (action as Route | undefined) ?? (name === undefined ? 'list' : 'describe');
}

/** What a route takes: the ones that end in an action are puts. */
function methodOf(path: string): 'GET' | 'PUT' {
  return /\/streams\/[^/]+\/records?\/?$/.test(path) ? 'PUT' : 'GET';
}

/** The name of the write key, or why there is none. */
function authorize(given: string | string[] | undefined, keys: WriteKeyDigests): string | Refusal {
  if (given === undefined || given === '') {
    return new Refusal(401, 'UnauthorizedException', 'send your write key in the header x-api-key');
  }
  const refused = new Refusal(403, 'AccessDeniedException', 'the write key in x-api-key is not valid');
  return findWriteKey(keys, String(given)) ?? refused;
}

/** Why a body cannot be JSON text at all; undefined if it may be. */
function checkText({ headers, body }: HttpRequest): Refusal | undefined {
  const type = headers['content-type'] ?? 'application/json';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    const message = `the content type must be application/json, not ${type.slice(0, 100)}`;
    return new Refusal(415, 'UnsupportedMediaTypeException', message);
  }
  if (body.length === 0) return invalid('the body is empty; it must be JSON');
  return isUtf8(body) ? undefined : invalid('the body is not UTF-8');
}

function envelop(
  records: readonly ProxyRecord[],
  envelope: (event: Uint8Array, index: number) => Enveloped | Refusal,
): StreamRecord[] | Refusal {
  const wrapped: StreamRecord[] = [];
  for (const [i, { data, partitionKey }] of records.entries()) {
    const enveloped = envelope(data, i);
    if (enveloped instanceof Refusal) return enveloped;
    wrapped.push({ data: enveloped, partitionKey });
  }
  return wrapped;
}

function recordAnswer({ sequenceNumber, shardId }: Placed): object {
  return { EncryptionType: 'NONE', SequenceNumber: sequenceNumber, ShardId: shardId };
}

function recordsAnswer(placed: readonly Placed[]): object {
  return {
    EncryptionType: 'NONE',
    FailedRecordCount: 0,
    Records: placed.map(({ sequenceNumber, shardId }) => ({
      SequenceNumber: sequenceNumber,
      ShardId: shardId,
    })),
  };
}

/**
 * A put that is not in the log. PutRecords answers one error for each record, as Kinesis does, but with a
 * status that makes clients try again.
 */
function refusedAnswer(error: unknown, route: Route, count: number): [number, object] {
  const slowDown = error instanceof PutRefused && !error.full;
  const status = slowDown ? 429 : 503;
  const code = slowDown ? 'ProvisionedThroughputExceededException' : 'InternalFailure';
  const { message } = error as Error;
  if (route === 'record') return [status, { __type: code, message }];
  const failed = { ErrorCode: code, ErrorMessage: message };
  return [status, { FailedRecordCount: count, Records: Array.from({ length: count }, () => failed) }];
}
