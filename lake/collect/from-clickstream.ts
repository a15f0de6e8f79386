/**
 * Events of AWS's clickstream SDKs → messages (Clickstream Analytics on AWS, "HTTP API", "SDK manual"). Page and
 * screen views become page and screen calls, a change of the user's attributes an identify call, everything else
 * a track call under its own name. Attributes stay as they came, reserved ones too.
 */
import { isObject } from '../json-row.ts';
import { memberOf } from './from-segment.ts';
import type { Message } from './message.ts';

/** Calls that AWS's preset events are. */
const calls: Readonly<Record<string, string>> = {
  _page_view: 'page',
  _screen_view: 'screen',
  _profile_set: 'identify',
};

export function clickstreamMessage(
  event: Record<string, unknown>,
  batch: Record<string, unknown> | undefined,
): Message {
  const { event_type, event_id, timestamp, device_id, unique_id, user, attributes, items, ...rest } = event;
  const call =
    typeof event_type === 'string' && Object.hasOwn(calls, event_type) ? calls[event_type]! : 'track';
  return {
    type: call,
    messageId: event_id,
    ...(call === 'track' ? { event: event_type } : {}),
    ...(call === 'page' ? { name: memberOf(attributes, '_page_title') } : {}),
    ...(call === 'screen' ? { name: memberOf(attributes, '_screen_name') } : {}),
    userId: memberOf(memberOf(user, '_user_id'), 'value'),
    anonymousId: device_id ?? unique_id,
    sessionId: memberOf(attributes, '_session_id'),
    originalTimestamp: isoTime(timestamp),
    sentAt: isoTime(memberOf(batch, 'upload_timestamp')),
    properties: items === undefined ? attributes : { ...asObject(attributes), items },
    traits: user,
    context: contextOf(rest, attributes, unique_id),
  };
}

/** What Segment's context has a name for, under that name; the rest as it came, but the application's key. */
function contextOf(
  { app_id: _, sdk_name, sdk_version, locale, ...rest }: Record<string, unknown>,
  attributes: unknown,
  uniqueId: unknown,
): Record<string, unknown> {
  const of = (name: string): unknown => memberOf(attributes, name);
  const { platform, os_version } = rest;
  const mobile = platform === 'Android' || platform === 'iOS';
  return {
    library: some({ name: sdk_name, version: sdk_version }),
    locale,
    page: some({
      url: of('_page_url'),
      title: of('_page_title'),
      referrer: of('_page_referrer') ?? of('_latest_referrer'),
    }),
    campaign: some({
      source: of('_traffic_source_source'),
      medium: of('_traffic_source_medium'),
      name: of('_traffic_source_campaign'),
      term: of('_traffic_source_term'),
      content: of('_traffic_source_content'),
    }),
    ...(mobile && { os: { name: platform, version: os_version }, device: { type: platform } }),
    unique_id: uniqueId,
    ...rest,
  };
}

/** Undefined where no member is there. */
function some(members: Record<string, unknown>): Record<string, unknown> | undefined {
  return Object.values(members).some((value) => value !== undefined) ? members : undefined;
}

/** Milliseconds since 1970, as a number or as text. What is neither is left for the checks. */
function isoTime(value: unknown): unknown {
  const ms = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof ms !== 'number' || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return value;
  return new Date(ms).toISOString();
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
