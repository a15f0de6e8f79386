/**
 * Shard iterators: opaque to clients, and all that there is to one is in it, so that they survive a restart. They
 * expire after five minutes (Kinesis API reference, "GetShardIterator"). Each carries a hash of itself and of the log's
 * id: one that was cut or changed on its way is refused, and does not read from elsewhere.
 */
import { createHmac } from 'node:crypto';
import { ApiError } from './json11.ts';

export interface ShardIterator {
  /** Id of the log: another one's places mean nothing here. */
  log: string;
  shard: number;
  /** Place in the log from which to read. */
  next: number;
  /** When it was given, milliseconds since 1970. */
  atMs: number;
}

const lifetimeMs = 5 * 60_000;

export function encodeIterator(iterator: ShardIterator): string {
  const { log, shard, next, atMs } = iterator;
  return Buffer.from(JSON.stringify([log, shard, next, atMs, seal(iterator)])).toString('base64');
}

/** What an iterator may say now. */
export interface IteratorRange {
  /** Id of the log. */
  log: string;
  shards: number;
  /** Place past the last record. */
  end: number;
  nowMs: number;
}

/** Throws an `ApiError` for a text that is no iterator of this log, or one that has expired. */
export function decodeIterator(text: string, { log, shards, end, nowMs }: IteratorRange): ShardIterator {
  const iterator = parse(text);
  const isOurs = iterator?.log === log && iterator.shard < shards && iterator.next <= end;
  if (iterator === undefined || !isOurs) {
    throw new ApiError(
      'InvalidArgumentException',
      'Invalid ShardIterator: it is none that this stream gave.',
    );
  }
  if (nowMs - iterator.atMs > lifetimeMs) {
    const [given, now] = [iterator.atMs, nowMs].map((ms) => new Date(ms).toISOString());
    throw new ApiError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${given} while right now it is ${now}, which is ` +
        `further in the future than the tolerated delay of ${lifetimeMs} milliseconds.`,
    );
  }
  return iterator;
}

function parse(text: string): ShardIterator | undefined {
  try {
    const [log, shard, next, atMs, sealed] = JSON.parse(Buffer.from(text, 'base64').toString()) as unknown[];
    const places = [shard, next, atMs].every(
      (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    );
    if (typeof log !== 'string' || !places) return undefined;
    const iterator = { log, shard: shard as number, next: next as number, atMs: atMs as number };
    return seal(iterator) === sealed ? iterator : undefined;
  } catch {
    return undefined;
  }
}

function seal({ log, shard, next, atMs }: ShardIterator): string {
  return createHmac('sha256', log).update(`${shard} ${next} ${atMs}`).digest('base64').slice(0, 16);
}
