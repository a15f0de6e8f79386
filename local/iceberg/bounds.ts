/**
 * Column bounds: single-value binary serialization (Iceberg spec, "Appendix D") both ways, the shortening of
 * long bounds, and the order of values.
 */
import { Buffer } from 'node:buffer';
import { parseDecimalType } from '../../lake/iceberg.ts';
import { codePointPrefix, twosComplement, uuidBytes, type Value } from '../../lake/transforms.ts';

/** Code points (strings) or bytes (binary) that a bound keeps: Iceberg's default `truncate(16)`. */
const BOUND_LENGTH_MAX = 16;

/** Binary form of a value of an Iceberg primitive type. */
export function encodeValue(type: string, value: Value): Buffer {
  switch (type) {
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
    case 'date': {
      const buffer = Buffer.alloc(4);
      buffer.writeInt32LE(Number(value));
      return buffer;
    }
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(BigInt(value as bigint));
      return buffer;
    }
    case 'float': {
      const buffer = Buffer.alloc(4);
      buffer.writeFloatLE(value as number);
      return buffer;
    }
    case 'double': {
      const buffer = Buffer.alloc(8);
      buffer.writeDoubleLE(value as number);
      return buffer;
    }
    case 'string':
      return Buffer.from(value as string, 'utf8');
    case 'uuid':
      return uuidBytes(value as string);
    default:
      if (parseDecimalType(type)) return twosComplement(value as bigint);
      if (value instanceof Uint8Array) return Buffer.from(value);
      throw new Error(`a ${typeof value} cannot be written as the Iceberg type "${type}"`);
  }
}

/**
 * The value of a binary form. Bounds written before a column was widened are shorter (int read as long, float
 * as double). Undefined: the bytes do not fit the type, so nothing is known.
 */
export function decodeValue(type: string, bytes: Uint8Array): Value | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = buffer;
  switch (type) {
    case 'boolean':
      return length === 1 ? buffer[0] !== 0 : undefined;
    case 'int':
    case 'date':
      return length === 4 ? buffer.readInt32LE() : undefined;
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      if (length === 4) return BigInt(buffer.readInt32LE());
      return length === 8 ? buffer.readBigInt64LE() : undefined;
    case 'float':
    case 'double':
      if (length === 4) return buffer.readFloatLE();
      return length === 8 ? buffer.readDoubleLE() : undefined;
    case 'string':
      return buffer.toString('utf8');
    case 'uuid':
      return length === 16 ? uuidText(buffer) : undefined;
    default:
      if (parseDecimalType(type)) return length > 0 ? unscaled(buffer) : undefined;
      return buffer;
  }
}

/** Big-endian two's complement bytes as a number: an unscaled decimal. */
export function unscaled(buffer: Buffer): bigint {
  return BigInt.asIntN(buffer.length * 8, BigInt(`0x${buffer.toString('hex')}`));
}

export function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A lower bound short enough for a manifest: a prefix sorts before all that it begins. */
export function lowerBound(type: string, value: Value): Buffer {
  if (typeof value === 'string' && type === 'string') value = codePointPrefix(value, BOUND_LENGTH_MAX);
  if (value instanceof Uint8Array) value = value.subarray(0, BOUND_LENGTH_MAX);
  return encodeValue(type, value);
}

/** An upper bound short enough for a manifest; undefined where no short value sorts after `value`. */
export function upperBound(type: string, value: Value): Buffer | undefined {
  if (typeof value === 'string' && type === 'string') {
    const prefix = codePointPrefix(value, BOUND_LENGTH_MAX);
    const bound = prefix === value ? value : incrementText(prefix);
    return bound === undefined ? undefined : encodeValue(type, bound);
  }
  if (value instanceof Uint8Array && value.length > BOUND_LENGTH_MAX) {
    return incrementBytes(value.subarray(0, BOUND_LENGTH_MAX));
  }
  return encodeValue(type, value);
}

/** The shortest text that sorts after all texts that begin with `prefix`. */
function incrementText(prefix: string): string | undefined {
  const points = [...prefix];
  for (let i = points.length - 1; i >= 0; i--) {
    const next = points[i]!.codePointAt(0)! + 1;
    // Surrogates are no characters: UTF-8 has no bytes for them.
    if (next <= 0x10ffff) {
      return points.slice(0, i).join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
    }
  }
  return undefined;
}

function incrementBytes(prefix: Uint8Array): Buffer | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i]! < 255) {
      const bound = Buffer.from(prefix.subarray(0, i + 1));
      bound[i]!++;
      return bound;
    }
  }
  return undefined;
}

/** Iceberg's order: text by code point (as its UTF-8 bytes), bytes unsigned, -0 equal to 0. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') {
    return a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  // Numbers and bigints mix where a column was widened after a file was written.
  return a < b ? -1 : a > b ? 1 : 0;
}
