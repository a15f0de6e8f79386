/** What is to be sent again: of everything that became no row, that which would be a row now. */
import { rejectedTable } from '../../lake/rejected.ts';
import { fateOf, sameAgain } from '../../lake/replay.ts';
import type { StreamRecord, Verdict } from '../../lake/transform.ts';
import type { FailedRecord } from './failures.ts';
import { type OriginalRecord, positionKey } from './originals.ts';
import type { PutEntry } from './put.ts';
import type { RejectedEvent } from './rejections.ts';

export interface Again extends PutEntry {
  table: string;
  eventId: string;
}

export interface Plan {
  again: Again[];
  /** Would be rejected again: how many, by table, code and field. */
  still: Map<string, number>;
  /** Events of which too little is left: the stream has the record no more, and the event alone does not do. */
  lost: number;
}

export interface Leftovers {
  rejected: readonly RejectedEvent[];
  /** By `positionKey`. */
  originals: ReadonlyMap<string, OriginalRecord>;
  failed: readonly FailedRecord[];
}

export function planReplay(
  { rejected, originals, failed }: Leftovers,
  transform: (record: StreamRecord) => Verdict,
  nowMs: number,
): Plan {
  const plan: Plan = { again: [], still: new Map(), lost: 0 };
  const seen = new Set<string>();
  const judge = (record: StreamRecord, givenKey?: string): void => {
    const fate = fateOf(record, transform);
    if (fate.outcome === 'rejected') {
      const { table = 'an unknown table', code, field } = fate;
      const why = `${table}: ${code}${field === undefined ? '' : ` of ${field}`}`;
      plan.still.set(why, (plan.still.get(why) ?? 0) + 1);
    } else if (!seen.has(fate.eventId)) {
      seen.add(fate.eventId);
      const { table, eventId } = fate;
      // A partition key may be as long as an event's id: 256 characters.
      const partitionKey = givenKey ?? eventId;
      const bytes = sameAgain(record.bytes, eventId);
      plan.again.push({ table, eventId, bytes, partitionKey });
    }
  };
  for (const event of rejected) {
    const position = positionOf(event);
    const original = position && originals.get(positionKey(position));
    const alone = event.raw && recordOf(sameAgain(event.raw, event.eventId), nowMs, event);
    if (original !== undefined) judge(recordOf(original.bytes, nowMs, event), original.partitionKey);
    else if (alone !== undefined && tableOf(transform(alone)) === event.tableName) judge(alone);
    else plan.lost += 1;
  }
  for (const { recordId, bytes } of failed) judge(recordOf(bytes, nowMs, { recordId }));
  return plan;
}

export function positionOf({ shardId, sequenceNumber }: Partial<RejectedEvent>) {
  return shardId === undefined || sequenceNumber === undefined ? undefined : { shardId, sequenceNumber };
}

/**
 * The table that a record is for, rejected or not. Where an event alone is for another than its record was, it does not
 * do: which protocol a tracker's message came by is in the envelope, which only the stream has.
 */
function tableOf({ table, row }: Verdict): unknown {
  return table === rejectedTable ? row.table_name : table;
}

function recordOf(
  bytes: Buffer,
  arrivalMs: number,
  { eventId, shardId, sequenceNumber, recordId = eventId ?? '' }: Partial<RejectedEvent & FailedRecord>,
): StreamRecord {
  // An id that was made from the position is made from it again.
  return { bytes, arrivalMs, stream: undefined, shardId, sequenceNumber, recordId };
}
