/**
 * The pixel's query parameters → a message. Names of Segment's members are these members; `data` holds a whole
 * message as base64 (Segment, "Pixel Tracking API"); everything else is a property.
 */
import { Rejection } from '../errors.ts';
import { isObject } from '../json-row.ts';
import type { Message } from './message.ts';

const members = new Set([
  'type',
  'messageId',
  'event',
  'name',
  'category',
  'userId',
  'anonymousId',
  'previousId',
  'groupId',
  'sessionId',
  'timestamp',
  'sentAt',
]);
/** Parameters that say something about the page. */
const pageMembers = new Set(['url', 'title', 'referrer']);

export function pixelMessage(parameters: Record<string, unknown>): Message | Rejection {
  const whole = decoded(parameters.data);
  if (whole instanceof Rejection) return whole;
  const message: Record<string, unknown> = { ...whole };
  const properties: Record<string, unknown> = isObject(message.properties) ? { ...message.properties } : {};
  const page: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (name === 'data' || name === 'writeKey') continue;
    if (members.has(name)) message[name] = value;
    else if (pageMembers.has(name)) page[name] = value;
    else properties[name] = value;
  }
  const context = isObject(message.context) ? message.context : {};
  return {
    ...message,
    type: message.type ?? (message.event === undefined ? 'page' : 'track'),
    properties: { ...page, ...properties },
    context: Object.keys(page).length === 0 ? context : { ...context, page },
  };
}

function decoded(data: unknown): Record<string, unknown> | Rejection {
  if (data === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(String(data), 'base64').toString('utf8'));
  } catch {
    value = undefined;
  }
  return isObject(value) ? value : new Rejection('bad_value', 'expected base64 of a JSON object', 'data');
}
