/**
 * CRC-64-AVRO, the fingerprint that an Avro single-object message starts with
 * (Avro 1.12 specification, "Schema Fingerprints").
 */
import type avsc from 'avsc';

const empty = 0xc15d213aa4d7a795n;

const table = Array.from({ length: 256 }, (_, byte) => {
  let fp = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) fp = (fp >> 1n) ^ (fp & 1n ? empty : 0n);
  return fp;
});

/** The fingerprint of a schema: 16 hex digits, most significant first. */
export function fingerprint(type: avsc.Type): string {
  return crc64(Buffer.from(canonicalForm(type)))
    .toString(16)
    .padStart(16, '0');
}

/**
 * The schema's Parsing Canonical Form: names, types and order alone. Logical types and attributes are not
 * part of it, so two schemas that differ only in those have the same fingerprint.
 */
export function canonicalForm(type: avsc.Type): string {
  return JSON.stringify(type.schema());
}

/** CRC-64-AVRO of some bytes. */
export function crc64(bytes: Uint8Array): bigint {
  let fp = empty;
  for (const byte of bytes) fp = (fp >> 8n) ^ table[Number((fp ^ BigInt(byte)) & 0xffn)]!;
  return fp;
}
