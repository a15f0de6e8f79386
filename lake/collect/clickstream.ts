/**
 * A message → the fields of its row: of `clickstream`, or of the table whose contract has the event's name.
 * Columns are in `schemas/clickstream.avsc`.
 */
import { type EnrichSettings, enrich } from '../enrich/index.ts';
import { kindOf, Rejection } from '../errors.ts';
import { isObject, wrongType } from '../json-row.ts';
import { memberOf } from './from-segment.ts';
import type { Message, Surroundings } from './message.ts';
import { segmentTypes } from './routes.ts';
import { isoText, timesOf } from './time.ts';

export const clickstreamTable = 'clickstream';

/** Column name → JSON value, as an event for the table would have it. */
export type Fields = Record<string, unknown>;

/** The fields of a `clickstream` row; `arrivalMs` stands in where the gateway did not note the time. */
export function clickstreamFields(
  message: Message,
  surroundings: Surroundings,
  arrivalMs: number,
  settings: EnrichSettings,
): Fields | Rejection {
  const ids = idsOf(message);
  if (ids instanceof Rejection) return ids;
  const times = timesOf(message, (surroundings.at ?? arrivalMs) * 1000);
  if (times instanceof Rejection) return times;
  const texts = jsonTexts(message);
  if (texts instanceof Rejection) return texts;
  const known = clientOf(message, surroundings);
  const campaign = memberOf(message.context, 'campaign');
  return {
    type: message.type,
    event: message.type === 'track' ? message.event : undefined,
    name: nameOf(message),
    category: message.category ?? textOf(memberOf(message.properties, 'category')),
    ...ids,
    ...times,
    ...texts,
    source: surroundings.key,
    ...known,
    ...deviceOf(message.context),
    ...enrich(
      {
        userAgent: known.user_agent,
        ip: known.ip,
        url: known.url,
        referrer: known.referrer,
        campaign: isObject(campaign) ? texted(campaign) : undefined,
        country: surroundings.country,
      },
      settings,
    ),
  };
}

/**
 * The event of a track call for the table that has its name: what its properties say, and beside it what a
 * message tells anyway, under the names of the columns of `clickstream`.
 */
export function typedFields(message: Message, fields: Fields): Fields {
  const properties = isObject(message.properties) ? message.properties : {};
  return { ...fields, timestamp: isoText(fields.timestamp as number), ...properties };
}

/** The name of the table that an event's name stands for: `Order Completed` is `order_completed`. */
export function tableNameOf(event: unknown): string | undefined {
  if (typeof event !== 'string' || event.length > 128) return undefined;
  return event
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}

const idNames = {
  user_id: 'userId',
  anonymous_id: 'anonymousId',
  previous_id: 'previousId',
  group_id: 'groupId',
  session_id: 'sessionId',
} as const;

/** Checks what every message must say, and brings ids that are numbers into text. */
function idsOf(message: Message): Fields | Rejection {
  if (!segmentTypes.some((type) => type === message.type)) {
    return new Rejection(
      message.type === undefined || message.type === null ? 'missing_field' : 'bad_value',
      `expected one of ${segmentTypes.join(', ')}, got ${kindOf(message.type)}`,
      'type',
    );
  }
  if (message.type === 'track' && (message.event === undefined || message.event === null)) {
    return new Rejection('missing_field', 'a track call tells what happened in "event"', 'event');
  }
  const ids: Fields = {};
  for (const [column, member] of Object.entries(idNames)) {
    const id = idText(message[member as keyof Message]);
    if (id instanceof Rejection) return id.within(member);
    if (id !== undefined) ids[column] = id;
  }
  if (ids.user_id === undefined && ids.anonymous_id === undefined && message.impersonal !== true) {
    return new Rejection('missing_field', 'expected a userId or an anonymousId', 'userId');
  }
  if (message.type === 'group' && ids.group_id === undefined) {
    return new Rejection('missing_field', 'a group call tells the group', 'groupId');
  }
  if (message.type === 'alias' && ids.previous_id === undefined) {
    return new Rejection('missing_field', 'an alias call tells the former id', 'previousId');
  }
  return ids;
}

/** An id as text. Libraries send an empty one, or null, for none. */
export function idText(value: unknown): string | undefined | Rejection {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return wrongType('an id, as text', value);
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? new Rejection('unsafe_integer', 'beyond ±(2^53 - 1) digits may be lost: send it as a string')
    : String(value);
}

/** The members that the table keeps as JSON text. */
function jsonTexts(message: Message): Fields | Rejection {
  const texts: Fields = {};
  const { properties, traits, integrations } = message;
  // Both are columns of their own, where the contract's rules for personal data reach them.
  const context = isObject(message.context)
    ? { ...message.context, ip: undefined, userAgent: undefined }
    : message.context;
  for (const [name, value] of Object.entries({ properties, traits, context, integrations })) {
    // An empty list is PHP's way to write an empty object.
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    if (!isObject(value)) return wrongType('an object', value).within(name);
    try {
      const text = JSON.stringify(value);
      if (text !== '{}') texts[name] = text;
    } catch {
      return new Rejection('bad_value', 'it nests too deeply', name);
    }
  }
  return texts;
}

interface Client {
  library?: string;
  library_version?: string;
  ip?: string;
  user_agent?: string;
  locale?: string;
  url?: string;
  title?: string;
  referrer?: string;
}

/** Libraries that run on servers: their address and user agent are not the visitor's. */
const serverLibrary = /^(@segment\/)?analytics[-.](node|python|go|ruby|java|php|net|rust|c\+\+|clojure)\b/i;

/**
 * What is known of the client. What is no text is left out: `context` has it as it came. The request's own address
 * and user agent stand in where it is the visitor's: a library on a phone has an address, but its user agent is
 * its own.
 */
function clientOf({ context, properties, impersonal }: Message, { ip, ua }: Surroundings): Client {
  const page = memberOf(context, 'page');
  const library = memberOf(context, 'library');
  const name = textOf(memberOf(library, 'name'));
  const direct = impersonal !== true && (name === undefined || !serverLibrary.test(name));
  const browser = direct && (name === undefined || /^Mozilla\//.test(ua ?? ''));
  const screen = memberOf(page, 'url') === undefined ? properties : page;
  return withoutAbsent({
    library: name,
    library_version: textOf(memberOf(library, 'version')),
    ip: textOf(memberOf(context, 'ip')) ?? (direct ? textOf(ip) : undefined),
    user_agent: textOf(memberOf(context, 'userAgent')) ?? (browser ? textOf(ua) : undefined),
    locale: textOf(memberOf(context, 'locale')),
    url: textOf(memberOf(screen, 'url')),
    title: textOf(memberOf(page, 'title') ?? memberOf(properties, 'title')),
    referrer: textOf(memberOf(page, 'referrer') ?? memberOf(properties, 'referrer')),
  });
}

/** What a library on a phone tells of it; what the user agent tells goes before. */
function deviceOf(context: unknown): Fields {
  const os = memberOf(context, 'os');
  const type = textOf(memberOf(memberOf(context, 'device'), 'type')) ?? '';
  return {
    os: textOf(memberOf(os, 'name')),
    os_version: textOf(memberOf(os, 'version')),
    ...(/^(ios|android)$/i.test(type) && { device_class: 'mobile' }),
  };
}

function nameOf({ type, name, properties }: Message): unknown {
  if (type !== 'page' && type !== 'screen') return undefined;
  return name ?? textOf(memberOf(properties, 'name'));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined;
}

function texted(members: Record<string, unknown>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, textOf(value)]));
}

function withoutAbsent(client: Record<keyof Client, string | undefined>): Client {
  return Object.fromEntries(Object.entries(client).filter(([, value]) => value !== undefined));
}
