/** Statements that somebody may think of who wants to see what is hidden. */
import { type Dice, pick } from '../model/shape.ts';
import { hiddenNames } from './secrets.ts';

const seen = ['event_id', 'received_at', 'page', 'n', 'extra', 'kind', 'extra.a'];
const tables = ['visit', 'firn.visit', 'awsdatacatalog.firn.visit', 'broken', 'foreign'];
const metadata = ['files', 'partitions', 'manifests', 'snapshots', 'history', 'refs'];
const views = ['visit_all', 'visit_named', 'visit_counts'];
const functions = [
  'min',
  'max',
  'count',
  'lower',
  'upper',
  'reverse',
  'length',
  'md5',
  'to_hex',
  'typeof',
  'array_agg',
  'max_by',
  'json_format',
  'from_hex',
  'date',
  'regexp_extract',
  'concat',
  'histogram',
  'arbitrary',
  'checksum',
  'try',
  'map_agg',
  'cardinality',
  'element_at',
  'to_json',
  'struct_values',
  'row_to_json',
  'query',
  'getenv',
  'current_setting',
];
const types = [
  'integer',
  'double',
  'date',
  'timestamp',
  'boolean',
  'json',
  'varbinary',
  'decimal(3,1)',
  'bigint',
];
const operators = ['=', '<', '>', 'LIKE', '<>', '||', '+', 'IN'];
const literals = ["'zq%'", '1', "'a'", 'NULL', "DATE '2024-01-01'", "ARRAY['a']", "X'00'", 'true'];

/** What anybody would ask first: everything there is, by its name. */
export const plainStatements: readonly string[] = [
  ...['visit', 'broken', 'foreign', ...views, "visit FOR VERSION AS OF 'former'"].map(
    (own) => `SELECT * FROM ${own}`,
  ),
  ...['visit', 'broken', 'foreign'].flatMap((own) =>
    metadata.map((kind) => `SELECT * FROM "${own}$${kind}"`),
  ),
  ...['tables', 'columns', 'views', 'schemata'].map((own) => `SELECT * FROM information_schema.${own}`),
  ...['visit', 'broken', 'foreign', ...views].flatMap((own) => [
    `DESCRIBE ${own}`,
    ...['COLUMNS IN', 'CREATE TABLE', 'CREATE VIEW', 'TBLPROPERTIES', 'PARTITIONS'].map(
      (what) => `SHOW ${what} ${own}`,
    ),
  ]),
];

/** One statement: mostly whole, sometimes with a word put where none belongs. */
export function statement(dice: Dice): string {
  const sql = pick(dice, kinds)(dice);
  if (dice(12) > 0) return sql;
  const words = sql.split(' ');
  words.splice(
    dice(words.length + 1),
    dice(2),
    pick(dice, [...hiddenNames, '*', '(', ')', 'AS', 't', '"ip"', ';', '--']),
  );
  return words.join(' ');
}

const kinds: readonly ((dice: Dice) => string)[] = [
  ...Array.from({ length: 9 }, () => select),
  (dice) => `SELECT * FROM ${table(dice)}`,
  (dice) => `SELECT * FROM "${pick(dice, ['visit', 'broken', 'foreign'])}$${pick(dice, metadata)}"`,
  (dice) => `SELECT ${column(dice)} FROM "visit$${pick(dice, metadata)}"`,
  (dice) => `SELECT t FROM ${table(dice)} t`,
  (dice) => `SELECT (t).${name(dice)} FROM ${table(dice)} t`,
  (dice) => `SELECT COLUMNS('${name(dice)}') FROM ${table(dice)}`,
  (dice) => `SELECT * EXCLUDE (page) FROM ${table(dice)}`,
  (dice) => `SELECT * FROM ${table(dice)} a NATURAL JOIN ${table(dice)} b`,
  (dice) => `SELECT * FROM ${table(dice)} a JOIN ${table(dice)} b USING (${name(dice)})`,
  (dice) =>
    `SELECT a.*, b.${name(dice)} FROM ${table(dice)} a LEFT JOIN ${table(dice)} b ON a.${name(dice)} = b.${name(dice)}`,
  (dice) => `WITH t AS (${select(dice)}) SELECT * FROM t`,
  (dice) => `WITH ${name(dice)} AS (SELECT * FROM ${table(dice)}) SELECT ${column(dice)} FROM ${name(dice)}`,
  (dice) => `${select(dice)} UNION ALL ${select(dice)}`,
  (dice) => `SELECT * FROM information_schema.${pick(dice, ['tables', 'columns', 'views', 'schemata'])}`,
  (dice) => `SHOW ${pick(dice, ['TABLES', 'DATABASES', 'VIEWS', 'PARTITIONS visit', 'PARTITIONS broken'])}`,
  (dice) =>
    `SHOW ${pick(dice, ['COLUMNS IN', 'CREATE TABLE', 'CREATE VIEW', 'TBLPROPERTIES'])} ${pick(dice, [...tables, ...views])}`,
  (dice) => `DESCRIBE ${pick(dice, [...tables, ...views, '"visit$files"'])}`,
  (dice) => `OPTIMIZE visit REWRITE DATA USING BIN_PACK WHERE ${name(dice)} = 'a'`,
  () => 'VACUUM visit',
  (dice) => `PREPARE p FROM ${select(dice)}`,
  (dice) => `EXECUTE p USING ${pick(dice, literals)}, ${column(dice)}`,
  (dice) => `EXPLAIN ${pick(dice, ['', 'ANALYZE ', '(TYPE IO) '])}${select(dice)}`,
  (dice) => `SELECT * FROM read_parquet('${pick(dice, ['**/*.parquet', '*'])}')`,
  (dice) => `SELECT * FROM '${pick(dice, ['visit', 'data.parquet'])}'`,
  (dice) =>
    `SELECT * FROM ${pick(dice, ['firn_table_0', 'temp.main.firn_table_0', 'duckdb_views()', 'pg_catalog.pg_class', 'sqlite_master', 'main.visit'])}`,
  (dice) => `SELECT * FROM ${table(dice)} CROSS JOIN UNNEST(${column(dice)}) AS u(x)`,
  (dice) => `SELECT * FROM (${select(dice)}) s WHERE ${condition(dice)}`,
  (dice) => `DESCRIBE SELECT ${column(dice)} FROM ${table(dice)}`,
  (dice) => `SUMMARIZE ${table(dice)}`,
  (dice) => `TABLE ${table(dice)}`,
];

function select(dice: Dice): string {
  const distinct = dice(6) === 0 ? 'DISTINCT ' : '';
  const columns = Array.from({ length: 1 + dice(3) }, () => expression(dice, 2)).join(', ');
  const where = dice(2) === 0 ? ` WHERE ${condition(dice)}` : '';
  const group = dice(6) === 0 ? ` GROUP BY ${pick(dice, [column(dice), '1', 'ROLLUP (kind)'])}` : '';
  const having =
    group !== '' && dice(3) === 0 ? ` HAVING max(${column(dice)}) > ${pick(dice, literals)}` : '';
  const order = dice(4) === 0 ? ` ORDER BY ${pick(dice, [column(dice), '1', expression(dice, 1)])}` : '';
  return `SELECT ${distinct}${columns} FROM ${table(dice)}${dice(3) === 0 ? ' t' : ''}${where}${group}${having}${order}`;
}

function table(dice: Dice): string {
  switch (dice(9)) {
    case 0:
      return `visit FOR VERSION AS OF 'former'`;
    case 1:
      return `visit FOR TIMESTAMP AS OF now() - INTERVAL '${dice(3)}' SECOND`;
    case 2:
      return pick(dice, views);
    case 3:
      return pick(dice, tables);
    case 4:
      return `"visit$${pick(dice, metadata)}"`;
    default:
      return 'visit';
  }
}

function name(dice: Dice): string {
  return pick(dice, dice(2) === 0 ? hiddenNames : seen);
}

function column(dice: Dice): string {
  const own = name(dice);
  switch (dice(14)) {
    case 0:
      return `t.${own}`;
    case 1:
      return `"${own.toUpperCase()}"`;
    case 2:
      return `visit.${own}`;
    case 3:
      return pick(dice, ['who.mail', 'extra.secret', 'extra.a', 'tags[1]', 'firn.visit.ip']);
    case 4:
      return pick(dice, [
        'lower_bounds',
        'upper_bounds[4]',
        'partition',
        'partition.ip_truncate8',
        'data.ip.min',
        'summary',
        'file_path',
        'partitions',
        'path',
        'manifest_list',
      ]);
    case 5:
      return pick(dice, ['filename', 'file_row_number', 'file_index', 'rowid', '"$path"', '_pos']);
    default:
      return own;
  }
}

function expression(dice: Dice, depth: number): string {
  if (depth === 0) return column(dice);
  const inner = () => expression(dice, depth - 1);
  switch (dice(11)) {
    case 0:
      return `${pick(dice, functions)}(${inner()})`;
    case 1:
      return `${pick(dice, functions)}(${inner()}, ${inner()})`;
    case 2:
      return `CAST(${inner()} AS ${pick(dice, types)})`;
    case 3:
      return `(${inner()} ${pick(dice, operators)} ${pick(dice, [...literals, column(dice)])})`;
    case 4:
      return `CASE WHEN ${condition(dice)} THEN ${inner()} ELSE ${pick(dice, literals)} END`;
    case 5:
      return `(SELECT ${column(dice)} FROM ${table(dice)} LIMIT 1)`;
    case 6:
      return `first_value(${inner()}) OVER (ORDER BY ${column(dice)})`;
    case 7:
      return `transform(ARRAY[${inner()}], x -> x)`;
    case 8:
      return `ROW(${inner()}, ${inner()})`;
    default:
      return dice(5) === 0 ? '*' : column(dice);
  }
}

function condition(dice: Dice): string {
  switch (dice(6)) {
    case 0:
      return `${column(dice)} IS NOT NULL`;
    case 1:
      return `EXISTS (SELECT 1 FROM ${table(dice)} i WHERE i.${name(dice)} = ${column(dice)})`;
    case 2:
      return `${column(dice)} IN (SELECT ${column(dice)} FROM ${table(dice)})`;
    case 3:
      return `1 / (CASE WHEN ${column(dice)} LIKE 'zq%' THEN 0 ELSE 1 END) = 1`;
    default:
      return `${column(dice)} ${pick(dice, operators)} ${pick(dice, literals)}`;
  }
}
