import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rejection } from '../../lake/errors.ts';
import { openRecord } from '../../lake/event.ts';

describe('the text of an envelope’s data', () => {
  const textOf = (record: string) => {
    const opened = openRecord(Buffer.from(record));
    if (opened instanceof Rejection) throw new Error(opened.reason);
    return opened.text;
  };

  it.each([
    ['last, as our gateway has it', '{"$firn":1,"id":"r","data":{"a":[1,2]}}', '{"a":[1,2]}'],
    ['first', '{"data":{"data":1},"$firn":1}', '{"data":1}'],
    [
      'after a batch that has such members',
      '{"$firn":1,"batch":{"a":1,"data":{}},"data":[{},"}"]}',
      '[{},"}"]',
    ],
    ['with space around it', '{ "$firn": 1, "data" : { "a": 1 } , "id": "r" }', '{ "a": 1 }'],
    ['twice: the last counts', '{"data":1,"$firn":1,"data":2}', '2'],
    ['beside a text that says so', '{"$firn":1,"ua":"data","key":"\\"data\\":3","data":4}', '4'],
    ['a string: what it holds', '{"data":"{\\"a\\":1}","$firn":1}', '{"a":1}'],
  ])('%s', (_, record, text) => expect(textOf(record)).toBe(text));

  it('is what JSON.parse finds, wherever it stands', () => {
    const members = fc.array(fc.tuple(fc.constantFrom('a', 'data', 'batch', '"data"'), fc.jsonValue()));
    fc.assert(
      fc.property(
        members,
        fc.jsonValue(),
        members,
        fc.constantFrom(undefined, 1),
        (before, data, after, space) => {
          const rest = after.filter(([name]) => name !== 'data');
          const parts = [['$firn', 1], ...before, ['data', { data }], ...rest].map(
            ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value, null, space)}`,
          );
          expect(JSON.parse(textOf(`{${parts.join(',')}}`)!)).toEqual(JSON.parse(JSON.stringify({ data })));
        },
      ),
    );
  });
});
