import { expect, test } from 'vitest';
import { resultMetadata } from '../../local/sql/result-metadata.ts';

test('columns are told as Athena tells them: the bytes of a file of its own, with the numbers that are zero', () => {
  const bytes = resultMetadata('20190423_125128_00001_ehtur', [
    { name: 'ary', type: 'array', precision: 0, scale: 0 },
  ]);
  // A real file, as published in a question about its format: 0a 1b <27 characters> 22 <length> 0a 04 hive 22 03 ary 2a 03 ary 32 05 array … 48 03
  const text = Buffer.from(bytes).toString('latin1');
  expect(text.startsWith('\n\x1b20190423_125128_00001_ehtur"')).toBe(true);
  expect(text).toContain('\n\x04hive"\x03ary*\x03ary2\x05array');
  expect(text).toContain('\x48\x03');
});

test('large numbers take several bytes, the lowest first', () => {
  const bytes = resultMetadata('', [{ name: 'a', type: 'varchar', precision: 2147483647, scale: 0 }]);
  expect(Buffer.from(bytes).toString('hex')).toContain('38ffffffff07');
});
