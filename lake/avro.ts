/** Avro single-object messages → fields, by any schema that was ever published for a table. */
import type avsc from 'avsc';
import { type AvroFields, compileAvroRow } from './avro-row.ts';
import { Rejection } from './errors.ts';
import { exactType } from './exact-avro.ts';
import type { Contract, Row } from './types.ts';

/** A schema that producers may still write with. */
export interface Published {
  table: string;
  /** 16 hex digits, most significant first. */
  fingerprint: string;
  avro: object;
}

/** A message whose schema is known: its table, and the row as far as the event tells it. */
export interface Decoded {
  contract: Contract;
  row: Row | Rejection;
}

/**
 * A decoder of messages written with any of the published schemas; each is resolved to its table's current
 * schema (Avro specification, "Schema Resolution").
 */
export function avroDecoder(
  contracts: ReadonlyMap<string, Contract>,
  published: readonly Published[],
): (message: Buffer) => Decoded | Rejection {
  const readers = new Map<string, Reader>();
  const writers = new Map(published.map((schema) => [schema.fingerprint, schema]));
  return (message) => {
    if (message.length < 10)
      return new Rejection('bad_avro', `${message.length} bytes are too few for a message`);
    const fingerprint = message.readBigUInt64LE(2).toString(16).padStart(16, '0');
    let reader = readers.get(fingerprint);
    if (reader === undefined) {
      const writer = writers.get(fingerprint);
      const contract = writer && contracts.get(writer.table);
      if (!writer || !contract || contract.internal) {
        return new Rejection('unknown_fingerprint', `no published schema has the fingerprint ${fingerprint}`);
      }
      reader = compileReader(contract, writer);
      readers.set(fingerprint, reader);
    }
    return reader(message.subarray(10));
  };
}

type Reader = (body: Buffer) => Decoded;

function compileReader(contract: Contract, writer: Published): Reader {
  const reads = exactType(contract.avro);
  const resolver = writer.fingerprint === contract.fingerprint ? undefined : resolve(reads, writer);
  const toRow = compileAvroRow(declaredFields(contract), contract.avro as AvroFields);
  return (body) => {
    let value: unknown;
    try {
      value = reads.fromBuffer(body, resolver);
    } catch {
      const reason = `${body.length} bytes do not decode by the schema of ${contract.table}`;
      return { contract, row: new Rejection('bad_avro', reason) };
    }
    return { contract, row: toRow(value as Record<string, unknown>) };
  };
}

function resolve(reads: avsc.Type, writer: Published): avsc.Resolver | undefined {
  return reads.createResolver(exactType(writer.avro));
}

/** The columns that the producer's schema has: not `received_at`, and `event_id` as the optional field it is. */
function declaredFields(contract: Contract): Contract['fields'] {
  const names = new Set((contract.avro as AvroFields).fields.map((field) => field.name));
  return contract.fields
    .filter((field) => names.has(field.name))
    .map((field) => (field.name === 'event_id' ? { ...field, required: false } : field));
}
