/**
 * Timestamps between JSON and Iceberg: microseconds since 1970, UTC, as a safe integer (the year 2100 is
 * 4.1e15, well below 2^53).
 */

/** First microsecond of the year 2101: results at or past it are refused. */
export const maxMicros = Date.UTC(2101, 0, 1) * 1000;
export const microsPerDay = 86_400_000_000;

const scales = [1, 10, 100, 1000, 10_000, 100_000];
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Microseconds of an ISO 8601 date and time with `Z` or an offset: `2026-11-22T10:00:00Z`,
 * `2026-11-22T10:00:00.123456789+01:00`. Up to nine fraction digits, cut to microseconds.
 * Undefined for anything else: no zone, a 61st second, 30 February.
 */
export function parseTimestamp(text: string): number | undefined {
  if (text.length < 20 || text.length > 35) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  if ((year | month | day | hour | minute | second) < 0) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') {
    return undefined;
  }
  if (month < 1 || month > 12 || day < 1 || day > lastDay(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;

  let at = 19;
  let micros = 0;
  if (text[at] === '.') {
    const start = ++at;
    while (isDigit(text.charCodeAt(at))) at++;
    const length = at - start;
    if (length < 1 || length > 9) return undefined;
    micros = digits(text, start, Math.min(length, 6)) * scales[Math.max(0, 6 - length)]!;
  }
  const offset = zoneMinutes(text, at);
  if (offset === undefined) return undefined;
  return (Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000) * 1000 + micros;
}

/** Minutes east of UTC of the zone that ends the text at `at`; undefined if it is no zone. */
function zoneMinutes(text: string, at: number): number | undefined {
  const sign = text[at];
  if (sign === 'Z') return text.length === at + 1 ? 0 : undefined;
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return undefined;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  if (hours < 0 || minutes < 0 || hours > 18 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** Days since 1970 of `2026-11-22`; undefined for anything else. */
export function parseDate(text: string): number | undefined {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if ((year | month | day) < 0) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > lastDay(year, month)) return undefined;
  // Date.UTC reads years below 100 as 19xx; none of them is a date that an event happened on.
  return year < 100 ? undefined : Date.UTC(year, month - 1, day) / 86_400_000;
}

/** The value of `length` decimal digits at `at`, or -1. */
function digits(text: string, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 48;
  }
  return value;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function lastDay(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return daysInMonth[month - 1]!;
}
