/**
 * A message: what any tracker tells, in the terms of Segment's spec ("Spec: Common Fields"). Each protocol's
 * reader brings its events into this form; `clickstream.ts` makes rows of it.
 */
import { Rejection } from '../errors.ts';
import { readEnvelope } from '../event.ts';
import { inRange, isObject, wrongType } from '../json-row.ts';
import { clickstreamMessage } from './from-clickstream.ts';
import { cloudEventMessage } from './from-cloudevents.ts';
import { pixelMessage } from './from-pixel.ts';
import { segmentMessage } from './from-segment.ts';
import type { SegmentType } from './limits.ts';

/** Members as they came, of any JSON type: `clickstream.ts` checks them. */
export interface Message {
  type: unknown;
  messageId?: unknown;
  event?: unknown;
  name?: unknown;
  category?: unknown;
  userId?: unknown;
  anonymousId?: unknown;
  previousId?: unknown;
  groupId?: unknown;
  sessionId?: unknown;
  timestamp?: unknown;
  originalTimestamp?: unknown;
  sentAt?: unknown;
  properties?: unknown;
  traits?: unknown;
  context?: unknown;
  integrations?: unknown;
  /** The protocol knows events without a user: none of userId and anonymousId need be there. */
  impersonal?: true;
}

/** What the request around a message told: in a batch, the batch's own members. */
export interface Surroundings {
  route?: string;
  ip?: string;
  ua?: string;
  key?: string;
  country?: string;
  /** Milliseconds since 1970. */
  at?: number;
  batch?: Record<string, unknown>;
}

/** Reads an envelope's text, if there is one. Whoever writes to the stream can write one, so nothing is taken on trust. */
export function readSurroundings(envelope: string | undefined): Surroundings {
  if (envelope === undefined) return {};
  const given: Record<string, unknown> = { ...readEnvelope(envelope) };
  const known: Surroundings = {};
  for (const name of ['route', 'ip', 'ua', 'key', 'country'] as const) {
    const value = given[name];
    if (typeof value === 'string') known[name] = value.toWellFormed();
  }
  if (Number.isSafeInteger(given.at) && typeof inRange(Number(given.at) * 1000) === 'number')
    known.at = Number(given.at);
  if (isObject(given.batch)) known.batch = given.batch;
  return known;
}

/** The message in an event that came by a collection route; `route` is the envelope's. */
export function readMessage(data: unknown, surroundings: Surroundings): Message | Rejection {
  const { route = '', batch } = surroundings;
  if (!isObject(data)) {
    return new Rejection('not_object', wrongType('one JSON object for one event', data).reason);
  }
  if (route === 'pixel') return pixelMessage(data);
  if (route === 'collect') return clickstreamMessage(data, batch);
  if (route === 'cloudevents') return cloudEventMessage(data);
  const type = route.startsWith('segment/') ? route.slice('segment/'.length) : 'batch';
  return segmentMessage(data, batch, type === 'batch' ? undefined : (type as SegmentType));
}

/** Whether events of this route are messages. Those of the Kinesis proxy (`record`, `records`) are rows. */
export function carriesMessages(route: string | undefined): boolean {
  return (
    route !== undefined &&
    (route.startsWith('segment/') || route === 'pixel' || route === 'collect' || route === 'cloudevents')
  );
}

/** Whether an event that names `clickstream` itself is a message; else it is a row, by the columns' names. */
export function isMessage(fields: Record<string, unknown>): boolean {
  return ['messageId', 'anonymousId', 'userId'].some((name) => Object.hasOwn(fields, name));
}
