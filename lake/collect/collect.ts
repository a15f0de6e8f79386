/**
 * A request to a collection route → what to put into the stream and what to answer. Pure: the local gateway and
 * the cloud's function do the putting, and give the answer that fits its outcome.
 */
import { type Enveloped, enveloper, invalid, Refusal } from '../gateway.ts';
import { findWriteKey, type WriteKeyDigests } from '../write-keys.ts';
import { type CollectAnswer, corsOf, pixelAnswer, refusalAnswer, successAnswer } from './answers.ts';
import { readBody } from './body.ts';
import { readClickstream } from './body-clickstream.ts';
import { readCloudEvents } from './body-cloudevents.ts';
import { readSegment, readSegmentBatch } from './body-segment.ts';
import { givenKey } from './key.ts';
import { collectLimits } from './limits.ts';
import { countMetrics } from './metrics.ts';
import { pixelEvent } from './pixel.ts';
import { type CollectRoute, findCollectRoute } from './routes.ts';
import { segmentSettings } from './settings.ts';

/** A request as either substrate has it. */
export interface CollectRequest {
  method: string;
  /** With `/v1`, without query. */
  path: string;
  /** Without its question mark. */
  query: string;
  /** By lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** The client's address. */
  ip: string;
  requestId: string;
  /** Milliseconds since 1970. */
  atMs: number;
  /** Where the client reaches the collection routes: scheme, and host with the path up to `/v1`. */
  protocol: 'http' | 'https';
  apiHost: string;
}

/** What a body holds, before it is put into envelopes. */
export interface Events {
  /** JSON text of each event, as the client sent it. */
  events: readonly Uint8Array[];
  /** Of the envelopes: which protocol, and what kind of message. */
  route: string;
  /** What a batch says for all its messages, as the JSON text of an object. */
  batch?: string;
}

/** Records to put, and the answers to give when they are in the stream and when they are not. */
export interface CollectPlan {
  records: readonly { data: Enveloped; partitionKey: string }[];
  done: CollectAnswer;
  /** `slowDown`: the stream takes no more at this moment; else it is out of order. Clients send again after both. */
  failed(slowDown: boolean): CollectAnswer;
}

/** An answer that needs no stream, or a plan. The path must be one of `findCollectRoute`. */
export function collect(request: CollectRequest, keys: WriteKeyDigests): CollectPlan | CollectAnswer {
  const route = findCollectRoute(request.path)!;
  const cors = corsOf(route, request.headers.origin);
  if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: '' };
  if (request.method !== route.method) {
    const message = `${request.path} takes ${route.method}, not ${request.method}`;
    const answer = refusalAnswer(new Refusal(405, 'UnknownOperationException', message), cors);
    return { ...answer, headers: { ...answer.headers, allow: `${route.method}, OPTIONS` } };
  }
  const outcome = read(route, request, keys, cors);
  return outcome instanceof Refusal ? refusalAnswer(outcome, cors) : outcome;
}

function read(
  route: CollectRoute,
  request: CollectRequest,
  keys: WriteKeyDigests,
  cors: Record<string, string>,
): CollectPlan | CollectAnswer | Refusal {
  if (route.kind === 'segment-settings') return segmentSettings(request, cors);
  const body = readBody(route, request);
  if (body instanceof Refusal) return body;
  if (route.kind === 'segment-metrics') return { ...successAnswer(cors), metrics: countMetrics(body) };
  const given = givenKey(route, request, body);
  const key = given === undefined ? undefined : findWriteKey(keys, given);
  if (key === undefined) return wrongKey(route, given);
  const events = readEvents(route, request, body);
  if (events instanceof Refusal) return events;
  const records = envelop(events, request, key);
  if (records instanceof Refusal) return records;
  return {
    records,
    done: route.kind === 'pixel' ? pixelAnswer(cors) : successAnswer(cors),
    failed: (slowDown) => refusalAnswer(slowDown ? tooFast : outOfOrder, cors),
  };
}

function readEvents(route: CollectRoute, request: CollectRequest, body: Buffer): Events | Refusal {
  switch (route.kind) {
    case 'segment':
      return readSegment(body, route.type!);
    case 'segment-batch':
      return readSegmentBatch(body);
    case 'clickstream':
      return readClickstream(body, new URLSearchParams(request.query));
    case 'cloudevents':
      return readCloudEvents(body, request.headers);
    case 'pixel':
      return pixelEvent(new URLSearchParams(request.query));
    default:
      throw new Error(`no events come by ${route.kind}`);
  }
}

/** AWS's servers answer 403 to an application that they do not know, Segment's 401 to a key. */
function wrongKey({ kind, keys }: CollectRoute, given: string | undefined): Refusal {
  const said: Record<string, string> = {
    basic: 'by Basic auth, as the user',
    bearer: 'as a bearer token',
    'x-api-key': 'in the header x-api-key',
    body: 'as writeKey in the body',
    query: 'as writeKey in the query',
    'app-id': 'as appId in the query',
  };
  const where = keys.map((place) => said[place]).join(', or ');
  const message =
    given === undefined ? `send your write key ${where}` : `the write key is not valid; send it ${where}`;
  return kind === 'clickstream'
    ? new Refusal(403, 'AccessDeniedException', message)
    : new Refusal(401, 'UnauthorizedException', message);
}

const tooFast = new Refusal(
  429,
  'ProvisionedThroughputExceededException',
  'the stream takes no more at this moment; send again, later and slower',
);
const outOfOrder = new Refusal(
  503,
  'InternalFailure',
  'the stream could not be written to; send again later',
);

function envelop(
  { events, route, batch }: Events,
  { requestId, ip, headers, atMs }: CollectRequest,
  key: string,
): CollectPlan['records'] | Refusal {
  if (events.length > collectLimits.events) {
    return invalid(`the request has ${events.length} events; the limit is ${collectLimits.events}`);
  }
  const userAgent = String(headers['user-agent'] ?? '');
  const context = { requestId, route, ip, userAgent, key, atMs };
  const envelope = enveloper(batch === undefined ? context : { ...context, batch });
  const records: { data: Enveloped; partitionKey: string }[] = [];
  let size = 0;
  for (const [i, event] of events.entries()) {
    const data = envelope(event, i);
    if (data instanceof Refusal) return data;
    size += data[0].length + event.length;
    // Events of a table that is only appended to need no order, so that they are spread over the shards.
    records.push({ data, partitionKey: `${requestId}-${i}` });
  }
  if (size > collectLimits.requestBytes) {
    const limit = collectLimits.requestBytes;
    return invalid(`what the batch says for each of its messages makes ${size} bytes; the limit is ${limit}`);
  }
  return records;
}
