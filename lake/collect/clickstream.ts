/**
 * A message → the fields of its row: of `clickstream`, or of the table whose contract has the event's name.
 * Columns are in `schemas/clickstream.avsc`.
 */
import { type EnrichSettings, enrich } from '../enrich/index.ts';
import { isMailProxy } from '../enrich/user-agent.ts';
import { kindOf, Rejection } from '../errors.ts';
import { isObject, wrongType } from '../json-row.ts';
import { memberOf } from './from-segment.ts';
import { segmentTypes } from './limits.ts';
import type { Message, Surroundings } from './message.ts';
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
  const fields: Fields = { type: message.type };
  const times = timesOf(message, (surroundings.at ?? arrivalMs) * 1000);
  const fault =
    addIds(fields, message) ??
    (times instanceof Rejection ? times : addTexts(Object.assign(fields, times), message));
  if (fault !== undefined) return fault;
  if (message.type === 'track') fields.event = message.event;
  else if (message.type === 'page' || message.type === 'screen') {
    fields.name = message.name ?? textOf(memberOf(message.properties, 'name'));
  }
  fields.category = message.category ?? textOf(memberOf(message.properties, 'category'));
  fields.source = surroundings.key;
  const client = addClient(fields, message, surroundings);
  const campaign = memberOf(message.context, 'campaign');
  const enriched = enrich(
    {
      userAgent: client.user_agent,
      ip: client.ip,
      url: client.url,
      referrer: client.referrer,
      campaign: isObject(campaign) ? texted(campaign) : undefined,
      country: client.country,
      ownCountry: textOf(memberOf(memberOf(message.context, 'location'), 'country')),
    },
    settings,
  );
  return Object.assign(fields, enriched);
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

const idNames = [
  ['user_id', 'userId'],
  ['anonymous_id', 'anonymousId'],
  ['previous_id', 'previousId'],
  ['group_id', 'groupId'],
  ['session_id', 'sessionId'],
] as const;

/** Checks what every message must say, and brings ids that are numbers into text. */
function addIds(ids: Fields, message: Message): Rejection | undefined {
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
  for (const [column, member] of idNames) {
    const id = idText(message[member]);
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
  return undefined;
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

const textNames = ['properties', 'traits', 'context', 'integrations'] as const;

/** Adds the members that the table keeps as JSON text. */
export function addTexts(fields: Fields, message: Message): Rejection | undefined {
  for (const name of textNames) {
    const value = message[name];
    // An empty list is PHP's way to write an empty object.
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    if (!isObject(value)) return wrongType('an object', value).within(name);
    try {
      const text = JSON.stringify(name === 'context' ? withoutColumns(value) : value);
      if (text !== '{}') fields[name] = text;
    } catch {
      return new Rejection('bad_value', 'it nests too deeply', name);
    }
  }
  return undefined;
}

/** The context without what are columns of their own, where the contract's rules for personal data reach them. */
function withoutColumns(context: Record<string, unknown>): Record<string, unknown> {
  if (context.ip === undefined && context.userAgent === undefined) return context;
  const { ip: _, userAgent: __, ...rest } = context;
  return rest;
}

/** Libraries that run on servers: their address and user agent are not the visitor's. */
const serverLibrary = /^(@segment\/)?analytics[-.](node|python|go|ruby|java|php|net|rust|c\+\+|clojure)\b/i;

/**
 * What is known of the client. What is no text is left out: `context` has it as it came. The request's own address
 * and user agent stand in where it is the visitor's: a library on a phone has an address, but its user agent is
 * its own, and a mailbox's proxy has neither.
 */
function addClient(
  fields: Fields,
  { context, properties, impersonal }: Message,
  { route, ip, ua, country }: Surroundings,
): Client {
  const page = memberOf(context, 'page');
  const library = memberOf(context, 'library');
  const name = textOf(memberOf(library, 'name'));
  const proxied = route === 'pixel' && isMailProxy(ua);
  const direct = impersonal !== true && !proxied && (name === undefined || !serverLibrary.test(name));
  const browser = proxied || (direct && (name === undefined || /^Mozilla\//.test(ua ?? '')));
  const pageUrl = memberOf(page, 'url');
  const os = memberOf(context, 'os');
  const device = textOf(memberOf(memberOf(context, 'device'), 'type'));
  const client: Client = {
    ip: textOf(memberOf(context, 'ip')) ?? (direct ? textOf(ip) : undefined),
    user_agent: textOf(memberOf(context, 'userAgent')) ?? (browser ? textOf(ua) : undefined),
    url: textOf(pageUrl === undefined ? memberOf(properties, 'url') : pageUrl),
    referrer: textOf(memberOf(page, 'referrer') ?? memberOf(properties, 'referrer')),
    country: direct ? country : undefined,
  };
  fields.library = name;
  fields.library_version = textOf(memberOf(library, 'version'));
  fields.ip = client.ip;
  fields.user_agent = client.user_agent;
  fields.locale = textOf(memberOf(context, 'locale'));
  fields.url = client.url;
  fields.title = textOf(memberOf(page, 'title') ?? memberOf(properties, 'title'));
  fields.referrer = client.referrer;
  // What a library on a phone tells of it; what the user agent tells goes before.
  fields.os = textOf(memberOf(os, 'name'));
  fields.os_version = textOf(memberOf(os, 'version'));
  if (device !== undefined && /^(ios|android)$/i.test(device)) fields.device_class = 'mobile';
  return client;
}

/** What enrichment wants to know of it. */
interface Client {
  ip: string | undefined;
  user_agent: string | undefined;
  url: string | undefined;
  referrer: string | undefined;
  /** Of the request's address, as the edge tells it. */
  country: string | undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined;
}

function texted(members: Record<string, unknown>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, textOf(value)]));
}
