/** An event's id: its producer's own, or one that is derived from where the record stands. */
import { kindOf, Rejection } from './errors.ts';
import { readEnvelope } from './event.ts';
import type { StreamRecord } from './transform.ts';

/** Characters of an `event_id`. */
const eventIdLimit = 256;

/** The producer's own id; undefined if it sent none. */
export function checkedEventId(value: unknown): string | Rejection | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    return new Rejection('wrong_type', `expected a string, got ${kindOf(value)}`, 'event_id');
  }
  if (value.length === 0 || value.length > eventIdLimit || !value.isWellFormed()) {
    const reason = `expected 1 to ${eventIdLimit} characters of text, got ${kindOf(value)}`;
    return new Rejection('bad_value', reason, 'event_id');
  }
  return value;
}

/** An id that is the same whenever the same record is delivered again. `envelope` is its text, if there is one. */
export function derivedEventId(record: StreamRecord, envelope: string | undefined): string {
  const id = envelope === undefined ? undefined : readEnvelope(envelope).id;
  if (typeof id === 'string') return id;
  return record.sequenceNumber === undefined ? record.recordId : `${record.shardId}:${record.sequenceNumber}`;
}
