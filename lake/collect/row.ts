/** Messages → rows: of `clickstream`, or of the table that has a track call's name. */
import type { EnrichSettings } from '../enrich/index.ts';
import { Rejection } from '../errors.ts';
import type { Opened } from '../event.ts';
import type { Reading } from '../reading.ts';
import type { Table } from '../table.ts';
import type { Row } from '../types.ts';
import { clickstreamFields, clickstreamTable, idText, tableNameOf, typedFields } from './clickstream.ts';
import { keepDigits } from './exact.ts';
import { collectLimits } from './limits.ts';
import {
  carriesMessages,
  type Message,
  readMessage,
  readSurroundings,
  type Surroundings,
} from './message.ts';

/** What rows are made with. */
export interface Making {
  tables: ReadonlyMap<string, Table>;
  enrichment: EnrichSettings;
}

/** What the gateway wrote around an event that came by a collection route; undefined for every other record. */
export function surroundingsOf({ envelope, byProxy }: Opened): Surroundings | undefined {
  if (envelope === undefined || byProxy === true) return undefined;
  const surroundings = readSurroundings(envelope);
  return carriesMessages(surroundings.route) ? surroundings : undefined;
}

/** The row of what came by a collection route. */
export function collectedRow(reading: Reading, surroundings: Surroundings, making: Making): Row | Rejection {
  reading.tableName = clickstreamTable;
  const { data, text } = reading.opened!;
  const message = readMessage(data, surroundings);
  if (message instanceof Rejection) return message;
  const length = text === undefined ? 0 : Buffer.byteLength(text);
  if (surroundings.route?.startsWith('segment/') && length > collectLimits.eventBytes) {
    reading.producerId = message.messageId;
    const limit = collectLimits.eventBytes;
    return new Rejection('too_large', `expected at most ${limit} bytes, got ${length}`);
  }
  return messageRow(message, reading, surroundings, making);
}

/** The row of a message, wherever it came from. */
export function messageRow(
  message: Message,
  reading: Reading,
  surroundings: Surroundings,
  { tables, enrichment }: Making,
): Row | Rejection {
  reading.tableName = clickstreamTable;
  const id = idText(message.messageId);
  if (id instanceof Rejection) return id.within('messageId');
  reading.producerId = id;
  const fields = clickstreamFields(message, surroundings, reading.record.arrivalMs, enrichment);
  if (fields instanceof Rejection) return fields;
  const text = textOf(reading);
  if (text !== undefined) keepDigits(fields, text, reading.opened!.envelope, surroundings);
  const typed = message.type === 'track' ? tables.get(tableNameOf(message.event) ?? '') : undefined;
  const table = typed ?? tables.get(clickstreamTable);
  if (table === undefined) {
    return new Rejection('unknown_table', `there is no contract for the table ${clickstreamTable}`);
  }
  reading.table = table;
  reading.tableName = table.contract.table;
  return table.toRow(table.contract.table === clickstreamTable ? fields : typedFields(message, fields));
}

/** The event's own JSON text; undefined where an envelope of somebody else's hides it. */
function textOf({ record, opened }: Reading): string | undefined {
  const { text, envelope, data } = opened!;
  if (text !== undefined || envelope !== undefined) return text;
  return typeof data === 'string' ? data : record.bytes.toString('utf8');
}
