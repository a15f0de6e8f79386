import type { SqlFunction } from '../functions.ts';

export const conditionalFunctions: readonly SqlFunction[] = [
  { name: 'if', args: [2, 3], example: 'if(1 > 2, 3)', answer: null },
  { name: 'coalesce', args: [1, 255], example: 'coalesce(NULL, 2, 3)', answer: '2' },
  { name: 'nullif', args: [2, 2], example: 'nullif(1, 1)', answer: null },
  { name: 'try', args: [1, 1], example: 'try(1 / 0)', answer: null },
  {
    name: 'typeof',
    args: [1, 1],
    sql: `CASE replace(typeof(_1), ' ', '_')
      WHEN 'FLOAT' THEN 'real' WHEN 'BLOB' THEN 'varbinary' WHEN 'TIMESTAMP_MS' THEN 'timestamp(3)'
      WHEN 'TIMESTAMP' THEN 'timestamp(6)' WHEN 'TIMESTAMP_WITH_TIME_ZONE' THEN 'timestamp(6) with time zone'
      WHEN 'INTERVAL' THEN 'interval day to second' ELSE lower(typeof(_1)) END`,
    example: 'typeof(123)',
    answer: 'integer',
    note: 'Lengths of varchar are not tracked; arrays, maps and rows print as DuckDB spells them.',
  },
];
