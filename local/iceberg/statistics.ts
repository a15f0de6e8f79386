/** DuckDB's `RETURN_STATS` of a written Parquet file as Iceberg's column metrics. */
import { Buffer } from 'node:buffer';
import { type IcebergSchema, parseDecimalType } from '../../lake/iceberg.ts';
import { lowerBound, upperBound } from './bounds.ts';
import { leaves } from './schema.ts';
import type { DataFile, Value } from './types.ts';

/** Column path, quoted and joined by dots (`"event"."amount"`) → statistic → its text. */
export type ColumnStatistics = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type ColumnMetrics = Required<
  Pick<
    DataFile,
    'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'
  >
>;

/**
 * Metrics by field id. Values inside lists and maps get sizes only: DuckDB counts an empty list as a value,
 * and no reader looks for bounds there. `withNan`: ids of float and double columns that may hold a NaN (DuckDB's own `has_nan` tells of a
 * file's last row group only).
 */
export function columnMetrics(
  statistics: ColumnStatistics,
  schema: IcebergSchema,
  withNan: ReadonlySet<number>,
): ColumnMetrics {
  const metrics = {
    columnSizes: new Map<number, number>(),
    valueCounts: new Map<number, number>(),
    nullValueCounts: new Map<number, number>(),
    nanValueCounts: new Map<number, number>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  };
  for (const { id, type, path, repeated } of leaves(schema)) {
    const column = statistics.get(path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'));
    if (column === undefined) continue;
    setCount(metrics.columnSizes, id, column.get('column_size_bytes'));
    if (repeated) continue;
    setCount(metrics.valueCounts, id, column.get('num_values'));
    setCount(metrics.nullValueCounts, id, column.get('null_count'));
    if ((type === 'float' || type === 'double') && !withNan.has(id)) metrics.nanValueCounts.set(id, 0);
    const lower = parseStatistic(type, column.get('min'));
    if (lower !== undefined) metrics.lowerBounds.set(id, lowerBound(type, zeroAs(-0, lower)));
    const upper = parseStatistic(type, column.get('max'));
    const upperBytes = upper === undefined ? undefined : upperBound(type, zeroAs(0, upper));
    if (upperBytes !== undefined) metrics.upperBounds.set(id, upperBytes);
  }
  return metrics;
}

function setCount(counts: Map<number, number>, id: number, text: string | undefined): void {
  if (text !== undefined) counts.set(id, Number(text));
}

/** -0 sorts before 0 in Iceberg, and DuckDB does not tell which of the two it saw first. */
function zeroAs(zero: number, value: Value): Value {
  return value === 0 ? zero : value;
}

/**
 * A `min` or `max` text as a value; undefined where there is none or its form is unknown (infinite timestamps):
 * then the column has no bound, which is always right. The session's time zone must be UTC.
 */
export function parseStatistic(type: string, text: string | undefined): Value | undefined {
  if (text === undefined) return undefined;
  switch (type) {
    case 'boolean':
      return text === '1' || text === 'true';
    case 'int':
      return Number(text);
    case 'long':
      return BigInt(text);
    case 'float':
    case 'double':
      return parseFloating(text);
    case 'string':
      return text;
    case 'binary':
      return Buffer.from(text, 'hex');
    case 'date': {
      const micros = parseMicros(text);
      return micros === undefined ? undefined : Number(micros / 86_400_000_000n);
    }
    case 'timestamp':
    case 'timestamptz':
      return parseMicros(text);
    default: {
      const decimal = parseDecimalType(type);
      if (decimal === undefined) return undefined;
      const fraction = (text.split('.')[1] ?? '').padEnd(decimal.scale, '0');
      return BigInt(text.split('.')[0] + fraction);
    }
  }
}

function parseFloating(text: string): number | undefined {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

const TIMESTAMP =
  /^(\d{4,6})-(\d\d)-(\d\d)( \(BC\))?(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00)?( \(BC\))?)?$/;

/** Microseconds since 1970 of DuckDB's text of a date or timestamp: `0045-03-15 (BC) 00:00:00.5`. */
function parseMicros(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, beforeChrist, hour, minute, second, fraction, alsoBeforeChrist] = match;
  // The year before 1 AD is 1 BC: year 0 of the astronomers.
  const astronomical = beforeChrist || alsoBeforeChrist ? 1 - Number(year) : Number(year);
  const days = daysSinceEpoch(astronomical, Number(month), Number(day));
  const seconds = BigInt(Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0));
  return (BigInt(days) * 86_400n + seconds) * 1_000_000n + BigInt((fraction ?? '').padEnd(6, '0'));
}

/** Howard Hinnant's days-from-civil: `Date` ends in the year 275760, timestamps go on. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
