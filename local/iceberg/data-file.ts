/** Data files as JSON values, for a round's file: bigint as `{"n"}`, bytes as `{"b"}`, NaN, infinities and -0 as `{"f"}`. */
import { Buffer } from 'node:buffer';
import type { DataFile, Value } from './types.ts';

/** What `encodeDataFile` gives: survives JSON.stringify and JSON.parse. */
export type EncodedDataFile = Record<string, unknown>;

export function encodeDataFile(file: DataFile): EncodedDataFile {
  const encoded: EncodedDataFile = {};
  for (const [name, value] of Object.entries(file)) {
    if (name === 'partition') encoded[name] = file.partition.map(encodeScalar);
    else if (value instanceof Map) encoded[name] = [...value].map(([id, item]) => [id, encodeScalar(item)]);
    else encoded[name] = encodeScalar(value);
  }
  return encoded;
}

const MAPS: ReadonlySet<string> = new Set([
  'columnSizes',
  'valueCounts',
  'nullValueCounts',
  'nanValueCounts',
  'lowerBounds',
  'upperBounds',
]);

export function decodeDataFile(encoded: EncodedDataFile): DataFile {
  const file: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(encoded)) {
    if (name === 'partition') file[name] = (value as unknown[]).map(decodeScalar);
    else if (MAPS.has(name)) {
      file[name] = new Map((value as [number, unknown][]).map(([id, item]) => [id, decodeScalar(item)]));
    } else file[name] = decodeScalar(value);
  }
  return file as unknown as DataFile;
}

function encodeScalar(value: unknown): unknown {
  if (typeof value === 'bigint') return { n: String(value) };
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') };
  if (typeof value === 'number' && !Number.isFinite(value)) return { f: String(value) };
  // JSON has no negative zero.
  return Object.is(value, -0) ? { f: '-0' } : value;
}

function decodeScalar(value: unknown): Value | null | readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value as Value | null | readonly unknown[];
  }
  if ('n' in value) return BigInt(value.n as string);
  if ('b' in value) return Buffer.from(value.b as string, 'base64');
  return Number((value as { f: string }).f);
}
