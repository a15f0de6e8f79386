/** Segment's messages (Segment, "HTTP API Source" and "Spec"). */
import { isObject } from '../json-row.ts';
import type { SegmentType } from './limits.ts';
import type { Message } from './message.ts';

/**
 * `type` is the route's, where it has one. What a batch says of `context` and `integrations` holds for each of
 * its messages, member by member, unless the message says otherwise.
 */
export function segmentMessage(
  data: Record<string, unknown>,
  batch?: Record<string, unknown>,
  type?: SegmentType,
): Message {
  const { context } = data;
  return {
    type: type ?? data.type,
    messageId: data.messageId,
    event: data.event,
    name: data.name,
    category: data.category,
    userId: data.userId,
    anonymousId: data.anonymousId,
    previousId: data.previousId,
    groupId: data.groupId ?? memberOf(context, 'groupId'),
    sessionId: data.sessionId ?? memberOf(context, 'sessionId'),
    timestamp: data.timestamp,
    originalTimestamp: data.originalTimestamp,
    sentAt: data.sentAt ?? batch?.sentAt,
    properties: data.properties,
    traits: data.traits,
    context: merged(batch?.context, context),
    integrations: merged(batch?.integrations, data.integrations),
  };
}

function merged(common: unknown, own: unknown): unknown {
  if (!isObject(common)) return own;
  return isObject(own) ? { ...common, ...own } : (own ?? common);
}

/** A member of what may be no object. */
export function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
