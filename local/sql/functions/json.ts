import type { SqlFunction } from '../functions.ts';

/** Text that is not JSON has no members: Trino answers NULL. */
const ifJson = (sql: string) => `CASE WHEN json_valid(_1) THEN ${sql} END`;

export const jsonFunctions: readonly SqlFunction[] = [
  {
    name: 'json_extract_scalar',
    args: [2, 2],
    sql: ifJson(
      "CASE WHEN json_type(_1, _2) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(_1, _2) END",
    ),
    literals: { 2: 'json-path' },
    example: `json_extract_scalar('{"a": {"b": [1, "x"]}}', '$.a[''b''][1]')`,
    answer: 'x',
  },
  {
    name: 'json_extract',
    args: [2, 2],
    sql: ifJson('json_extract(_1, _2)'),
    literals: { 2: 'json-path' },
    example: `json_extract('{"a": {"b": 1}}', '$.a')`,
    answer: '{"b":1}',
  },
  {
    name: 'json_parse',
    args: [1, 1],
    sql: 'CAST(_1 AS JSON)',
    example: `json_parse('{"a":1}')`,
    answer: '{"a":1}',
  },
  {
    name: 'json_format',
    args: [1, 1],
    sql: 'CAST(_1 AS VARCHAR)',
    example: `json_format(json_parse('[1,2]'))`,
    answer: '[1,2]',
  },
  {
    name: 'json_array_length',
    args: [1, 1],
    sql: ifJson("CASE WHEN json_type(_1) = 'ARRAY' THEN CAST(json_array_length(_1) AS BIGINT) END"),
    example: "json_array_length('[1, 2, 3]')",
    answer: '3',
  },
  {
    name: 'json_size',
    args: [2, 2],
    sql: ifJson(`CASE json_type(_1, _2) WHEN 'ARRAY' THEN CAST(json_array_length(_1, _2) AS BIGINT)
      WHEN 'OBJECT' THEN len(json_keys(_1, _2)) ELSE 0 END`),
    literals: { 2: 'json-path' },
    example: `json_size('{"x": {"a": 1, "b": 2}}', '$.x')`,
    answer: '2',
  },
  {
    name: 'json_array_contains',
    args: [2, 2],
    sql: ifJson('json_contains(_1, to_json(_2))'),
    example: "json_array_contains('[1, 2, 3]', 2)",
    answer: 'true',
  },
  {
    name: 'is_json_scalar',
    args: [1, 1],
    sql: "json_type(_1) NOT IN ('OBJECT', 'ARRAY')",
    example: "is_json_scalar('1')",
    answer: 'true',
  },
];
