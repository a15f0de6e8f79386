/** A contract, compiled: what the transform needs of a table to make its rows. */
import { Rejection } from './errors.ts';
import { compileRow } from './json-row.ts';
import { compilePii, type Redact } from './pii.ts';
import { microsPerDay } from './timestamp.ts';
import type { Contract, Row } from './types.ts';

export interface Table {
  contract: Contract;
  /** The row of an event, without the system columns. */
  toRow: (event: Record<string, unknown>) => Row | Rejection;
  /** Names under which an event may bring its own id. */
  eventIdNames: readonly string[];
  /** Timestamp columns that decide the partition. */
  partitionTimes: readonly string[];
  /** The contract's rules for personal data, if it has any. */
  redact: Redact | undefined;
}

/** Throws a Fault where the contract hashes and there is no key. */
export function compileTable(contract: Contract, piiKey: string | undefined): Table {
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

/** Adds the system columns, and checks what depends on the time of arrival, in milliseconds since 1970. */
export function completeRow(table: Table, row: Row, eventId: string, arrivalMs: number): Row | Rejection {
  const receivedAt = arrivalMs * 1000;
  for (const source of table.partitionTimes) {
    const time = row[source];
    if (typeof time === 'number' && time > receivedAt + microsPerDay) {
      return new Rejection('timestamp_future', 'expected a time at most a day after arrival', source);
    }
  }
  row.event_id = eventId;
  row.received_at = receivedAt;
  return table.redact?.(row) ?? row;
}

/** What a row does in its table. The contract decides, never the event: only its `delete-field` makes a row go. */
export function operationOf(
  { contract: { write, deleteField } }: Table,
  row: Row,
): { operation?: 'update' | 'delete' } {
  if (write === 'append') return {};
  return { operation: deleteField !== undefined && row[deleteField] === true ? 'delete' : 'update' };
}
