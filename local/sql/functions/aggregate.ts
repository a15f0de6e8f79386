import type { SqlFunction } from '../functions.ts';
import { byType, isDecimal } from './templates.ts';

/** DuckDB sums integers in 128 bits; a bigint that overflows is an error in Trino. */
const asBigint = byType([{ when: "typeof(_self) = 'HUGEINT'", use: 'CAST(_self AS BIGINT)' }], '_self');

const statistics = [
  ['stddev', '1.0'],
  ['stddev_samp', '1.0'],
  ['variance', '1.0'],
  ['var_samp', '1.0'],
] as const;

const three = 'FROM (VALUES (1), (2), (3)) AS t(x)';

export const aggregateFunctions: readonly SqlFunction[] = [
  {
    name: 'count',
    args: [0, 1],
    kind: 'aggregate',
    example: 'SELECT count(x) FROM (VALUES (1), (NULL)) AS t(x)',
    answer: '1',
  },
  {
    name: 'count_star',
    args: [0, 0],
    kind: 'aggregate',
    example: 'SELECT count(*) FROM (VALUES (1), (NULL)) AS t(x)',
    answer: '2',
  },
  {
    name: 'count_if',
    args: [1, 1],
    kind: 'aggregate',
    // Over no condition at all, or only NULL ones, DuckDB answers NULL.
    wrap: 'coalesce(CAST(_self AS BIGINT), 0)',
    example: 'SELECT count_if(x > 1) FROM (VALUES (NULL), (CAST(NULL AS integer))) AS t(x)',
    answer: '0',
  },
  {
    name: 'sum',
    args: [1, 1],
    kind: 'aggregate',
    wrap: asBigint,
    example: 'SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)',
    answer: { error: /out of range/i },
  },
  {
    name: 'avg',
    args: [1, 1],
    kind: 'aggregate',
    wrap: byType(
      [
        {
          when: isDecimal('_self_max'),
          use: 'CASE WHEN _self_count > 0 THEN cast_to_type(firn_decimal_divide(_self_sum, _self_count), _self_max) END',
        },
      ],
      '_self',
    ),
    example: "SELECT avg(x) FROM (VALUES (DECIMAL '1.00'), (DECIMAL '1.01')) AS t(x)",
    answer: '1.01',
  },
  { name: 'min', args: [1, 1], kind: 'aggregate', example: `SELECT min(x) ${three}`, answer: '1' },
  { name: 'max', args: [1, 1], kind: 'aggregate', example: `SELECT max(x) ${three}`, answer: '3' },
  {
    name: 'max_by',
    args: [2, 2],
    kind: 'aggregate',
    call: 'arg_max_null',
    example: 'SELECT max_by(a, b) FROM (VALUES (NULL, 2), (1, 1)) AS t(a, b)',
    answer: null,
  },
  {
    name: 'min_by',
    args: [2, 2],
    kind: 'aggregate',
    call: 'arg_min_null',
    example: "SELECT min_by(a, b) FROM (VALUES ('x', 2), ('y', 1)) AS t(a, b)",
    answer: 'y',
  },
  {
    name: 'arbitrary',
    args: [1, 1],
    kind: 'aggregate',
    call: 'any_value',
    example: 'SELECT arbitrary(x) FROM (VALUES (NULL), (1)) AS t(x)',
    answer: '1',
  },
  {
    name: 'any_value',
    args: [1, 1],
    kind: 'aggregate',
    example: 'SELECT any_value(x) FROM (VALUES (NULL), (1)) AS t(x)',
    answer: '1',
  },
  {
    name: 'bool_and',
    args: [1, 1],
    kind: 'aggregate',
    example: `SELECT bool_and(x > 1) ${three}`,
    answer: 'false',
  },
  {
    name: 'every',
    args: [1, 1],
    kind: 'aggregate',
    call: 'bool_and',
    example: `SELECT every(x > 0) ${three}`,
    answer: 'true',
  },
  {
    name: 'bool_or',
    args: [1, 1],
    kind: 'aggregate',
    example: `SELECT bool_or(x > 1) ${three}`,
    answer: 'true',
  },
  {
    name: 'array_agg',
    args: [1, 1],
    kind: 'aggregate',
    example: 'SELECT array_agg(x ORDER BY x DESC) FROM (VALUES (1), (NULL), (2)) AS t(x)',
    answer: '[2, 1, null]',
  },
  {
    name: 'listagg',
    args: [1, 2],
    kind: 'aggregate',
    example: `SELECT listagg(CAST(x AS varchar), ',') WITHIN GROUP (ORDER BY x DESC) ${three}`,
    answer: '3,2,1',
  },
  {
    name: 'histogram',
    args: [1, 1],
    kind: 'aggregate',
    example: 'SELECT histogram(x) FROM (VALUES (1), (1), (2)) AS t(x)',
    answer: '{1=2, 2=1}',
  },
  {
    name: 'map_agg',
    args: [2, 2],
    kind: 'aggregate',
    pack: 'row(_1, _2)',
    call: 'list',
    wrap: 'map_from_entries(_self)',
    example: "SELECT map_agg(a, b) FROM (VALUES ('x', 1)) AS t(a, b)",
    answer: '{x=1}',
    note: 'A key that comes twice is an error; Athena keeps one of its values.',
  },
  {
    name: 'approx_distinct',
    args: [1, 1],
    kind: 'aggregate',
    call: 'approx_count_distinct',
    example: `SELECT approx_distinct(x) ${three}`,
    answer: '3',
  },
  {
    name: 'approx_percentile',
    args: [2, 2],
    kind: 'aggregate',
    call: 'approx_quantile',
    example: `SELECT approx_percentile(x, 0.5) ${three}`,
    answer: '2',
  },
  ...statistics.map(
    ([name, answer]): SqlFunction => ({
      name,
      args: [1, 1],
      kind: 'aggregate',
      example: `SELECT ${name}(x) ${three}`,
      answer,
    }),
  ),
  {
    name: 'stddev_pop',
    args: [1, 1],
    kind: 'aggregate',
    example: `SELECT round(stddev_pop(x), 2) ${three}`,
    answer: '0.82',
  },
  {
    name: 'var_pop',
    args: [1, 1],
    kind: 'aggregate',
    example: `SELECT round(var_pop(x), 2) ${three}`,
    answer: '0.67',
  },
  { name: 'corr', args: [2, 2], kind: 'aggregate', example: `SELECT corr(x, 2 * x) ${three}`, answer: '1.0' },
  {
    name: 'covar_pop',
    args: [2, 2],
    kind: 'aggregate',
    example: `SELECT round(covar_pop(x, x), 2) ${three}`,
    answer: '0.67',
  },
  {
    name: 'covar_samp',
    args: [2, 2],
    kind: 'aggregate',
    example: `SELECT covar_samp(x, x) ${three}`,
    answer: '1.0',
  },
  {
    name: 'regr_slope',
    args: [2, 2],
    kind: 'aggregate',
    example: `SELECT regr_slope(2 * x, x) ${three}`,
    answer: '2.0',
  },
  {
    name: 'regr_intercept',
    args: [2, 2],
    kind: 'aggregate',
    example: `SELECT regr_intercept(2 * x, x) ${three}`,
    answer: '0.0',
  },
  {
    name: 'bitwise_and_agg',
    args: [1, 1],
    kind: 'aggregate',
    call: 'bit_and',
    example: `SELECT bitwise_and_agg(x) ${three}`,
    answer: '0',
  },
  {
    name: 'bitwise_or_agg',
    args: [1, 1],
    kind: 'aggregate',
    call: 'bit_or',
    example: `SELECT bitwise_or_agg(x) ${three}`,
    answer: '3',
  },
];

const numbered = 'FROM (VALUES (1), (2), (2)) AS t(x)';
const window = (
  name: string,
  call: string,
  answer: string,
  args: readonly [number, number] = [0, 0],
): SqlFunction => ({
  name,
  args,
  kind: 'window',
  example: `SELECT max(r) FROM (SELECT ${call} OVER (ORDER BY x) AS r ${numbered}) AS u`,
  answer,
});

export const windowFunctions: readonly SqlFunction[] = [
  window('row_number', 'row_number()', '3'),
  window('rank', 'rank()', '2'),
  window('dense_rank', 'dense_rank()', '2'),
  window('percent_rank', 'percent_rank()', '0.5'),
  window('cume_dist', 'cume_dist()', '1.0'),
  window('ntile', 'ntile(2)', '2', [1, 1]),
  window('lag', 'lag(x, 1, 0)', '2', [1, 3]),
  window('lead', 'lead(x)', '2', [1, 3]),
  window('first_value', 'first_value(x)', '1', [1, 1]),
  window('last_value', 'last_value(x)', '2', [1, 1]),
  window('nth_value', 'nth_value(x, 1)', '1', [2, 2]),
];
