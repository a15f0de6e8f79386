import type { SqlFunction } from '../functions.ts';
import { byType, fails, isArray, isDate, isDecimal, isFloat, isInterval, isMap } from './templates.ts';

const eitherFloat = `(${isFloat('_1')} OR ${isFloat('_2')})`;
const eitherDecimal = `(${isDecimal('_1')} OR ${isDecimal('_2')})`;
const noZero = `CASE WHEN _2 = 0 AND NOT ${eitherFloat} THEN ${fails("'Division by zero'", '_2')} ELSE _2 END`;
/** By way of text, since every type must have the cast for the template to bind. */
const asTimestamp = (x: string) => `CAST(CAST(${x} AS VARCHAR) AS TIMESTAMP)`;
const index = 'TRY_CAST(CAST(_2 AS VARCHAR) AS BIGINT)';

export const operators: readonly SqlFunction[] = [
  {
    name: '+',
    args: [1, 2],
    sql: {
      1: '+ _1',
      2: byType(
        [
          { when: `${isDate('_1')} AND ${isInterval('_2')}`, use: 'cast_to_type(_1 + _2, _1)' },
          { when: `${isInterval('_1')} AND ${isDate('_2')}`, use: 'cast_to_type(_1 + _2, _2)' },
        ],
        '_1 + _2',
      ),
    },
    example: "DATE '2024-01-31' + INTERVAL '1' MONTH",
    answer: '2024-02-29',
  },
  {
    name: '-',
    args: [1, 2],
    // DuckDB counts days between dates, and makes a timestamp of a date minus an interval.
    sql: {
      1: '- _1',
      2: byType(
        [
          { when: `${isDate('_1')} AND ${isDate('_2')}`, use: `${asTimestamp('_1')} - ${asTimestamp('_2')}` },
          { when: `${isDate('_1')} AND ${isInterval('_2')}`, use: 'cast_to_type(_1 - _2, _1)' },
        ],
        '_1 - _2',
      ),
    },
    example: "DATE '2024-01-03' - DATE '2024-01-01'",
    answer: '2 00:00:00.000',
  },
  { name: '*', args: [2, 2], example: "DECIMAL '1.50' * 3", answer: '4.50' },
  {
    name: '/',
    args: [2, 2],
    sql: byType(
      [
        { when: eitherFloat, use: '_1 / _2' },
        { when: eitherDecimal, use: 'firn_decimal_divide(_1, _2)' },
      ],
      `_1 // (${noZero})`,
    ),
    example: '7 / 2',
    answer: '3',
  },
  {
    name: '%',
    args: [2, 2],
    sql: `_1 % (${noZero})`,
    example: '7 % 0',
    answer: { error: /Division by zero/ },
  },
  { name: '||', args: [2, 2], example: "'a' || NULL", answer: null },
  { name: '~~', args: [2, 2], example: "'Firn' LIKE '_ir%'", answer: 'true' },
  { name: '!~~', args: [2, 2], example: "'Firn' NOT LIKE '_ir%'", answer: 'false' },
  { name: 'like_escape', args: [3, 3], example: "'50%' LIKE '50#%' ESCAPE '#'", answer: 'true' },
  { name: 'not_like_escape', args: [3, 3], example: "'500' NOT LIKE '50#%' ESCAPE '#'", answer: 'true' },
  {
    name: '[]',
    args: [2, 2],
    sql: byType(
      [
        {
          when: isArray('_1'),
          use: `CASE WHEN ${index} < 1 THEN ${fails("'SQL array indices start at 1'", '_2')}
                WHEN _1[_2] IS NULL AND ${index} > json_array_length(to_json(_1))
                THEN ${fails(`'Array subscript must be less than or equal to array length: ' || ${index} || ' > ' || json_array_length(to_json(_1))`, '_2')}
                ELSE _1[_2] END`,
        },
        {
          when: isMap('_1'),
          use: `CASE WHEN _1[_2] IS NULL AND NOT json_exists(to_json(_1), '$."' || CAST(_2 AS VARCHAR) || '"')
                THEN ${fails("'Key not present in map: ' || CAST(_2 AS VARCHAR)", '_1')} ELSE _1[_2] END`,
        },
      ],
      '_1[_2]',
    ),
    example: 'ARRAY[1, 2][3]',
    answer: { error: /Array subscript must be less than or equal to array length: 3 > 2/ },
  },
];
