import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { murmur3 } from '../../lake/murmur3.ts';

test.each([
  ['', 0],
  ['a', 1009084850],
  ['aa', 923832745],
  ['aaa', -1261412425],
  ['aaaa', 2129582471],
  ['iceberg', 1210000089],
  ['é🎉 clickstream', 1963059730],
])('the hash of "%s" is %d, as the reference implementation gives it', (text, hash) => {
  expect(murmur3(Buffer.from(text))).toBe(hash);
});
