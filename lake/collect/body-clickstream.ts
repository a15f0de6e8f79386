/**
 * Bodies of `/collect`: an array of events, which `compression=gzip` packs into base64. `hashCode` is the first
 * eight hexadecimal digits of SHA-256 of the body (Clickstream Analytics on AWS, "HTTP API").
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { invalid, isWhole, Refusal, unreadable } from '../gateway.ts';
import { scanArray, skipSpace, skipValue } from '../json-scan.ts';
import { clickstreamBody, inflate } from './body.ts';
import type { Events } from './collect.ts';

export function readClickstream(body: Buffer, query: URLSearchParams): Events | Refusal {
  const text = unpacked(body, query.get('compression'));
  if (text instanceof Refusal) return text;
  const hash = query.get('hashCode');
  if (hash && hash.toLowerCase() !== hashCode(body) && hash.toLowerCase() !== hashCode(text)) {
    const message = 'the hash of the body is not hashCode: it changed on its way; send it again';
    return new Refusal(403, 'AccessDeniedException', message);
  }
  const events: Uint8Array[] = [];
  const end = scanArray(text, skipSpace(text, 0), (item) => {
    const itemEnd = skipValue(text, item);
    if (itemEnd >= 0) events.push(text.subarray(item, itemEnd));
    return itemEnd;
  });
  if (!isWhole(text, end)) return unreadable(text) ?? invalid('the body must be an array of events');
  const upload = query.get('upload_timestamp');
  const batch = upload === null ? {} : { batch: JSON.stringify({ upload_timestamp: upload }) };
  return { events, route: 'collect', ...batch };
}

function unpacked(body: Buffer, compression: string | null): Buffer | Refusal {
  if (compression === null || compression === '') return body;
  if (compression !== 'gzip')
    return invalid(`compression must be gzip or absent, not ${compression.slice(0, 20)}`);
  const text = inflate(Buffer.from(body.toString('latin1'), 'base64'), clickstreamBody);
  if (text instanceof Refusal || isUtf8(text)) return text;
  return invalid('the body is not UTF-8, once it is unpacked');
}

function hashCode(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 8);
}
