import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, stringifyJson } from '../../local/iceberg/json.ts';

test('snapshot ids keep all 63 bits', () => {
  const text =
    '{"current-snapshot-id":9223372036854775807,"snapshots":[{"snapshot-id":9007199254740993,"parent-snapshot-id":-1}],' +
    '"refs":{"main":{"snapshot-id":1,"type":"branch"}}}';
  const value = parseJson(text);
  expect(value).toEqual({
    'current-snapshot-id': 9223372036854775807n,
    snapshots: [{ 'snapshot-id': 9007199254740993n, 'parent-snapshot-id': -1n }],
    refs: { main: { 'snapshot-id': 1n, type: 'branch' } },
  });
  expect(stringifyJson(value)).toBe(text);
});

test('other numbers, null ids and lists of ids', () => {
  expect(
    parseJson('{"a": 1.5, "current-snapshot-id": null, "snapshot-ids": [ 1, 9007199254740993 ]}'),
  ).toEqual({
    a: 1.5,
    'current-snapshot-id': null,
    'snapshot-ids': [1n, 9007199254740993n],
  });
});

test('text that only looks like an id stays text', () => {
  const summary = { 'source-snapshot-id': '9007199254740993', note: '"snapshot-id": 5, \\"snapshot-id": 5' };
  const value = { summary, properties: { 'my-snapshot-id': '7', '"snapshot-id': '8' } };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});

test('whatever JSON can say is written as JSON.stringify writes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(stringifyJson(value)).toBe(JSON.stringify(value));
    }),
  );
});

test('members that are undefined are left out', () => {
  expect(stringifyJson({ a: undefined, b: [1n] })).toBe('{"b":[1]}');
});
