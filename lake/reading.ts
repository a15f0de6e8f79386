/** What is known of a record while it is read: a rejection tells as much of it as there is. */

import type { Opened } from './event.ts';
import { checkedEventId, derivedEventId } from './event-id.ts';
import type { Told } from './rejected.ts';
import type { Table } from './table.ts';
import type { StreamRecord } from './transform.ts';

export interface Reading {
  record: StreamRecord;
  opened?: Opened;
  /** The table that the event is for, whether it is there or not. */
  tableName?: string;
  table?: Table;
  /** The id that the producer sent, unchecked. */
  producerId?: unknown;
}

/** What the row of `rejected` tells beside the reason. */
export function toldOf({ record, opened, tableName, producerId }: Reading): Told {
  const id = checkedEventId(producerId);
  return {
    eventId: typeof id === 'string' ? id : derivedEventId(record, opened?.envelope),
    tableName,
    // What came: the client's text, without the gateway's envelope where that is known.
    bytes: opened?.text === undefined ? record.bytes : Buffer.from(opened.text),
  };
}
