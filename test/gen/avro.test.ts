import avsc from 'avsc';
import { expect, test } from 'vitest';
import { contracts } from '../../schemas/index.ts';
import { compileAvro } from '../../scripts/gen/avro.ts';
import { makeEvents } from '../../scripts/gen/events.ts';

test('a message is the marker, the fingerprint in little-endian, and a body that avsc decodes', () => {
  const contract = contracts.get('ecommerce_event')!;
  const type = avsc.Type.forSchema(contract.avro as avsc.Schema, { wrapUnions: false });
  const now = () => Date.UTC(2026, 10, 22);
  for (const { id, data, partitionKey } of makeEvents({
    contract,
    seed: 1,
    count: 50,
    now,
    format: 'avro',
  })) {
    const message = Buffer.from(data as string, 'base64');
    expect(message.readUInt16BE(0)).toBe(0xc301);
    expect(message.readBigUInt64LE(2).toString(16).padStart(16, '0')).toBe(contract.fingerprint);
    const decoded = type.fromBuffer(message.subarray(10)) as {
      event_id: string;
      user_id: string;
      timestamp: number;
    };
    expect(decoded).toMatchObject({ event_id: id, user_id: partitionKey });
    expect(decoded.timestamp / 1000).toBeLessThanOrEqual(now());
  }
});

test.each([
  [0, '0000000000000000'],
  [0.1, '000000000000000a'],
  [12.34, '00000000000004d2'],
  [-0.01, 'ffffffffffffffff'],
])('the decimal %f is encoded as its hundredths in two’s complement', (value, hex) => {
  const schema = {
    type: 'record',
    name: 'one',
    fields: [{ name: 'd', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } }],
  };
  const contract = { ...contracts.get('web_log')!, avro: schema };
  const message = Buffer.from(compileAvro(contract)({ d: value }), 'base64');
  // A byte string begins with its length, zigzag-coded: 8 is 0x10.
  expect(message.subarray(10).toString('hex')).toBe(`10${hex}`);
});

test('a value that does not fit the schema is refused, not sent', () => {
  expect(() => compileAvro(contracts.get('web_log')!)({ event_id: null, user_id: 3 })).toThrow(
    /invalid "string"/,
  );
});
