/** Iceberg partition transforms (spec, "Partition Transforms" and "Appendix B: 32-bit Hash Requirements"). */
import { Buffer } from 'node:buffer';
import { murmur3 } from './murmur3.ts';
import type { Transform } from './types.ts';

/**
 * A value in Iceberg's internal representation: int and date (days) are numbers; long, timestamp (µs), time (µs)
 * and decimal (unscaled) are bigint; float and double numbers; string and uuid text; binary and fixed bytes.
 */
export type Value = boolean | number | bigint | string | Uint8Array;

/**
 * The partition value of a column value. `type` is the column's Iceberg primitive (`timestamp`, `decimal(9, 2)`).
 * Null stays null under every transform; `void` makes everything null.
 */
export function applyTransform(transform: Transform, type: string, value: Value | null): Value | null {
  if (value === null || transform === 'void') return null;
  switch (transform) {
    case 'identity':
      return value;
    case 'year':
      return Math.floor(monthsSinceEpoch(days(type, value)) / 12);
    case 'month':
      return monthsSinceEpoch(days(type, value));
    case 'day':
      return days(type, value);
    case 'hour':
      return Number(floorDivide(value as bigint, 3_600_000_000n));
    default: {
      const parameter = transformParameter(transform);
      return transform.startsWith('bucket')
        ? (bucketHash(type, value) & 0x7fffffff) % parameter
        : truncate(value, parameter);
    }
  }
}

/** Iceberg primitive of a transform's result. `day` gives a date in its Avro and JSON form, `int` in the spec. */
export function transformResultType(transform: Transform, type: string): string {
  if (transform === 'identity' || transform === 'void' || transform.startsWith('truncate')) return type;
  return transform === 'day' ? 'date' : 'int';
}

/** N of `bucket[N]`, W of `truncate[W]`; 0 for the others. */
export function transformParameter(transform: Transform): number {
  return Number(/\[(\d+)\]$/.exec(transform)?.[1] ?? 0);
}

/** Whether `a <= b` implies `transform(a) <= transform(b)`: then a range of values is a range of partitions. */
export function preservesOrder(transform: Transform): boolean {
  return transform !== 'void' && !transform.startsWith('bucket');
}

/** The 32-bit hash behind `bucket[N]`. Integers, dates and timestamps hash as 8-byte little-endian longs. */
export function bucketHash(type: string, value: Value): number {
  if (typeof value === 'string') {
    return murmur3(type === 'uuid' ? uuidBytes(value) : Buffer.from(value, 'utf8'));
  }
  if (value instanceof Uint8Array) return murmur3(value);
  if (type.startsWith('decimal')) return murmur3(twosComplement(value as bigint));
  if (typeof value === 'boolean' || type === 'float' || type === 'double') {
    throw new Error(`bucket is not defined for ${type}; see "Partition Transforms" in the Iceberg spec`);
  }
  const long = Buffer.alloc(8);
  long.writeBigInt64LE(BigInt(value));
  return murmur3(long);
}

function truncate(value: Value, width: number): Value {
  if (typeof value === 'string') return codePointPrefix(value, width);
  if (value instanceof Uint8Array) return value.subarray(0, width);
  if (typeof value === 'bigint') return value - modulo(value, BigInt(width));
  return (value as number) - ((((value as number) % width) + width) % width);
}

/** The first `length` code points (not UTF-16 units) of a text. */
export function codePointPrefix(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  for (let count = 0; count < length && end < text.length; count++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** Minimal big-endian two's complement bytes of an unscaled decimal (at least one byte). */
export function twosComplement(value: bigint): Buffer {
  let bits = 8;
  while (BigInt.asIntN(bits, value) !== value) bits += 8;
  const hex = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(bits / 4, '0');
  return Buffer.from(hex, 'hex');
}

/** 16 bytes of a uuid's text, big-endian. */
export function uuidBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}

function days(type: string, value: Value): number {
  return type === 'date' ? (value as number) : Number(floorDivide(value as bigint, 86_400_000_000n));
}

/** Howard Hinnant's civil-from-days: `Date` ends in the year 275760, timestamps go on. */
function monthsSinceEpoch(daysSinceEpoch: number): number {
  const shifted = daysSinceEpoch + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  return (era * 400 + yearOfEra - 1970) * 12 + monthFromMarch + 2;
}

function floorDivide(value: bigint, by: bigint): bigint {
  return (value - modulo(value, by)) / by;
}

/** Remainder that is never negative. */
function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
