import type { SqlFunction } from '../functions.ts';
import { fails, isDate, isZoned } from './templates.ts';

const units = 'millisecond, second, minute, hour, day, week, month, quarter or year';
const wrongUnit = fails(`'''' || _1 || ''' is not a unit of time: expected ${units}'`, '_1');
const interval = `CASE lower(_1)
  WHEN 'millisecond' THEN to_milliseconds(CAST(_2 AS DOUBLE)) WHEN 'second' THEN to_seconds(CAST(_2 AS DOUBLE))
  WHEN 'minute' THEN to_minutes(CAST(_2 AS BIGINT)) WHEN 'hour' THEN to_hours(CAST(_2 AS BIGINT))
  WHEN 'day' THEN to_days(CAST(_2 AS INTEGER)) WHEN 'week' THEN to_weeks(CAST(_2 AS INTEGER))
  WHEN 'month' THEN to_months(CAST(_2 AS INTEGER)) WHEN 'quarter' THEN to_months(CAST(3 * _2 AS INTEGER))
  WHEN 'year' THEN to_years(CAST(_2 AS INTEGER)) ELSE ${wrongUnit} END`;

/** A function of one date or timestamp, under several names. */
function fields(names: readonly string[], sql: string, answer: string): SqlFunction[] {
  return names.map((name) => ({
    name,
    args: [1, 1],
    sql,
    example: `${name}(TIMESTAMP '2024-12-30 13:14:15.678')`,
    answer,
  }));
}

/** Formats need a timestamp; a zoned one shows its UTC reading. */
const plain = (x: string) => `CAST(${x} AS TIMESTAMP)`;

export const timeFunctions: readonly SqlFunction[] = [
  // Athena's clock shows milliseconds.
  {
    name: 'now',
    args: [0, 0],
    sql: "date_trunc('millisecond', now())",
    example: 'now() IS NULL',
    answer: 'false',
  },
  {
    name: 'current_timestamp',
    args: [0, 0],
    sql: "date_trunc('millisecond', now())",
    example: 'current_timestamp = now()',
    answer: 'true',
  },
  {
    name: 'current_date',
    args: [0, 0],
    sql: 'CAST(CAST(now() AS TIMESTAMP) AS DATE)',
    example: "current_date > DATE '2024-01-01'",
    answer: 'true',
  },
  {
    name: 'localtimestamp',
    args: [0, 0],
    sql: 'CAST(now() AS TIMESTAMP_MS)',
    example: "localtimestamp > TIMESTAMP '2024-01-01 00:00:00'",
    answer: 'true',
  },
  { name: 'current_timezone', args: [0, 0], sql: "'UTC'", example: 'current_timezone()', answer: 'UTC' },
  {
    name: 'date',
    args: [1, 1],
    sql: 'CAST(_1 AS DATE)',
    example: "date('2024-02-29')",
    answer: '2024-02-29',
  },
  {
    name: 'date_trunc',
    args: [2, 2],
    sql: `cast_to_type(date_trunc(_1, _2), _2)`,
    example: "date_trunc('week', TIMESTAMP '2024-12-29 13:14:15')",
    answer: '2024-12-23 00:00:00.000',
  },
  {
    name: 'date_add',
    args: [3, 3],
    sql: `cast_to_type(_3 + ${interval}, _3)`,
    example: "date_add('month', 1, DATE '2024-01-31')",
    answer: '2024-02-29',
  },
  {
    name: 'date_diff',
    args: [3, 3],
    // Complete units, not boundaries crossed.
    sql: 'datesub(_1, _2, _3)',
    example: "date_diff('hour', TIMESTAMP '2024-01-01 00:59:00', TIMESTAMP '2024-01-01 01:58:00')",
    answer: '0',
  },
  {
    name: 'date_format',
    args: [2, 2],
    sql: `strftime(${plain('_1')}, _2)`,
    literals: { 2: 'mysql-format' },
    example: "date_format(TIMESTAMP '2024-01-05 03:04:05', '%Y-%m-%d %H:%i:%s %W %c %e %k')",
    answer: '2024-01-05 03:04:05 Friday 1 5 3',
  },
  {
    name: 'date_parse',
    args: [2, 2],
    sql: 'CAST(strptime(_1, _2) AS TIMESTAMP_MS)',
    literals: { 2: 'mysql-format' },
    example: "date_parse('2024/05/20 07', '%Y/%m/%d %H')",
    answer: '2024-05-20 07:00:00.000',
  },
  {
    name: 'format_datetime',
    args: [2, 2],
    sql: `strftime(${plain('_1')}, _2)`,
    literals: { 2: 'joda-format' },
    example: "format_datetime(TIMESTAMP '2024-01-05 03:04:05', 'yyyy-MM-dd''T''HH:mm EEE')",
    answer: '2024-01-05T03:04 Fri',
  },
  {
    name: 'parse_datetime',
    args: [2, 2],
    sql: 'CAST(strptime(_1, _2) AS TIMESTAMPTZ)',
    literals: { 2: 'joda-format' },
    example: "parse_datetime('2024-01-05 03', 'yyyy-MM-dd HH')",
    answer: '2024-01-05 03:00:00.000 UTC',
  },
  {
    name: 'from_unixtime',
    args: [1, 1],
    sql: 'to_timestamp(round(CAST(_1 AS DOUBLE), 3))',
    example: 'from_unixtime(1700000000)',
    answer: '2023-11-14 22:13:20.000 UTC',
  },
  {
    name: 'to_unixtime',
    args: [1, 1],
    sql: 'epoch(_1)',
    example: "to_unixtime(TIMESTAMP '1970-01-01 00:01:00.500')",
    answer: '60.5',
  },
  {
    name: 'from_iso8601_timestamp',
    args: [1, 1],
    sql: 'CAST(_1 AS TIMESTAMPTZ)',
    example: "from_iso8601_timestamp('2024-01-05T03:04:05.5+01:00')",
    answer: '2024-01-05 02:04:05.500 UTC',
    note: 'Shown in UTC; Athena keeps the offset that was written.',
  },
  {
    name: 'from_iso8601_date',
    args: [1, 1],
    sql: 'CAST(_1 AS DATE)',
    example: "from_iso8601_date('2024-02-29')",
    answer: '2024-02-29',
  },
  {
    name: 'to_iso8601',
    args: [1, 1],
    sql: `CASE WHEN ${isDate('_1')} THEN strftime(${plain('_1')}, '%Y-%m-%d')
      WHEN ${isZoned('_1')} THEN strftime(${plain('_1')}, '%Y-%m-%dT%H:%M:%S.%gZ')
      WHEN typeof(_1) = 'TIMESTAMP_MS' THEN strftime(${plain('_1')}, '%Y-%m-%dT%H:%M:%S.%g')
      ELSE strftime(${plain('_1')}, '%Y-%m-%dT%H:%M:%S.%f') END`,
    example: "to_iso8601(DATE '2024-02-29')",
    answer: '2024-02-29',
  },
  {
    name: 'last_day_of_month',
    args: [1, 1],
    call: 'last_day',
    example: "last_day_of_month(DATE '2024-02-01')",
    answer: '2024-02-29',
  },
  {
    name: 'timezone',
    args: [2, 2],
    sql: 'timezone(_1, CAST(_2 AS TIMESTAMPTZ))',
    example: "hour(TIMESTAMP '2024-01-01 00:00:00 UTC' AT TIME ZONE 'Asia/Tokyo')",
    answer: '9',
    note: 'AT TIME ZONE runs where its local reading is used (hour, date_trunc, date_format, CAST … AS date), not as a result.',
  },
  {
    name: 'at_timezone',
    args: [2, 2],
    sql: 'timezone(_2, CAST(_1 AS TIMESTAMPTZ))',
    example: "hour(at_timezone(TIMESTAMP '2024-01-01 00:00:00 UTC', 'Asia/Tokyo'))",
    answer: '9',
    note: 'As AT TIME ZONE.',
  },
  ...fields(['year'], 'year(_1)', '2024'),
  ...fields(['quarter'], 'quarter(_1)', '4'),
  ...fields(['month'], 'month(_1)', '12'),
  ...fields(['day', 'day_of_month'], 'day(_1)', '30'),
  // ISO: Monday is 1, Sunday 7; weeks start on Monday and belong to the year of their Thursday.
  ...fields(['day_of_week', 'dow'], 'isodow(_1)', '1'),
  ...fields(['day_of_year', 'doy'], 'dayofyear(_1)', '365'),
  ...fields(['week', 'week_of_year'], 'week(_1)', '1'),
  ...fields(['year_of_week', 'yow'], 'isoyear(_1)', '2025'),
  ...fields(['hour'], 'hour(_1)', '13'),
  ...fields(['minute'], 'minute(_1)', '14'),
  ...fields(['second'], 'second(_1)', '15'),
  ...fields(['millisecond'], 'millisecond(_1) % 1000', '678'),
  {
    name: 'to_milliseconds',
    args: [1, 1],
    sql: 'CAST(epoch_ms(_1) AS BIGINT)',
    example: "to_milliseconds(INTERVAL '2' MINUTE)",
    answer: '120000',
  },
  // How the parser spells INTERVAL '2' DAY and extract(dow FROM x).
  { name: 'to_years', args: [1, 1], example: "DATE '2024-02-29' + INTERVAL '1' YEAR", answer: '2025-02-28' },
  {
    name: 'to_months',
    args: [1, 1],
    example: "DATE '2024-01-31' + INTERVAL '1' MONTH",
    answer: '2024-02-29',
  },
  { name: 'to_weeks', args: [1, 1], example: "DATE '2024-01-31' - INTERVAL '1' WEEK", answer: '2024-01-24' },
  { name: 'to_days', args: [1, 1], example: "DATE '2024-01-31' + INTERVAL '1' DAY", answer: '2024-02-01' },
  { name: 'to_hours', args: [1, 1], example: "INTERVAL '36' HOUR", answer: '1 12:00:00.000' },
  { name: 'to_minutes', args: [1, 1], example: "INTERVAL '90' MINUTE", answer: '0 01:30:00.000' },
  { name: 'to_seconds', args: [1, 1], example: "INTERVAL '1' SECOND", answer: '0 00:00:01.000' },
  { name: 'trunc', args: [1, 1], example: "INTERVAL '2' DAY", answer: '2 00:00:00.000' },
];
