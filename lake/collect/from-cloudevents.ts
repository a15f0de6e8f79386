/**
 * CloudEvents 1.0 → messages: a track call whose event is the CloudEvent's type and whose properties are its
 * data. Who it was is told by the extensions `userid`, `anonymousid` and `sessionid` (extension names are lower
 * case letters and digits) or by the data's own userId and anonymousId, and need not be told.
 */
import { isObject } from '../json-row.ts';
import { memberOf } from './from-segment.ts';
import type { Message } from './message.ts';

export function cloudEventMessage(event: Record<string, unknown>): Message {
  const { id, type, time, data, data_base64, userid, anonymousid, sessionid, ...attributes } = event;
  return {
    type: 'track',
    messageId: id,
    event: type,
    userId: userid ?? memberOf(data, 'userId'),
    anonymousId: anonymousid ?? memberOf(data, 'anonymousId'),
    sessionId: sessionid ?? memberOf(data, 'sessionId'),
    originalTimestamp: time,
    properties: propertiesOf(data, data_base64),
    context: attributes,
    impersonal: true,
  };
}

function propertiesOf(data: unknown, base64: unknown): unknown {
  if (base64 !== undefined) return { data_base64: base64 };
  return data === undefined || isObject(data) ? data : { data };
}
