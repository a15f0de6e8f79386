import avsc from 'avsc';
import { expect, test } from 'vitest';
import { fingerprint } from '../../lake/fingerprint.ts';

// Values of the Java implementation's own test vectors (share/test/data/schema-tests.txt of Apache Avro).
test.each([
  ['null', 7195948357588979594n],
  ['boolean', -6970731678124411036n],
  ['int', 8247732601305521295n],
  ['long', -3434872931120570953n],
  ['string', -8142146995180207161n],
  ['bytes', 5746618253357095269n],
] as const)('the fingerprint of "%s" is that of the specification', (schema, expected) => {
  expect(BigInt.asIntN(64, BigInt(`0x${fingerprint(avsc.Type.forSchema(schema))}`))).toBe(expected);
});

test('attributes, docs and logical types do not change a fingerprint', () => {
  const plain = avsc.Type.forSchema({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'long' }] });
  const schema: object = {
    type: 'record',
    name: 'r',
    doc: 'said',
    fields: [
      { name: 'a', 'field-id': 3, doc: 'said', type: { type: 'long', logicalType: 'timestamp-micros' } },
    ],
  };
  expect(fingerprint(avsc.Type.forSchema(schema as avsc.Schema))).toBe(fingerprint(plain));
});
