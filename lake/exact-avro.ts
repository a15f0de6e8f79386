/** Avro codecs that keep all 64 bits of a long: avsc's own refuse those beyond 2^53. */
import type avsc from 'avsc';
import { avroTypes } from './avsc.ts';

const exactLong = avroTypes.builtins.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/**
 * The codec of an Avro schema, as JSON. Longs are bigint, bytes Buffers; logical types are left to the caller.
 */
export function exactType(schema: object): avsc.Type {
  return avroTypes.Type.forSchema(schema as avsc.Schema, {
    wrapUnions: false,
    typeHook: (part) => (isLong(part) ? exactLong : undefined),
  });
}

/** `"long"`, or `{"type": "long", …}` with whatever attributes. */
function isLong(schema: unknown): boolean {
  if (typeof schema === 'string') return schema === 'long';
  return typeof schema === 'object' && schema !== null && (schema as { type?: unknown }).type === 'long';
}
