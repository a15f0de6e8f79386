/** Iceberg's values as text, as the metadata tables show them. */
import { Buffer } from 'node:buffer';
import { parseDecimalType } from '../../../lake/iceberg.ts';
import type { Value } from '../../iceberg/types.ts';

const dayMicros = 86_400_000_000n;

/** A value of an Iceberg primitive type: ISO 8601 for dates and times, hex for bytes; a cast in SQL reads it back. */
export function valueText(type: string, value: Value): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  switch (type) {
    case 'date':
      return dateText(value as number);
    case 'timestamp':
      return timestampText(value as bigint);
    case 'timestamptz':
      return `${timestampText(value as bigint)}+00:00`;
    default: {
      const decimal = parseDecimalType(type);
      return decimal === undefined ? String(value) : decimalText(value as bigint, decimal.scale);
    }
  }
}

/** A partition value of year, month or hour as a person reads it: `2021`, `2021-01`, `2021-01-12-05`. */
export function transformedText(transform: string, type: string, value: Value): string {
  const units = Number(value);
  if (transform === 'year') return String(1970 + units);
  if (transform === 'month') {
    return `${1970 + Math.floor(units / 12)}-${two((((units % 12) + 12) % 12) + 1)}`;
  }
  if (transform === 'hour') return `${dateText(Math.floor(units / 24))}-${two(((units % 24) + 24) % 24)}`;
  return valueText(type, value);
}

/** `Date` ends in the years ±271821; beyond, the number of days says it. */
function dateText(days: number): string {
  const date = new Date(days * 86_400_000);
  if (Number.isNaN(date.getTime())) return String(days);
  const iso = date.toISOString();
  return iso.slice(0, iso.indexOf('T')).replace(/^\+0*/, '');
}

function timestampText(micros: bigint): string {
  const inDay = ((micros % dayMicros) + dayMicros) % dayMicros;
  const seconds = Number(inDay / 1_000_000n);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  const fraction = String(inDay % 1_000_000n).padStart(6, '0');
  return `${dateText(Number((micros - inDay) / dayMicros))}T${time}.${fraction}`;
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
