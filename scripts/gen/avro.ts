/** Avro single-object messages (Avro 1.12 specification, "Single-object encoding"), as base64 for JSON bodies. */
import avsc from 'avsc';
import type { Contract } from '../../lake/types.ts';

/** Encodes events of one contract: base64 of 0xC3 0x01, the schema's fingerprint, the Avro body. */
export function compileAvro(contract: Contract): (members: Record<string, unknown>) => string {
  const type = avsc.Type.forSchema(contract.avro as avsc.Schema, { wrapUnions: false, logicalTypes });
  // A fingerprint is written most significant digit first; the message has it little-endian.
  const header = Buffer.concat([Buffer.of(0xc3, 0x01), Buffer.from(contract.fingerprint, 'hex').reverse()]);
  return (members) => Buffer.concat([header, type.toBuffer(members)]).toString('base64');
}

/** Encodes raw numbers by a formula; anything else belongs to another branch of the union. */
abstract class Encoded extends avsc.types.LogicalType {
  protected abstract toAvro(raw: number): unknown;

  protected override _toValue(raw: unknown): unknown {
    return typeof raw === 'number' ? this.toAvro(raw) : undefined;
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }
}

class Millis extends Encoded {
  protected override toAvro(ms: number): number {
    return Math.floor(ms);
  }
}

class Micros extends Encoded {
  protected override toAvro(ms: number): number {
    return Math.floor(ms * 1000);
  }
}

/** The unscaled value in two's complement, big-endian; eight bytes hold whatever a number holds exactly. */
class Decimal extends Encoded {
  readonly #scale: number;

  constructor(schema: avsc.Schema, options?: object) {
    super(schema, options);
    this.#scale = (schema as { scale?: number }).scale ?? 0;
  }

  protected override toAvro(value: number): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(Math.round(value * 10 ** this.#scale)));
    return bytes;
  }
}

const logicalTypes = {
  'timestamp-millis': Millis,
  'timestamp-micros': Micros,
  'local-timestamp-millis': Millis,
  'local-timestamp-micros': Micros,
  decimal: Decimal,
};
