/**
 * Values of tables in one spelling, whichever reader they come from, so that rows can be compared as text: whole
 * numbers, decimals, dates (days) and timestamps (microseconds) as text, floating numbers by their bits, bytes as
 * hex, maps as sorted pairs.
 */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { IcebergField, IcebergType } from '../../lake/iceberg.ts';

/** `weak`: no more than a reader keeps that makes dates of timestamps and numbers of decimals. */
export type Precision = 'exact' | 'weak';

export function canonicalRow(
  fields: readonly IcebergField[],
  value: (name: string) => unknown,
  precision: Precision = 'exact',
): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => [field.name, canonical(field.type, value(field.name), precision)]),
  );
}

/** Rows as sorted text: equal for equal tables. */
export function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function canonical(type: IcebergType, value: unknown, precision: Precision): unknown {
  if (value === null || value === undefined) return null;
  if (typeof type === 'string') return primitive(type, value, precision);
  switch (type.type) {
    case 'struct': {
      const entries = (value instanceof DuckDBStructValue ? value.entries : value) as Record<string, unknown>;
      return canonicalRow(type.fields, (name) => entries[name], precision);
    }
    case 'list': {
      const items = (value instanceof DuckDBListValue ? value.items : value) as readonly unknown[];
      return items.map((item) => canonical(type.element, item, precision));
    }
    case 'map': {
      const entries: [unknown, unknown][] =
        value instanceof DuckDBMapValue
          ? value.entries.map((entry) => [entry.key, entry.value])
          : Object.entries(value as object);
      return entries
        .map(([key, item]) => [canonical(type.key, key, precision), canonical(type.value, item, precision)])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    }
  }
}

function primitive(type: string, value: unknown, precision: Precision): unknown {
  if (type === 'boolean') return value;
  if (type === 'float' || type === 'double')
    return floatText(Number(String(value).replace('inf', 'Infinity')));
  if (type === 'date') return String(days(value));
  if (type === 'timestamp' || type === 'timestamptz') {
    const time = micros(value);
    return String(precision === 'exact' ? time : time / 1000n);
  }
  if (type.startsWith('decimal')) {
    const text = value instanceof DuckDBDecimalValue ? value.toString() : String(value);
    return precision === 'exact' ? text : String(Number(text));
  }
  if (type === 'binary' || type.startsWith('fixed')) return hex(value);
  return String(value);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function days(value: unknown): number {
  if (value instanceof DuckDBDateValue) return value.days;
  return Math.floor(new Date(value as string | Date).getTime() / 86_400_000);
}

function micros(value: unknown): bigint {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof Date) return BigInt(value.getTime()) * 1000n;
  // ClickHouse: 2023-11-14 22:13:20.123456
  const [, seconds, fraction = ''] = /^(\S+ \S+?)(?:\.(\d+))?$/.exec(String(value))!;
  const whole = BigInt(Date.parse(`${seconds!.replace(' ', 'T')}Z`)) * 1000n;
  return whole + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

function hex(value: unknown): string {
  if (typeof value === 'string') return value.toLowerCase();
  const bytes = value instanceof DuckDBBlobValue ? value.bytes : (value as Uint8Array);
  return Buffer.from(bytes).toString('hex');
}
