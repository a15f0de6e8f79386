/**
 * Requests of every protocol, good and bad mixed, from a seed. What becomes of each event is known beforehand: a row
 * whose content can be checked from its id, or a rejection; or the request is refused as a whole.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Random } from '../../scripts/gen/random.ts';

export interface MixedRequest {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  status: number;
  events: readonly MixedEvent[];
}

export interface MixedEvent {
  id: string;
  n: number;
  rejected: boolean;
}

/** Requests with `count` accepted events in all, and some that are refused. */
export function* mixedRequests(seed: number, count: number): Generator<MixedRequest> {
  const random = new Random(seed, 'mixed');
  let made = 0;
  const next = (): MixedEvent => {
    const n = made++;
    return { id: `e-${seed}-${n}`, n, rejected: random.chance(0.03) };
  };
  const some = (most: number): MixedEvent[] =>
    Array.from({ length: Math.min(1 + random.below(most), count - made) }, next);
  while (made < count) {
    const kind = random.below(20);
    if (kind === 0) yield refused(random);
    else if (kind <= 2) yield single(next(), random);
    else if (kind === 3) yield pixel(next());
    else if (kind <= 5) yield clickstream(some(100), random);
    else if (kind <= 7) yield cloudEvents(some(50));
    else if (kind <= 9) yield proxied(some(200));
    else yield batch(some(500), random);
  }
}

const basic = `Basic ${Buffer.from('local:').toString('base64')}`;
const json = { authorization: basic, 'content-type': 'application/json' };

/** What a row's properties must hold, by its event's id. */
export function checkOf(id: string): string {
  return createHash('md5').update(id).digest('hex').toUpperCase();
}

/** A message; a broken one lacks its ids. */
function message({ id, n, rejected }: MixedEvent): object {
  return {
    type: n % 3 === 0 ? 'page' : 'track',
    event: 'Mixed',
    messageId: id,
    ...(rejected ? {} : { anonymousId: `visitor-${n % 1000}` }),
    properties: { check: checkOf(id), n, text: 'äöü "quoted" \n €' },
  };
}

function batch(events: MixedEvent[], random: Random): MixedRequest {
  const text = JSON.stringify({ batch: events.map(message), sentAt: new Date(0).toISOString() });
  const packed = random.chance(0.3);
  return {
    method: 'POST',
    path: random.chance(0.5) ? '/v1/batch' : '/v1/import',
    headers: { ...json, ...(packed && { 'content-encoding': 'gzip' }) },
    body: packed ? gzipSync(text) : text,
    status: 200,
    events,
  };
}

function single(event: MixedEvent, random: Random): MixedRequest {
  const body = JSON.stringify({ ...message(event), writeKey: 'local' });
  const path = random.chance(0.5) ? '/v1/track' : '/v1/p';
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'text/plain' },
    body,
    status: 200,
    events: [event],
  };
}

function pixel(event: MixedEvent): MixedRequest {
  const query = new URLSearchParams({
    writeKey: 'local',
    messageId: event.id,
    event: 'Mixed',
    check: checkOf(event.id),
    n: String(event.n),
    ...(event.rejected ? {} : { userId: 'ä' }),
  });
  return { method: 'GET', path: `/v1/pixel.gif?${query}`, headers: {}, status: 200, events: [event] };
}

function clickstream(events: MixedEvent[], random: Random): MixedRequest {
  const text = JSON.stringify(
    events.map(({ id, n, rejected }) => ({
      event_type: 'mixed',
      event_id: id,
      timestamp: rejected ? 'soon' : Date.now(),
      device_id: `device-${n % 1000}`,
      attributes: { check: checkOf(id), n },
    })),
  );
  const packed = random.chance(0.5);
  const body = packed ? gzipSync(text).toString('base64') : text;
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 8);
  const path = `/collect?appId=local&platform=Web&hashCode=${hash}${packed ? '&compression=gzip' : ''}`;
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body, status: 200, events };
}

function cloudEvents(events: MixedEvent[]): MixedRequest {
  const body = JSON.stringify(
    events.map(({ id, n, rejected }) => ({
      specversion: '1.0',
      id,
      source: '/mixed',
      ...(rejected ? {} : { type: 'mixed' }),
      data: { check: checkOf(id), n },
    })),
  );
  const headers = { 'x-api-key': 'local', 'content-type': 'application/cloudevents-batch+json' };
  return { method: 'POST', path: '/v1/events', headers, body, status: 200, events };
}

/** By the Kinesis proxy, as objects and as text. */
function proxied(events: MixedEvent[]): MixedRequest {
  const records = events.map((event) => {
    const data = { $table: 'clickstream', ...message(event) };
    return { data: event.n % 2 === 0 ? data : JSON.stringify(data), 'partition-key': event.id };
  });
  return {
    method: 'PUT',
    path: '/v1/streams/firn-events/records',
    headers: { 'x-api-key': 'local', 'content-type': 'application/json' },
    body: JSON.stringify({ records }),
    status: 200,
    events,
  };
}

function refused(random: Random): MixedRequest {
  const body = JSON.stringify({ batch: [message({ id: 'refused', n: -1, rejected: false })] });
  const request = { method: 'POST', path: '/v1/batch', headers: json, events: [] } as const;
  switch (random.below(4)) {
    case 0:
      return { ...request, headers: { 'content-type': 'text/plain' }, body, status: 401 };
    case 1:
      return { ...request, body: body.slice(0, -1), status: 400 };
    case 2:
      return { ...request, path: '/v1/track', body: JSON.stringify({ a: 'x'.repeat(33_000) }), status: 400 };
    default:
      return { ...request, path: '/collect?appId=local&hashCode=00000000', body: '[]', status: 403 };
  }
}
