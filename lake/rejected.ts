/** Rows of the table `rejected`: which event became no row of its own table, and why. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Rejection } from './errors.ts';
import type { StreamRecord } from './transform.ts';
import type { Row } from './types.ts';

/** Table of the events that became no row. */
export const rejectedTable = 'rejected';
/** Bytes of an event that `rejected.raw` keeps. */
const rawLimit = 64 * 1024;
/** Characters of a table's name that `rejected.table_name` keeps. */
const tableNameLimit = 256;

/** What is known of the event. */
export interface Told {
  eventId: string;
  /** The table that it was for, as far as that came to light. */
  tableName: string | undefined;
  bytes: Buffer;
}

export function rejectedRow(rejection: Rejection, record: StreamRecord, told: Told): Row {
  const row: Row = {
    code: rejection.code,
    reason: rejection.reason,
    ...rawColumns(told.bytes),
    event_id: told.eventId,
    received_at: record.arrivalMs * 1000,
  };
  if (told.tableName?.isWellFormed()) row.table_name = cut(told.tableName, tableNameLimit);
  if (rejection.field !== undefined) row.field = rejection.field;
  if (record.stream !== undefined) row.stream = record.stream;
  if (record.shardId !== undefined) row.shard_id = record.shardId;
  if (record.sequenceNumber !== undefined) row.sequence_number = record.sequenceNumber;
  return row;
}

/** At most `length` UTF-16 units, and no half of a pair at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

function rawColumns(bytes: Buffer): Row {
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64';
  const kept = bytes.subarray(0, rawLimit).toString(encoding);
  return {
    // A cut inside a character leaves a replacement mark, which is not the client's.
    raw: encoding === 'utf8' && bytes.length > rawLimit ? kept.replace(/\uFFFD$/, '') : kept,
    raw_encoding: encoding,
    raw_length: bytes.length,
    raw_sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
