/**
 * CloudEvents over HTTP ("HTTP Protocol Binding" 1.0.2): structured mode (`application/cloudevents+json`), batched
 * mode (`application/cloudevents-batch+json`), and binary mode (attributes in `ce-…` headers, the body is the data).
 */
import { invalid, isWhole, Refusal, unreadable } from '../gateway.ts';
import { scanArray, scanObject, skipSpace, skipValue } from '../json-scan.ts';
import type { CollectRequest, Events } from './collect.ts';

const route = 'cloudevents';

export function readCloudEvents(body: Buffer, headers: CollectRequest['headers']): Events | Refusal {
  const type = String(headers['content-type'] ?? '').toLowerCase();
  if (/^application\/cloudevents-batch\+json\s*(;|$)/.test(type)) return batched(body);
  if (/^application\/cloudevents\+json\s*(;|$)/.test(type)) return structured(body);
  if (headers['ce-specversion'] !== undefined) return binary(body, type, headers);
  const message =
    'the content type must be application/cloudevents+json or application/cloudevents-batch+json, or the headers ce-…';
  return new Refusal(415, 'UnsupportedMediaTypeException', message);
}

function structured(body: Buffer): Events | Refusal {
  const start = skipSpace(body, 0);
  const end = scanObject(body, start, (_name, _end, value) => skipValue(body, value));
  if (!isWhole(body, end)) return unreadable(body) ?? invalid('the body must be one event: a JSON object');
  return { events: [body.subarray(start, end)], route };
}

function batched(body: Buffer): Events | Refusal {
  const events: Uint8Array[] = [];
  const end = scanArray(body, skipSpace(body, 0), (item) => {
    const itemEnd = skipValue(body, item);
    if (itemEnd >= 0) events.push(body.subarray(item, itemEnd));
    return itemEnd;
  });
  if (!isWhole(body, end)) return unreadable(body) ?? invalid('the body must be an array of events');
  return { events, route };
}

/** Header values are percent-encoded ("HTTP Protocol Binding", 3.1.3.2). Data that is no JSON is kept as text. */
function binary(body: Buffer, type: string, headers: CollectRequest['headers']): Events | Refusal {
  const event: Record<string, unknown> = { datacontenttype: type || undefined };
  for (const [name, value] of Object.entries(headers)) {
    if (!/^ce-[a-z0-9]+$/.test(name)) continue;
    const text = decoded(String(value));
    if (text === undefined) return invalid(`the header ${name} is not percent-encoded UTF-8`);
    event[name.slice('ce-'.length)] = text;
  }
  const json = type === '' || /^application\/(json|[\w.-]+\+json)\s*(;|$)/.test(type);
  if (!json) {
    return { events: [Buffer.from(JSON.stringify({ ...event, data: body.toString('utf8') }))], route };
  }
  const start = skipSpace(body, 0);
  const end = skipValue(body, start);
  if (!isWhole(body, end)) return unreadable(body) ?? invalid('the body must be JSON');
  const head = Buffer.from(`${JSON.stringify(event).slice(0, -1)},"data":`);
  return { events: [Buffer.concat([head, body.subarray(start, end), Buffer.from('}')])], route };
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
