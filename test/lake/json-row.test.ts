import { expect, test } from 'vitest';
import { Rejection } from '../../lake/errors.ts';
import { compileRow } from '../../lake/json-row.ts';
import type { Type } from '../../lake/types.ts';

function convert(type: Type, value: unknown): unknown {
  const field = { id: 3, name: 'v', type, required: true, pii: false, aliases: [] };
  const row = compileRow([field])({ v: value });
  return row instanceof Rejection ? `${row.code} ${row.field}` : row.v;
}

const decimal: Type = { kind: 'decimal', precision: 10, scale: 2 };
const list: Type = { kind: 'list', elementId: 4, element: { kind: 'int' }, elementRequired: true };
const map: Type = { kind: 'map', keyId: 4, valueId: 5, value: { kind: 'int' }, valueRequired: false };

test.each<[Type, unknown, unknown]>([
  [{ kind: 'string' }, 'Zoë 🚲', 'Zoë 🚲'],
  [{ kind: 'string' }, 7, 'wrong_type v'],
  [{ kind: 'string' }, 'half \ud83d', 'bad_value v'],
  [{ kind: 'string', symbols: ['a', 'b'] }, 'b', 'b'],
  [{ kind: 'string', symbols: ['a', 'b'] }, 'c', 'bad_value v'],
  [
    { kind: 'string', uuid: true },
    '0B3A6C7E-1111-4222-8333-444455556666',
    '0b3a6c7e-1111-4222-8333-444455556666',
  ],
  [{ kind: 'string', uuid: true }, '0b3a6c7e', 'bad_value v'],
  [{ kind: 'boolean' }, true, true],
  [{ kind: 'boolean' }, 'true', 'wrong_type v'],
  [{ kind: 'int' }, 2147483647, 2147483647],
  [{ kind: 'int' }, 2147483648, 'out_of_range v'],
  [{ kind: 'int' }, 1.5, 'wrong_type v'],
  [{ kind: 'int' }, '1', 'wrong_type v'],
  [{ kind: 'long' }, 9007199254740991, 9007199254740991],
  [{ kind: 'long' }, 9007199254740992, 'unsafe_integer v'],
  [{ kind: 'long' }, '9007199254740993', '9007199254740993'],
  [{ kind: 'long' }, '9223372036854775808', 'out_of_range v'],
  [{ kind: 'long' }, '12', 12],
  [{ kind: 'double' }, Number('1e999'), 'out_of_range v'],
  [{ kind: 'double' }, 0.1, 0.1],
  [{ kind: 'float' }, 1e39, 'out_of_range v'],
  [{ kind: 'binary' }, 'AQID', 'AQID'],
  [{ kind: 'binary' }, '-_8', '+/8='],
  [{ kind: 'binary' }, 'no base64!', 'bad_value v'],
  [{ kind: 'date' }, '2026-02-28', '2026-02-28'],
  [{ kind: 'date' }, '2026-02-29', 'bad_value v'],
  [decimal, 12.5, '12.50'],
  [decimal, '-0.00', '0.00'],
  [decimal, '00012345678.9', '12345678.90'],
  [decimal, '123456789', 'out_of_range v'],
  [decimal, 0.001, 'out_of_range v'],
  [decimal, 1e-7, 'out_of_range v'],
  [decimal, 1e21, 'bad_value v'],
  [decimal, '1e3', 'bad_value v'],
  [decimal, '', 'bad_value v'],
  [decimal, '.', 'bad_value v'],
  [{ kind: 'timestamp' }, '2026-11-22T10:00:00Z', 1_795_341_600_000_000],
  [{ kind: 'timestamp' }, 1_795_341_600, 'wrong_type v'],
  [{ kind: 'timestamp' }, 'yesterday', 'bad_timestamp v'],
  [{ kind: 'timestamp' }, '1969-12-31T23:59:59Z', 'timestamp_range v'],
  [{ kind: 'timestamp' }, '2101-01-01T00:00:00Z', 'timestamp_range v'],
  [{ kind: 'timestamp', epoch: 's' }, 1_795_341_600.25, 1_795_341_600_250_000],
  [{ kind: 'timestamp', epoch: 'ms' }, 1_795_341_600_250, 1_795_341_600_250_000],
  [{ kind: 'timestamp', epoch: 's' }, 1_795_341_600_250, 'timestamp_range v'],
  [list, [1, 2], [1, 2]],
  [list, [1, 'x'], 'wrong_type v.1'],
  [list, [1, null], 'missing_field v.1'],
  [map, { a: 1, b: null }, { a: 1, b: null }],
  [map, { a: 'x' }, 'wrong_type v.value'],
])('a column %j makes of %j: %j', (type, value, expected) => {
  expect(convert(type, value)).toEqual(expected);
});

test('a required field that is absent or null is missing; an optional one is left out', () => {
  const field = (required: boolean) => ({
    id: 3,
    name: 'v',
    type: { kind: 'string' } as const,
    required,
    pii: false,
    aliases: ['w'],
  });
  for (const event of [{}, { v: null }]) {
    expect(compileRow([field(true)])(event)).toMatchObject({ code: 'missing_field', field: 'v' });
    expect(compileRow([field(false)])(event)).toEqual({});
  }
  expect(compileRow([field(true)])({ w: 'by its other name' })).toEqual({ v: 'by its other name' });
});

test('a reason never shows the value', () => {
  const field = { id: 3, name: 'v', type: { kind: 'int' } as const, required: true, pii: false, aliases: [] };
  expect(compileRow([field])({ v: 'secret' })).toMatchObject({
    reason: 'expected a 32-bit integer, got a string of 6 characters',
  });
});
