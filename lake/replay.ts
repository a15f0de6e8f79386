/**
 * Sending again what became no row: a record keeps its id when it passes through the stream a second time, so that
 * one event stays one `event_id` however often it is tried.
 */
import { Rejection } from './errors.ts';
import { openRecord } from './event.ts';
import { rejectedTable } from './rejected.ts';
import type { StreamRecord, Verdict } from './transform.ts';

/** What the contracts of today make of a record. */
export type Fate =
  | { outcome: 'row'; table: string; eventId: string }
  | { outcome: 'rejected'; table: string | undefined; code: string; field: string | undefined };

/** `transform` is a compiled one (`compileTransform`); the record's own position decides its derived id. */
export function fateOf(record: StreamRecord, transform: (record: StreamRecord) => Verdict): Fate {
  const { table, row } = transform(record);
  if (table !== rejectedTable) return { outcome: 'row', table, eventId: row.event_id as string };
  const { table_name, code, field } = row as Record<string, string | undefined>;
  return { outcome: 'rejected', table: table_name, code: code!, field };
}

/**
 * The bytes to put into the stream again. An enveloped record has its id in the envelope. The id of any other would
 * be made from its new position, so it gets the envelope of the Kinesis proxy's routes, with its first id.
 */
export function sameAgain(bytes: Buffer, eventId: string): Buffer {
  const opened = openRecord(bytes);
  if (opened instanceof Rejection || opened.envelope !== undefined) return bytes;
  const { data } = opened;
  const text = data instanceof Uint8Array ? JSON.stringify(bytes.toString('base64')) : bytes.toString('utf8');
  return Buffer.from(`{"$firn":1,"id":${JSON.stringify(eventId)},"route":"record","data":${text}}`);
}
