/** A body as it came → JSON text, within the route's limit. */
import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { invalid, Refusal } from '../gateway.ts';
import type { CollectRequest } from './collect.ts';
import { collectLimits } from './limits.ts';
import type { CollectRoute } from './routes.ts';

/** The body without gzip, and checked to be text. Empty where the route takes none. */
export function readBody(route: CollectRoute, { headers, body }: CollectRequest): Buffer | Refusal {
  if (route.bodyBytes === 0) return Buffer.alloc(0);
  const type = String(headers['content-type'] ?? 'application/json');
  if (route.kind !== 'cloudevents' && !/^(application\/json|text\/plain)\s*(;|$)/i.test(type)) {
    const message = `the content type must be application/json or text/plain, not ${type.slice(0, 100)}`;
    return new Refusal(415, 'UnsupportedMediaTypeException', message);
  }
  if (body.length > route.bodyBytes) return tooLarge(route, body.length);
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    const message = `the content encoding must be gzip or none, not ${encoding.slice(0, 100)}`;
    return new Refusal(415, 'UnsupportedMediaTypeException', message);
  }
  // Something between the client and us may have unpacked it, and left the header.
  const packed = encoding === 'gzip' && body[0] === 0x1f && body[1] === 0x8b;
  const plain = packed ? inflate(body, route) : body;
  if (plain instanceof Refusal) return plain;
  if (plain.length === 0) return invalid('the body is empty; it must be JSON');
  return isUtf8(plain) ? plain : invalid('the body is not UTF-8');
}

/** Undoes gzip, and no further than to the route's limit: a few bytes can say gigabytes. */
export function inflate(bytes: Buffer, route: Pick<CollectRoute, 'kind' | 'bodyBytes'>): Buffer | Refusal {
  try {
    return gunzipSync(bytes, { maxOutputLength: route.bodyBytes });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge(route, undefined)
      : invalid('the body is not gzip, though it is said to be');
  }
}

/** Segment answers 400 where others have 413 (Segment, "HTTP API Source", "Errors"). */
function tooLarge(
  { kind, bodyBytes }: Pick<CollectRoute, 'kind' | 'bodyBytes'>,
  bytes: number | undefined,
): Refusal {
  const found = bytes === undefined ? 'is larger than that once it is unpacked' : `has ${bytes}`;
  const message = `the limit is ${bodyBytes} bytes, and the body ${found}`;
  return kind.startsWith('segment')
    ? invalid(message)
    : new Refusal(413, 'RequestTooLargeException', message);
}

/** Of `/collect`, whose bodies are packed a second time, inside base64. */
export const clickstreamBody = { kind: 'clickstream', bodyBytes: collectLimits.clickstreamBytes } as const;
