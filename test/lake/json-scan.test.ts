import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanArray, scanDepth, scanObject, skipSpace, skipValue } from '../../lake/json-scan.ts';

/** Whether the whole text is one JSON value, by our scan. */
function isJson(text: string): boolean {
  const bytes = Buffer.from(text);
  const end = skipValue(bytes, skipSpace(bytes, 0));
  return end >= 0 && skipSpace(bytes, end) === bytes.length;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a text is JSON exactly if JSON.parse says so', () => {
  const pieces = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      'u00',
      '0',
      '-1',
      '1.5e3',
      '.',
      'e',
      'true',
      'nul',
      'false',
      ' ',
      '\n',
      '\u0001',
      'é',
    ),
    { maxLength: 12 },
  );
  const texts = fc.oneof(
    fc.json(),
    fc.json().map((text) => ` ${text}\r\n`),
    pieces.map((list) => list.join('')),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, other]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + other + text.slice(cut + 1);
    }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect([text, isJson(text)]).toEqual([text, parses(text)]);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  '',
  '01',
  '-',
  '+1',
  '1.',
  '.5',
  '1e',
  '"\t"',
  '"\\x"',
  '"\\u12G4"',
  '"open',
  '{"a":1,}',
  '[1,]',
  'nulL',
  'tru',
])('%j is no JSON', (text) => {
  expect(isJson(text)).toBe(false);
});

test('members and items are told with their places', () => {
  const text = Buffer.from(' {"a" : [1, "x"] ,"b":{} } ');
  const slice = (from: number, to: number): string => text.subarray(from, to).toString();
  const members: string[][] = [];
  const end = scanObject(text, 1, (name, nameEnd, value) => {
    const valueEnd = skipValue(text, value);
    members.push([slice(name, nameEnd), slice(value, valueEnd)]);
    return valueEnd;
  });
  expect(members).toEqual([
    ['"a"', '[1, "x"]'],
    ['"b"', '{}'],
  ]);
  expect(end).toBe(text.length - 1);
  const items: string[] = [];
  scanArray(text, 8, (value) => {
    const valueEnd = skipValue(text, value);
    items.push(slice(value, valueEnd));
    return valueEnd;
  });
  expect(items).toEqual(['1', '"x"']);
});

test('what nests too deeply is not read', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(isJson(nested(scanDepth))).toBe(true);
  expect(isJson(nested(scanDepth + 1))).toBe(false);
});
