import type { SqlFunction } from '../functions.ts';
import { fails, isMap } from './templates.ts';

/** With a NULL among the elements, "not found" is unknown. */
const unknownIfNulls = (found: string, list: string) =>
  `CASE WHEN ${found} THEN true WHEN list_count(${list}) < len(${list}) THEN NULL ELSE false END`;

/** Trino's limits, which also keep one call from taking all of the memory: DuckDB does not count what these make. */
const entriesMax = 10_000;
const repeatCount = `CASE WHEN _2 > ${entriesMax}
  THEN ${fails(`'count argument of repeat function must be less than or equal to ${entriesMax}'`, '_2')} ELSE _2 END`;

/** The last value of a sequence, unless the entry past the limit would not be past it. */
const sequenceEnd = (step: string): string => {
  const beyond = `_1 + ${step} * ${entriesMax}::BIGINT`;
  const message = `'result of sequence function must not have more than ${entriesMax} entries'`;
  return `CASE WHEN (${beyond} > _1 AND ${beyond} <= _2) OR (${beyond} < _1 AND ${beyond} >= _2)
    THEN ${fails(message, '_2')} ELSE _2 END`;
};

export const arrayFunctions: readonly SqlFunction[] = [
  {
    name: 'cardinality',
    args: [1, 1],
    // DuckDB's functions take either arrays or maps; JSON takes both.
    sql: `CASE WHEN ${isMap('_1')} THEN len(json_keys(to_json(_1))) ELSE CAST(json_array_length(to_json(_1)) AS BIGINT) END`,
    example: 'cardinality(ARRAY[1, 2, 3])',
    answer: '3',
  },
  {
    name: 'contains',
    args: [2, 2],
    sql: `CASE WHEN _2 IS NULL THEN NULL ELSE ${unknownIfNulls('list_contains(_1, _2)', '_1')} END`,
    example: 'contains(ARRAY[1, NULL], 2)',
    answer: null,
  },
  {
    name: 'element_at',
    args: [2, 2],
    sql: '_1[_2]',
    example: 'element_at(ARRAY[1, 2], 3)',
    answer: null,
  },
  {
    name: 'array_distinct',
    args: [1, 1],
    sql: 'list_sort(list_distinct(_1))',
    example: 'array_distinct(ARRAY[1, 2, 1])',
    answer: '[1, 2]',
  },
  {
    name: 'array_max',
    args: [1, 1],
    sql: 'CASE WHEN list_count(_1) = len(_1) THEN list_max(_1) END',
    example: 'array_max(ARRAY[1, NULL])',
    answer: null,
  },
  {
    name: 'array_min',
    args: [1, 1],
    sql: 'CASE WHEN list_count(_1) = len(_1) THEN list_min(_1) END',
    example: 'array_min(ARRAY[2, 1])',
    answer: '1',
  },
  {
    name: 'array_sort',
    args: [1, 1],
    sql: "list_sort(_1, 'ASC', 'NULLS LAST')",
    example: 'array_sort(ARRAY[3, NULL, 1])',
    answer: '[1, 3, null]',
  },
  {
    name: 'array_join',
    args: [2, 3],
    sql: {
      2: "coalesce(array_to_string(list_filter(_1, lambda firn_x: firn_x IS NOT NULL), _2), CASE WHEN _1 IS NOT NULL THEN '' END)",
      3: 'array_to_string(list_transform(_1, lambda firn_x: coalesce(CAST(firn_x AS VARCHAR), _3)), _2)',
    },
    example: "array_join(ARRAY['a', NULL, 'b'], ',', '?')",
    answer: 'a,?,b',
  },
  {
    name: 'array_position',
    args: [2, 2],
    sql: 'CASE WHEN _1 IS NOT NULL AND _2 IS NOT NULL THEN CAST(coalesce(list_position(_1, _2), 0) AS BIGINT) END',
    example: "array_position(ARRAY['a', 'b'], 'c')",
    answer: '0',
  },
  {
    name: 'array_remove',
    args: [2, 2],
    sql: 'list_filter(_1, lambda firn_x: firn_x IS DISTINCT FROM _2)',
    example: 'array_remove(ARRAY[1, 2, 1], 1)',
    answer: '[2]',
  },
  {
    name: 'array_intersect',
    args: [2, 2],
    sql: 'list_sort(list_distinct(list_intersect(_1, _2)))',
    example: 'array_intersect(ARRAY[1, 2, 3], ARRAY[2, 3, 4])',
    answer: '[2, 3]',
  },
  {
    name: 'array_union',
    args: [2, 2],
    sql: 'list_sort(list_distinct(_1 || _2))',
    example: 'array_union(ARRAY[1, 2], ARRAY[2, 3])',
    answer: '[1, 2, 3]',
  },
  {
    name: 'array_except',
    args: [2, 2],
    sql: 'list_sort(list_distinct(list_filter(_1, lambda firn_x: NOT list_contains(_2, firn_x))))',
    example: 'array_except(ARRAY[1, 2, 3], ARRAY[2])',
    answer: '[1, 3]',
  },
  {
    name: 'arrays_overlap',
    args: [2, 2],
    call: 'list_has_any',
    example: 'arrays_overlap(ARRAY[1, 2], ARRAY[2])',
    answer: 'true',
  },
  { name: 'flatten', args: [1, 1], example: 'flatten(ARRAY[ARRAY[1], ARRAY[2, 3]])', answer: '[1, 2, 3]' },
  {
    name: 'slice',
    args: [3, 3],
    sql: 'CASE WHEN _2 > 0 THEN _1[_2:_2 + _3 - 1] ELSE _1[len(_1) + _2 + 1:len(_1) + _2 + _3] END',
    example: 'slice(ARRAY[1, 2, 3, 4], 2, 2)',
    answer: '[2, 3]',
  },
  {
    name: 'sequence',
    args: [2, 3],
    sql: {
      2: `CASE WHEN _1 <= _2 THEN generate_series(_1, ${sequenceEnd('1')}) ELSE generate_series(_1, ${sequenceEnd('-1')}, -1) END`,
      3: `generate_series(_1, ${sequenceEnd('_3')}, _3)`,
    },
    example: 'sequence(3, 1)',
    answer: '[3, 2, 1]',
    note: "Dates need a step: sequence(a, b, INTERVAL '1' DAY), and come as timestamps.",
  },
  {
    name: 'repeat',
    args: [2, 2],
    sql: `list_transform(range(CAST(${repeatCount} AS BIGINT)), lambda firn_x: _1)`,
    example: "repeat('a', 2)",
    answer: '[a, a]',
  },
  {
    name: 'transform',
    args: [2, 2],
    call: 'list_transform',
    example: 'transform(ARRAY[1, 2], x -> x * 10)',
    answer: '[10, 20]',
  },
  {
    name: 'filter',
    args: [2, 2],
    call: 'list_filter',
    example: 'filter(ARRAY[1, 2, 3], x -> x > 1)',
    answer: '[2, 3]',
  },
  {
    name: 'reduce',
    args: [4, 4],
    sql: 'list_transform([list_reduce(_1, _3, _2)], _4)[1]',
    example: 'reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)',
    answer: '75',
    note: 'State and elements must be of one type.',
  },
  {
    name: 'any_match',
    args: [2, 2],
    sql: 'len(list_filter(_1, _2)) > 0',
    example: 'any_match(ARRAY[1, 2], x -> x > 1)',
    answer: 'true',
    note: 'NULL elements count as not matching.',
  },
  {
    name: 'all_match',
    args: [2, 2],
    sql: 'len(list_filter(_1, _2)) = len(_1)',
    example: 'all_match(ARRAY[1, 2], x -> x > 1)',
    answer: 'false',
    note: 'NULL elements count as not matching.',
  },
  {
    name: 'none_match',
    args: [2, 2],
    sql: 'len(list_filter(_1, _2)) = 0',
    example: 'none_match(ARRAY[1, 2], x -> x > 2)',
    answer: 'true',
    note: 'NULL elements count as not matching.',
  },
  {
    name: 'unnest',
    args: [1, 255],
    example: 'SELECT n FROM UNNEST(ARRAY[7, 8]) WITH ORDINALITY AS t(x, n) WHERE x = 8',
    answer: '2',
    note: 'Arrays; a map is unnested as UNNEST(map_keys(m)).',
  },
  {
    name: 'row',
    args: [1, 255],
    example: "CAST(ROW(1, 'a') AS ROW(n integer, t varchar))",
    answer: '{n=1, t=a}',
  },
  { name: 'list_value', args: [0, 1000], example: 'ARRAY[1, NULL]', answer: '[1, null]' },
  {
    name: 'map',
    args: [0, 2],
    sql: { 0: 'MAP {}', 2: 'map(_1, _2)' },
    example: "MAP(ARRAY['a'], ARRAY[1])",
    answer: '{a=1}',
  },
  { name: 'map_keys', args: [1, 1], example: "map_keys(MAP(ARRAY['a'], ARRAY[1]))", answer: '[a]' },
  { name: 'map_values', args: [1, 1], example: "map_values(MAP(ARRAY['a'], ARRAY[1]))", answer: '[1]' },
  {
    name: 'map_entries',
    args: [1, 1],
    example: "cardinality(map_entries(MAP(ARRAY['a'], ARRAY[1])))",
    answer: '1',
  },
  {
    name: 'map_concat',
    args: [1, 255],
    example: "map_concat(MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['a'], ARRAY[2]))",
    answer: '{a=2}',
  },
];
