import type { SqlFunction } from '../functions.ts';
import { byType, fails, isDecimal, isFloat } from './templates.ts';

/** DuckDB's ceil and floor make doubles of integers. */
const whole = (name: string) =>
  byType([{ when: `${isFloat('_1')} OR ${isDecimal('_1')}`, use: `${name}(_1)` }], '_1');

const same = (names: readonly string[], example: (name: string) => string, answer: string): SqlFunction[] =>
  names.map((name) => ({ name, args: [1, 1], example: example(name), answer }));

export const mathFunctions: readonly SqlFunction[] = [
  { name: 'abs', args: [1, 1], example: 'abs(-3)', answer: '3' },
  { name: 'ceil', args: [1, 1], sql: whole('ceil'), example: 'ceil(7 / 2)', answer: '3' },
  { name: 'ceiling', args: [1, 1], sql: whole('ceil'), example: 'ceiling(1.2e0)', answer: '2.0' },
  { name: 'floor', args: [1, 1], sql: whole('floor'), example: 'floor(-1.2e0)', answer: '-2.0' },
  {
    name: 'round',
    args: [1, 2],
    sql: {
      1: 'round(_1)',
      // A decimal keeps its scale.
      2: byType([{ when: isDecimal('_1'), use: 'cast_to_type(round(_1, _2), _1 + _1)' }], 'round(_1, _2)'),
    },
    example: "round(DECIMAL '1.555', 2)",
    answer: '1.560',
  },
  { name: 'truncate', args: [1, 1], call: 'trunc', example: 'truncate(-1.7e0)', answer: '-1.0' },
  { name: 'sign', args: [1, 1], example: 'sign(-7)', answer: '-1' },
  {
    name: 'mod',
    args: [2, 2],
    sql: `_1 % (CASE WHEN _2 = 0 AND NOT (${isFloat('_1')} OR ${isFloat('_2')})
      THEN ${fails("'Division by zero'", '_2')} ELSE _2 END)`,
    example: 'mod(-7, 3)',
    answer: '-1',
  },
  { name: 'power', args: [2, 2], example: 'power(2, 10)', answer: '1024.0' },
  { name: 'pow', args: [2, 2], example: 'pow(2, 0.5e0) > 1.4142', answer: 'true' },
  ...same(['sqrt', 'cbrt', 'exp', 'ln', 'log2', 'log10'], (name) => `${name}(1) IS NULL`, 'false'),
  { name: 'log', args: [2, 2], example: 'round(log(2, 8))', answer: '3.0' },
  ...same(
    ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'degrees', 'radians'],
    (name) => `${name}(0) IS NULL`,
    'false',
  ),
  { name: 'atan2', args: [2, 2], example: 'atan2(0, 1)', answer: '0.0' },
  { name: 'pi', args: [0, 0], example: 'pi()', answer: '3.141592653589793' },
  { name: 'e', args: [0, 0], sql: 'exp(1.0::DOUBLE)', example: 'e()', answer: '2.718281828459045' },
  { name: 'infinity', args: [0, 0], sql: "CAST('inf' AS DOUBLE)", example: 'infinity()', answer: 'Infinity' },
  { name: 'nan', args: [0, 0], sql: "CAST('nan' AS DOUBLE)", example: 'nan()', answer: 'NaN' },
  { name: 'is_nan', args: [1, 1], call: 'isnan', example: 'is_nan(nan())', answer: 'true' },
  { name: 'is_finite', args: [1, 1], call: 'isfinite', example: 'is_finite(infinity())', answer: 'false' },
  { name: 'is_infinite', args: [1, 1], call: 'isinf', example: 'is_infinite(1 / 0e0)', answer: 'true' },
  {
    name: 'random',
    args: [0, 1],
    sql: { 0: 'random()', 1: 'CAST(floor(random() * _1) AS BIGINT)' },
    example: 'random() < 1',
    answer: 'true',
  },
  {
    name: 'rand',
    args: [0, 1],
    sql: { 0: 'random()', 1: 'CAST(floor(random() * _1) AS BIGINT)' },
    example: 'rand(5) BETWEEN 0 AND 4',
    answer: 'true',
  },
  {
    name: 'greatest',
    args: [1, 255],
    fold: 'CASE WHEN _1 IS NULL OR _2 IS NULL THEN NULL ELSE greatest(_1, _2) END',
    example: 'greatest(1, NULL, 3)',
    answer: null,
  },
  {
    name: 'least',
    args: [1, 255],
    fold: 'CASE WHEN _1 IS NULL OR _2 IS NULL THEN NULL ELSE least(_1, _2) END',
    example: 'least(3, 1, 2)',
    answer: '1',
  },
  {
    name: 'width_bucket',
    args: [4, 4],
    sql: `CASE WHEN _1 < _2 THEN 0 WHEN _1 >= _3 THEN CAST(_4 AS BIGINT) + 1
      ELSE CAST(floor((_1 - _2) * CAST(_4 AS DOUBLE) / (_3 - _2)) AS BIGINT) + 1 END`,
    example: 'width_bucket(5, 0, 10, 5)',
    answer: '3',
  },
  {
    name: 'bitwise_and',
    args: [2, 2],
    sql: 'CAST(_1 AS BIGINT) & CAST(_2 AS BIGINT)',
    example: 'bitwise_and(19, 25)',
    answer: '17',
  },
  {
    name: 'bitwise_or',
    args: [2, 2],
    sql: 'CAST(_1 AS BIGINT) | CAST(_2 AS BIGINT)',
    example: 'bitwise_or(19, 25)',
    answer: '27',
  },
  {
    name: 'bitwise_xor',
    args: [2, 2],
    sql: 'xor(CAST(_1 AS BIGINT), CAST(_2 AS BIGINT))',
    example: 'bitwise_xor(19, 25)',
    answer: '10',
  },
  {
    name: 'bitwise_not',
    args: [1, 1],
    sql: '~CAST(_1 AS BIGINT)',
    example: 'bitwise_not(19)',
    answer: '-20',
  },
  {
    name: 'bitwise_left_shift',
    args: [2, 2],
    sql: 'CAST(_1 AS BIGINT) * CAST(power(2, _2) AS BIGINT)',
    example: "bitwise_left_shift(BIGINT '1', 4)",
    answer: '16',
  },
  { name: 'to_base', args: [2, 2], sql: 'lower(to_base(_1, _2))', example: 'to_base(255, 16)', answer: 'ff' },
];
