/** DuckDB's values and types as Athena's ResultSet prints them (every value is text, NULL is absent). */
import {
  DuckDBArrayType,
  type DuckDBBlobValue,
  type DuckDBDateValue,
  DuckDBDecimalType,
  type DuckDBIntervalValue,
  DuckDBListType,
  type DuckDBListValue,
  DuckDBMapType,
  type DuckDBMapValue,
  DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue,
  type DuckDBTimestampTZValue,
  type DuckDBTimestampValue,
  type DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';

/** A column of a result, as GetQueryResults tells it. */
export interface ColumnInfo {
  name: string;
  /** Athena's type name, without parameters. */
  type: string;
  precision: number;
  scale: number;
}

export function columnInfo(name: string, type: DuckDBType): ColumnInfo {
  if (type instanceof DuckDBDecimalType) {
    return { name, type: 'decimal', precision: type.width, scale: type.scale };
  }
  if (type.alias === 'JSON') return { name, type: 'json', precision: 0, scale: 0 };
  const [athena, precision] = types[type.typeId] ?? ['varchar', 2147483647];
  return { name, type: athena, precision, scale: 0 };
}

const types: Partial<Record<DuckDBTypeId, readonly [type: string, precision: number]>> = {
  [DuckDBTypeId.BOOLEAN]: ['boolean', 0],
  [DuckDBTypeId.TINYINT]: ['tinyint', 3],
  [DuckDBTypeId.SMALLINT]: ['smallint', 5],
  [DuckDBTypeId.INTEGER]: ['integer', 10],
  [DuckDBTypeId.BIGINT]: ['bigint', 19],
  [DuckDBTypeId.UBIGINT]: ['bigint', 19],
  [DuckDBTypeId.HUGEINT]: ['decimal', 38],
  [DuckDBTypeId.FLOAT]: ['float', 17],
  [DuckDBTypeId.DOUBLE]: ['double', 17],
  [DuckDBTypeId.DATE]: ['date', 0],
  [DuckDBTypeId.TIME]: ['time', 3],
  [DuckDBTypeId.TIMESTAMP]: ['timestamp', 6],
  [DuckDBTypeId.TIMESTAMP_MS]: ['timestamp', 3],
  [DuckDBTypeId.TIMESTAMP_TZ]: ['timestamp with time zone', 3],
  [DuckDBTypeId.INTERVAL]: ['interval day to second', 0],
  [DuckDBTypeId.BLOB]: ['varbinary', 1073741824],
  [DuckDBTypeId.LIST]: ['array', 0],
  [DuckDBTypeId.ARRAY]: ['array', 0],
  [DuckDBTypeId.STRUCT]: ['row', 0],
  [DuckDBTypeId.MAP]: ['map', 0],
  [DuckDBTypeId.SQLNULL]: ['unknown', 0],
};

export type Formatter = (value: DuckDBValue) => string | null;

/** Values of a type as text; null stays null. Inside arrays, maps and rows text stands unquoted, null is `null`. */
export function formatter(type: DuckDBType): Formatter {
  const format = notNull(type);
  return (value) => (value === null || value === undefined ? null : format(value));
}

function notNull(type: DuckDBType): (value: DuckDBValue) => string {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const item = inner(type.valueType);
    return (value) => `[${(value as DuckDBListValue).items.map(item).join(', ')}]`;
  }
  if (type instanceof DuckDBMapType) {
    const [key, item] = [inner(type.keyType), inner(type.valueType)];
    return (value) =>
      `{${(value as DuckDBMapValue).entries.map((entry) => `${key(entry.key)}=${item(entry.value)}`).join(', ')}}`;
  }
  if (type instanceof DuckDBStructType) {
    const items = type.entryTypes.map(inner);
    const names = type.entryNames;
    return (value) => {
      const values = Object.values((value as DuckDBStructValue).entries);
      return `{${items.map((item, at) => `${names[at]}=${item(values[at] ?? null)}`).join(', ')}}`;
    };
  }
  return scalars[type.typeId] ?? String;
}

function inner(type: DuckDBType): (value: DuckDBValue) => string {
  const format = formatter(type);
  return (value) => format(value) ?? 'null';
}

const scalars: Partial<Record<DuckDBTypeId, (value: DuckDBValue) => string>> = {
  [DuckDBTypeId.FLOAT]: (value) => formatDouble(Number(Math.fround(value as number).toPrecision(7))),
  [DuckDBTypeId.DOUBLE]: (value) => formatDouble(value as number),
  [DuckDBTypeId.TIMESTAMP]: (value) => timestamp((value as DuckDBTimestampValue).micros, 6),
  [DuckDBTypeId.TIMESTAMP_MS]: (value) =>
    timestamp((value as DuckDBTimestampMillisecondsValue).millis * 1000n, 3),
  [DuckDBTypeId.TIMESTAMP_TZ]: (value) => {
    const { micros } = value as DuckDBTimestampTZValue;
    return `${timestamp(micros, micros % 1000n === 0n ? 3 : 6)} UTC`;
  },
  [DuckDBTypeId.DATE]: (value) => timestamp(BigInt((value as DuckDBDateValue).days) * dayMicros, 0),
  [DuckDBTypeId.TIME]: (value) => timestamp((value as DuckDBTimeValue).micros, 3).slice(-12),
  [DuckDBTypeId.BLOB]: (value) =>
    Array.from((value as DuckDBBlobValue).bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' '),
  [DuckDBTypeId.INTERVAL]: (value) => interval(value as DuckDBIntervalValue),
};

/** As Java's Double.toString: plain from 0.001 up to 10^7, else `1.0E10`. */
function formatDouble(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7))
    return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

const dayMicros = 86_400_000_000n;
const pad = (size: number) => Array.from({ length: 10 ** size }, (_, n) => String(n).padStart(size, '0'));
const [two, three] = [pad(2), pad(3)];
/** Neighbouring rows are mostly of one day. */
let lastDay = { day: 0, text: '1970-01-01' };

/** Wall-clock text of microseconds since 1970 in UTC: the date alone, or with 3 or 6 digits of a second. */
function timestamp(micros: bigint, digits: 0 | 3 | 6): string {
  const inDay = Number(micros % dayMicros);
  const before = inDay < 0;
  const day = Number(micros / dayMicros) - (before ? 1 : 0);
  const date = dateText(day);
  if (digits === 0) return date;
  const rest = before ? inDay + Number(dayMicros) : inDay;
  const seconds = Math.floor(rest / 1e6);
  const clock = `${two[Math.floor(seconds / 3600)]}:${two[Math.floor(seconds / 60) % 60]}:${two[seconds % 60]}`;
  const millis = `${date} ${clock}.${three[Math.floor(rest / 1000) % 1000]}`;
  return digits === 3 ? millis : millis + three[rest % 1000];
}

function dateText(day: number): string {
  if (lastDay.day !== day) {
    const iso = new Date(day * 86_400_000).toISOString();
    lastDay = { day, text: iso.slice(0, iso.indexOf('T')).replace(/^\+0*/, '') };
  }
  return lastDay.text;
}

/** `2 03:04:05.678`, or `1-2` for years and months. */
function interval({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0 && days === 0 && micros === 0n) {
    return `${months < 0 ? '-' : ''}${Math.trunc(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;
  }
  const total = BigInt(days) * dayMicros + micros;
  const size = total < 0n ? -total : total;
  const time = timestamp(size % dayMicros, 3).slice(-12);
  return `${total < 0n ? '-' : ''}${size / dayMicros} ${time}`;
}
