/**
 * Write keys as the cloud's functions know them: by digest, so that a function's configuration tells nobody a key.
 * They are in the environment variable `FIRN_WRITE_KEYS`, as JSON: `{"<name>": "<SHA-256 of the key, in hex>"}`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Fault } from './errors.ts';

/** Digests of the write keys by the names that they go by in envelopes. */
export type WriteKeyDigests = ReadonlyMap<string, Buffer>;

/** What stands in the environment for these keys. */
export function digestWriteKeys(keys: Readonly<Record<string, string>>): string {
  const digests = Object.entries(keys).map(([name, secret]) => [name, sha256(secret).toString('hex')]);
  return JSON.stringify(Object.fromEntries(digests));
}

/** Reads the environment variable's text; throws a Fault where it holds no keys. */
export function parseWriteKeys(text: string | undefined): WriteKeyDigests {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? '');
  } catch {}
  const entries = Object.entries((parsed ?? {}) as Record<string, unknown>);
  const bad = entries.find(([, digest]) => typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest));
  if (entries.length === 0 || bad !== undefined) {
    throw new Fault(
      'FIRN_WRITE_KEYS must be JSON: {"<name>": "<SHA-256 of the key, in hex>"}, one key at least',
    );
  }
  return new Map(entries.map(([name, digest]) => [name, Buffer.from(digest as string, 'hex')]));
}

/** The name of a write key; undefined if it is none. Takes the same time for every key. */
export function findWriteKey(digests: WriteKeyDigests, given: string): string | undefined {
  const asked = sha256(given);
  const found = [...digests].filter(([, digest]) => timingSafeEqual(digest, asked));
  return found[0]?.[0];
}

/** The key in `Authorization: Basic base64(key + ':')`, as Segment's libraries send it; undefined if it is none. */
export function basicKey(authorization: string | undefined): string | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization ?? '')?.[1];
  const user = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':')[0];
  return user === '' ? undefined : user;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
