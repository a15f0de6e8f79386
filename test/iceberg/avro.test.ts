import { Buffer } from 'node:buffer';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactType } from '../../lake/exact-avro.ts';
import { readAvro, writeAvro } from '../../local/iceberg/avro.ts';

const schema = {
  type: 'record',
  name: 'pair',
  fields: [
    { name: 'id', type: 'long', 'field-id': 1 },
    { name: 'text', type: ['null', 'string'], default: null, 'field-id': 2 },
    { name: 'big', type: ['null', 'long'], default: null, 'field-id': 3 },
  ],
};
const sync = Buffer.alloc(16, 7);
const write = (records: object[]) => writeAvro(schema, exactType(schema), records, { extra: 'yes' }, sync);

test('records come back with exact longs, and field ids stay in the header', () => {
  const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const record = fc.record({
    id: long,
    text: fc.option(fc.string({ unit: 'grapheme' })),
    big: fc.option(long),
  });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const file = readAvro(write(records), 'a.avro');
      expect(file.records.map((read) => ({ ...read }))).toEqual(records);
      expect(file.metadata.get('extra')).toBe('yes');
      expect(file.schema).toEqual(schema);
    }),
  );
});

test('an empty file is a header, and reads as no records', () => {
  expect(readAvro(write([]), 'a.avro').records).toEqual([]);
});

test('files of several blocks, without compression, are read', () => {
  const type = exactType(schema);
  const header = write([]);
  const uncompressed = Buffer.from(header.toString('latin1').replace('\x0edeflate', '\x08null'), 'latin1');
  const block = (...ids: bigint[]) => {
    const bytes = Buffer.concat(ids.map((id) => type.toBuffer({ id, text: 'x', big: null })));
    return Buffer.concat([Buffer.from([ids.length * 2, bytes.length * 2]), bytes, sync]);
  };
  const file = readAvro(Buffer.concat([uncompressed, block(1n, 2n), block(3n)]), 'a.avro');
  expect(file.records.map((record) => record.id)).toEqual([1n, 2n, 3n]);
});

test('what is no Avro file, or a damaged one, is refused by name', () => {
  const file = write([{ id: 1n, text: 'a', big: null }]);
  expect(() => readAvro(Buffer.from('PAR1 and so on'), 'x.parquet')).toThrow('x.parquet is not an Avro file');
  expect(() => readAvro(file.subarray(0, file.length - 20), 'cut.avro')).toThrow(/early|damaged/);
  const damaged = Buffer.from(file);
  damaged[damaged.length - 1]! ^= 1;
  expect(() => readAvro(damaged, 'bad.avro')).toThrow('bad.avro is damaged: no sync marker');
});

test('a codec that is not there is named, with a way out', () => {
  const header = write([]).toString('latin1').replace('\x0edeflate', '\x0csnappy');
  const block = Buffer.concat([
    Buffer.from([2, 2]),
    zlib.deflateRawSync(Buffer.alloc(0)).subarray(0, 1),
    sync,
  ]);
  const file = Buffer.concat([Buffer.from(header, 'latin1'), block]);
  expect(() => readAvro(file, 's.avro')).toThrow('s.avro is compressed with "snappy"');
});
