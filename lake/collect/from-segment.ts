/** Segment's messages (Segment, "HTTP API Source" and "Spec"). */
import { isObject } from '../json-row.ts';
import type { Message } from './message.ts';
import type { SegmentType } from './routes.ts';

/**
 * `type` is the route's, where it has one. What a batch says of `context` and `integrations` holds for each of
 * its messages, member by member, unless the message says otherwise.
 */
export function segmentMessage(
  data: Record<string, unknown>,
  batch?: Record<string, unknown>,
  type?: SegmentType,
): Message {
  return {
    ...data,
    type: type ?? data.type,
    sessionId: data.sessionId ?? memberOf(data.context, 'sessionId'),
    groupId: data.groupId ?? memberOf(data.context, 'groupId'),
    sentAt: data.sentAt ?? batch?.sentAt,
    context: merged(batch?.context, data.context),
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
