/**
 * A stream record's bytes → an event: which table it is for and what its fields hold.
 *
 * A record is one of: the gateway's envelope around an event; a bare JSON object; JSON text inside a JSON
 * string; an Avro single-object message, as bytes or (in JSON) as their base64 text.
 */
import { isUtf8 } from 'node:buffer';
import { Rejection } from './errors.ts';
import { isObject, wrongType } from './json-row.ts';

/** What the gateway knows of an event and the event itself does not say. */
export interface Envelope {
  /** `<request id>-<index>`: stable for redelivery of the record. */
  id: string;
  route: string;
  ip: string;
  ua: string;
  /** Name of the write key, never the key itself. */
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The client's country, where the edge tells it. */
  country?: string;
  /** Of a message of a batch: what the batch says for all its messages (`lake/collect/`). */
  batch?: unknown;
}

/** A record, opened. */
export interface Opened {
  /** What the gateway wrote around the event, as JSON text; the event may be in it still. */
  envelope: string | undefined;
  data: unknown;
  /** The event's text as the client sent it, where the record holds more than that. */
  text?: string;
  /** It came by the Kinesis proxy, as most do: the envelope need not be read for that. */
  byProxy?: boolean;
}

/** An event that says which table it is for and how it is encoded. */
export type Event =
  | { kind: 'json'; table: string | undefined; fields: Record<string, unknown> }
  | { kind: 'avro'; message: Buffer };

/** Takes the envelope off, if there is one. Bytes that are neither text nor Avro are a rejection. */
export function openRecord(bytes: Buffer): Opened | Rejection {
  if (isAvroMessage(bytes)) return { envelope: undefined, data: bytes };
  if (!isUtf8(bytes))
    return new Rejection('not_utf8', 'the bytes are not UTF-8, nor do they begin as Avro does');
  const text = bytes.toString('utf8');
  const quick = openQuickly(text);
  if (quick !== undefined) return quick;
  const value = parseJson(text);
  if (value instanceof Rejection) return value;
  if (!isObject(value) || value.$firn !== 1) return { envelope: undefined, data: value };
  const { data } = value;
  const inner = typeof data === 'string' ? data : dataText(text);
  return { envelope: text, data, ...(inner !== undefined && { text: inner }) };
}

const stringOrMark = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** The text of an envelope's `data`, wherever it stands; the last of several. Undefined where its name is spelt with escapes. */
function dataText(text: string): string | undefined {
  let depth = 0;
  let start = -1;
  let found: string | undefined;
  for (const { 0: token, index } of text.matchAll(stringOrMark)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    if (start >= 0 && (depth === 0 || (depth === 1 && token === ','))) {
      found = text.slice(start, index).trim();
      start = -1;
    }
    if (depth !== 1 || token !== '"data"') continue;
    const colon = /\s*:/y;
    colon.lastIndex = index + token.length;
    if (colon.test(text)) start = colon.lastIndex;
  }
  return found;
}

/**
 * Opens an envelope that our gateway wrote, with `data` as its last member, without parsing the others: they
 * are seldom needed. Where `,"data":` stands deeper, what follows it has a bracket too many and does not parse.
 */
function openQuickly(text: string): Opened | undefined {
  if (!text.startsWith('{"$firn":1,') || !text.endsWith('}')) return undefined;
  const at = text.indexOf(',"data":');
  if (at < 0) return undefined;
  const inner = text.slice(at + ',"data":'.length, -1);
  const data = parseJson(inner);
  if (data instanceof Rejection) return undefined;
  return {
    envelope: `${text.slice(0, at)}}`,
    data,
    text: typeof data === 'string' ? data : inner,
    byProxy: proxied.test(text),
  };
}

/** How our envelopes begin for an event that came by the Kinesis proxy. */
const proxied = /^\{"\$firn":1,"id":"[^"\\]*","route":"records?"/;

/** The members of an envelope. */
export function readEnvelope(text: string): Partial<Envelope> {
  return JSON.parse(text) as Partial<Envelope>;
}

/** The event in what a client sent. */
export function readEvent(data: unknown): Event | Rejection {
  if (data instanceof Uint8Array) return { kind: 'avro', message: data as Buffer };
  if (typeof data !== 'string') return jsonEvent(data);
  // Base64 of the marker's first twelve bits; no JSON text begins so.
  if (data.startsWith('ww')) {
    const message = Buffer.from(data, 'base64');
    if (isAvroMessage(message)) return { kind: 'avro', message };
  }
  const inner = parseJson(data);
  return inner instanceof Rejection ? inner : jsonEvent(inner);
}

/** A message in Avro's single-object encoding begins with a marker of two bytes. */
export function isAvroMessage(bytes: Uint8Array): boolean {
  return bytes[0] === 0xc3 && bytes[1] === 0x01;
}

function jsonEvent(value: unknown): Event | Rejection {
  if (!isObject(value)) {
    const { reason } = wrongType('one JSON object for one event', value);
    return new Rejection('not_object', reason);
  }
  const { $table: table } = value;
  if (table !== undefined && typeof table !== 'string')
    return wrongType('the name of a table', table).within('$table');
  return { kind: 'json', table, fields: value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's message quotes the text, which may be personal data.
    return new Rejection('not_json', `expected JSON, got a text of ${text.length} characters that is not`);
  }
}
