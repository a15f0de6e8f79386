/**
 * The transform: one stream record → one row of one table. A record that holds no valid event becomes a row
 * of `rejected`, so that every record has a verdict and none disturbs its neighbours.
 */
import { avroDecoder, type Published } from './avro.ts';
import {
  clickstreamFields,
  clickstreamTable,
  idText,
  tableNameOf,
  typedFields,
} from './collect/clickstream.ts';
import { keepDigits } from './collect/exact.ts';
import { segmentMessage } from './collect/from-segment.ts';
import { collectLimits } from './collect/limits.ts';
import {
  carriesMessages,
  isMessage,
  type Message,
  readMessage,
  readSurroundings,
  type Surroundings,
} from './collect/message.ts';
import { type EnrichSettings, enrichDefaults } from './enrich/index.ts';
import { kindOf, Rejection } from './errors.ts';
import { type Event, type Opened, openRecord, readEnvelope, readEvent } from './event.ts';
import { compileRow, isObject } from './json-row.ts';
import { compilePii, type Redact } from './pii.ts';
import { rejectedRow, rejectedTable, type Told } from './rejected.ts';
import { microsPerDay } from './timestamp.ts';
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

/** Characters of an `event_id`. */
const eventIdLimit = 256;

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
  const enrichment = options.enrichment ?? enrichDefaults;

  return (record) => {
    const reading: Reading = {};
    const row = readRow(record, reading);
    return row instanceof Rejection
      ? { table: rejectedTable, row: rejectedRow(row, record, toldOf(record, reading)) }
      : { table: reading.table!.contract.table, row, ...operationOf(reading.table!.contract, row) };
  };

  function readRow(record: StreamRecord, reading: Reading): Row | Rejection {
    const opened = openRecord(record.bytes);
    if (opened instanceof Rejection) return opened;
    reading.opened = opened;
    const surroundings = surroundingsOf(opened);
    if (surroundings !== undefined) {
      const row = collectedRow(opened, surroundings, record, reading);
      return row instanceof Rejection ? row : complete(row, record, reading);
    }
    const event = readEvent(opened.data);
    if (event instanceof Rejection) return event;
    const row = event.kind === 'avro' ? avroRow(event.message, reading) : jsonRow(event, record, reading);
    return row instanceof Rejection ? row : complete(row, record, reading);
  }

  /** The row of what came by a collection route. */
  function collectedRow(
    opened: Opened,
    surroundings: Surroundings,
    record: StreamRecord,
    reading: Reading,
  ): Row | Rejection {
    reading.tableName = clickstreamTable;
    const message = readMessage(opened.data, surroundings);
    if (message instanceof Rejection) return message;
    const length = opened.text === undefined ? 0 : Buffer.byteLength(opened.text);
    if (surroundings.route?.startsWith('segment/') && length > collectLimits.eventBytes) {
      reading.producerId = message.messageId;
      const limit = collectLimits.eventBytes;
      return new Rejection('too_large', `expected at most ${limit} bytes, got ${length}`);
    }
    return messageRow(message, surroundings, record, reading);
  }

  function messageRow(
    message: Message,
    surroundings: Surroundings,
    record: StreamRecord,
    reading: Reading,
  ): Row | Rejection {
    reading.tableName = clickstreamTable;
    const id = idText(message.messageId);
    if (id instanceof Rejection) return id.within('messageId');
    reading.producerId = id;
    const fields = clickstreamFields(message, surroundings, record.arrivalMs, enrichment);
    if (fields instanceof Rejection) return fields;
    const text = textOf(record, reading.opened!);
    if (text !== undefined) keepDigits(fields, text, surroundings.route);
    const typed = message.type === 'track' ? tables.get(tableNameOf(message.event) ?? '') : undefined;
    const table = typed ?? tables.get(clickstreamTable);
    if (table === undefined) {
      return new Rejection('unknown_table', `there is no contract for the table ${clickstreamTable}`);
    }
    reading.table = table;
    reading.tableName = table.contract.table;
    return table.contract.table === clickstreamTable
      ? table.toRow(fields)
      : table.toRow(typedFields(message, fields));
  }

  function avroRow(message: Buffer, reading: Reading): Row | Rejection {
    const decoded = decode(message);
    if (decoded instanceof Rejection) return decoded;
    reading.table = tables.get(decoded.contract.table)!;
    reading.tableName = decoded.contract.table;
    if (!(decoded.row instanceof Rejection)) reading.producerId = decoded.row.event_id;
    return decoded.row;
  }

  function jsonRow(event: Event & { kind: 'json' }, record: StreamRecord, reading: Reading): Row | Rejection {
    reading.tableName = event.table ?? options.defaultTable;
    if (reading.tableName === clickstreamTable && isMessage(event.fields)) {
      const surroundings = readSurroundings(reading.opened?.envelope);
      return messageRow(segmentMessage(event.fields), surroundings, record, reading);
    }
    const table = tables.get(reading.tableName);
    reading.producerId = firstOf(event.fields, table?.eventIdNames ?? ['event_id']);
    if (table === undefined) {
      return new Rejection('unknown_table', `expected one of ${[...tables.keys()].join(', ')}`, '$table');
    }
    reading.table = table;
    return table.toRow(event.fields);
  }
}

/** What is known of a record so far; a rejection tells as much of it as there is. */
interface Reading {
  opened?: Opened;
  tableName?: string;
  table?: Table;
  producerId?: unknown;
}

interface Table {
  contract: Contract;
  toRow: (event: Record<string, unknown>) => Row | Rejection;
  eventIdNames: readonly string[];
  /** Timestamp columns that decide the partition. */
  partitionTimes: readonly string[];
  /** The contract's rules for personal data, if it has any. */
  redact: Redact | undefined;
}

function compileTable(contract: Contract, piiKey: string | undefined): Table {
  const times = contract.partition.filter(({ source, transform }) => {
    const kind = contract.fields.find((field) => field.name === source)?.type.kind;
    return source !== 'received_at' && transform !== 'void' && kind?.startsWith('timestamp');
  });
  const eventId = contract.fields.find((field) => field.name === 'event_id')!;
  return {
    contract,
    toRow: compileRow(contract.fields.filter(({ name }) => name !== 'event_id' && name !== 'received_at')),
    eventIdNames: ['event_id', ...eventId.aliases],
    partitionTimes: [...new Set(times.map(({ source }) => source))],
    redact: compilePii(contract, piiKey),
  };
}

/** The contract decides, never the event: only its `delete-field` says that a row is to go. */
function operationOf({ write, deleteField }: Contract, row: Row): Pick<Verdict, 'operation'> {
  if (write === 'append') return {};
  return { operation: deleteField !== undefined && row[deleteField] === true ? 'delete' : 'update' };
}

/** Adds the system columns, and checks what depends on the time of arrival. */
function complete(row: Row, record: StreamRecord, reading: Reading): Row | Rejection {
  const eventId = checkedEventId(reading.producerId) ?? derivedEventId(record, reading);
  if (eventId instanceof Rejection) return eventId;
  const receivedAt = record.arrivalMs * 1000;
  for (const source of reading.table!.partitionTimes) {
    const time = row[source];
    if (typeof time === 'number' && time > receivedAt + microsPerDay) {
      return new Rejection('timestamp_future', 'expected a time at most a day after arrival', source);
    }
  }
  row.event_id = eventId;
  row.received_at = receivedAt;
  return reading.table!.redact?.(row) ?? row;
}

/** What the row of `rejected` tells beside the reason. */
function toldOf(record: StreamRecord, reading: Reading): Told {
  const producerId = checkedEventId(reading.producerId);
  const { tableName, opened } = reading;
  return {
    eventId: typeof producerId === 'string' ? producerId : derivedEventId(record, reading),
    tableName,
    // What came: the client's text, without the gateway's envelope where that is known.
    bytes: opened?.text === undefined ? record.bytes : Buffer.from(opened.text),
  };
}

function firstOf(fields: Record<string, unknown>, names: readonly string[]): unknown {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  return undefined;
}

/** The producer's own id; undefined if it sent none. */
function checkedEventId(value: unknown): string | Rejection | undefined {
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

/** An id that is the same whenever the same record is delivered again. */
function derivedEventId(record: StreamRecord, reading: Reading): string {
  const envelope = reading.opened?.envelope;
  const id = envelope === undefined ? undefined : readEnvelope(envelope).id;
  if (typeof id === 'string') return id;
  return record.sequenceNumber === undefined ? record.recordId : `${record.shardId}:${record.sequenceNumber}`;
}

/** What the gateway wrote around an event that came by a collection route; undefined for every other record. */
function surroundingsOf(opened: Opened): Surroundings | undefined {
  if (opened.envelope === undefined || opened.byProxy === true) return undefined;
  const surroundings = readSurroundings(opened.envelope);
  return carriesMessages(surroundings.route) ? surroundings : undefined;
}

/** The event's own text, where it is at hand. */
function textOf({ bytes }: StreamRecord, { envelope, data, text }: Opened): string | undefined {
  if (text !== undefined || envelope !== undefined) return text;
  return isObject(data) ? bytes.toString('utf8') : undefined;
}
