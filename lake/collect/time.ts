/** When a message happened: the client's clock, set right by ours. */
import { kindOf, Rejection } from '../errors.ts';
import { inRange } from '../json-row.ts';
import { microsPerDay, parseTimestamp } from '../timestamp.ts';
import type { Message } from './message.ts';

/** Microseconds since 1970, UTC. */
export interface Times {
  timestamp: number;
  original_timestamp?: number;
  sent_at?: number;
}

/**
 * `timestamp = receivedAt - (sentAt - originalTimestamp)` (Segment, "Spec: Common Fields", "Timestamps"): how long
 * before sending it happened is told by one clock alone, so that a wrong clock does not matter. Without sentAt it
 * is what the client says; without that, the time of arrival. `arrivalMicros` is when the gateway had the request.
 */
export function timesOf(message: Message, arrivalMicros: number): Times | Rejection {
  const [field, given] =
    message.originalTimestamp === undefined || message.originalTimestamp === null
      ? (['timestamp', message.timestamp] as const)
      : (['originalTimestamp', message.originalTimestamp] as const);
  const sent = parsed(message.sentAt);
  // A batch has one sentAt for all its messages: where it makes no sense, they are taken by their own word.
  const sentAt = typeof sent === 'number' && typeof inRange(sent) === 'number' ? sent : undefined;
  if (given === undefined || given === null) {
    return { timestamp: arrivalMicros, ...(sentAt === undefined ? {} : { sent_at: sentAt }) };
  }
  const original = parsed(given);
  if (original === undefined) {
    const reason = `expected an ISO 8601 timestamp with Z or an offset, got ${kindOf(given)}`;
    return new Rejection('bad_timestamp', reason, field);
  }
  const inTable = inRange(original);
  if (inTable instanceof Rejection) return inTable.within(field);
  const timestamp = inRange(sentAt === undefined ? original : arrivalMicros - (sentAt - original));
  if (timestamp instanceof Rejection) return timestamp.within(field);
  if (timestamp > arrivalMicros + microsPerDay) {
    return new Rejection('timestamp_future', 'expected a time at most a day after arrival', field);
  }
  return { timestamp, original_timestamp: original, ...(sentAt === undefined ? {} : { sent_at: sentAt }) };
}

/** Offsets may lack their colon (`+0000`), as some libraries write them. */
function parsed(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  return parseTimestamp(value) ?? parseTimestamp(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
}

/** The text of a time that was set right, for a contract that reads text. */
export function isoText(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${seconds}${String(micros % 1000).padStart(3, '0')}Z`;
}
