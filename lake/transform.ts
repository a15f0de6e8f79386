/**
 * The transform: one stream record → one row of one table. A record that holds no valid event becomes a row
 * of `rejected`, so that every record has a verdict and none disturbs its neighbours.
 */
import { avroDecoder, type Published } from './avro.ts';
import { clickstreamTable } from './collect/clickstream.ts';
import { segmentMessage } from './collect/from-segment.ts';
import { isMessage, readSurroundings } from './collect/message.ts';
import { collectedRow, type Making, messageRow, surroundingsOf } from './collect/row.ts';
import { type EnrichSettings, enrichDefaults } from './enrich/index.ts';
import { Rejection } from './errors.ts';
import { type Event, openRecord, readEvent } from './event.ts';
import { checkedEventId, derivedEventId } from './event-id.ts';
import { type Reading, toldOf } from './reading.ts';
import { rejectedRow, rejectedTable } from './rejected.ts';
import { compileTable, completeRow, operationOf, type Table } from './table.ts';
import type { Contract, Row } from './types.ts';

/** A record as the stream hands it over. */
export interface StreamRecord {
  bytes: Buffer;
  /** Arrival at the stream, milliseconds since 1970. */
  arrivalMs: number;
  stream: string | undefined;
  shardId: string | undefined;
  sequenceNumber: string | undefined;
  /** Stands in for the position of a record that has none (Direct PUT). */
  recordId: string;
}

/** A row, the table it belongs to, and what it does there: an insert if nothing else is said. */
export interface Verdict {
  table: string;
  row: Row;
  operation?: 'update' | 'delete';
}

export { rejectedTable };

export interface TransformOptions {
  contracts: ReadonlyMap<string, Contract>;
  published: readonly Published[];
  /** Table of the events that name none. */
  defaultTable: string;
  /** What is told of messages beyond what they say; all of it unless told otherwise. */
  enrichment?: EnrichSettings;
  /** Keys the hashes of columns with the rule `hash`. */
  piiKey?: string | undefined;
}

/** Compiles the contracts into a function from record to verdict. It never throws for what a record holds. */
export function compileTransform(options: TransformOptions): (record: StreamRecord) => Verdict {
  const tables = new Map<string, Table>();
  for (const contract of options.contracts.values()) {
    if (!contract.internal) tables.set(contract.table, compileTable(contract, options.piiKey));
  }
  const decode = avroDecoder(options.contracts, options.published);
  const making: Making = { tables, enrichment: options.enrichment ?? enrichDefaults };

  return (record) => {
    const reading: Reading = { record };
    const row = readRow(reading);
    if (row instanceof Rejection) {
      return { table: rejectedTable, row: rejectedRow(row, record, toldOf(reading)) };
    }
    return { table: reading.table!.contract.table, row, ...operationOf(reading.table!, row) };
  };

  function readRow(reading: Reading): Row | Rejection {
    const row = eventRow(reading);
    if (row instanceof Rejection) return row;
    const { record, opened, table, producerId } = reading;
    const eventId = checkedEventId(producerId) ?? derivedEventId(record, opened?.envelope);
    if (eventId instanceof Rejection) return eventId;
    return completeRow(table!, row, eventId, record.arrivalMs);
  }

  function eventRow(reading: Reading): Row | Rejection {
    const opened = openRecord(reading.record.bytes);
    if (opened instanceof Rejection) return opened;
    reading.opened = opened;
    const surroundings = surroundingsOf(opened);
    if (surroundings !== undefined) return collectedRow(reading, surroundings, making);
    const event = readEvent(opened.data);
    if (event instanceof Rejection) return event;
    return event.kind === 'avro' ? avroRow(event.message, reading) : jsonRow(event, reading);
  }

  function avroRow(message: Buffer, reading: Reading): Row | Rejection {
    const decoded = decode(message);
    if (decoded instanceof Rejection) return decoded;
    reading.table = tables.get(decoded.contract.table)!;
    reading.tableName = decoded.contract.table;
    if (!(decoded.row instanceof Rejection)) reading.producerId = decoded.row.event_id;
    return decoded.row;
  }

  function jsonRow({ table: name, fields }: Event & { kind: 'json' }, reading: Reading): Row | Rejection {
    reading.tableName = name ?? options.defaultTable;
    if (reading.tableName === clickstreamTable && isMessage(fields)) {
      return messageRow(segmentMessage(fields), reading, readSurroundings(reading.opened?.envelope), making);
    }
    const table = tables.get(reading.tableName);
    reading.producerId = firstOf(fields, table?.eventIdNames ?? ['event_id']);
    if (table === undefined) {
      return new Rejection('unknown_table', `expected one of ${[...tables.keys()].join(', ')}`, '$table');
    }
    reading.table = table;
    return table.toRow(fields);
  }
}

function firstOf(fields: Record<string, unknown>, names: readonly string[]): unknown {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  return undefined;
}
