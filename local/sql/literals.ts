/** Formats, paths and patterns that Athena and DuckDB spell differently: literal in, literal out. */
import { SqlError } from './errors.ts';

export type LiteralKind = 'mysql-format' | 'joda-format' | 'json-path' | 'regex-replacement';

/** Throws a SqlError where the literal asks for something that has no counterpart. */
export function convertLiteral(kind: LiteralKind, text: string): string {
  switch (kind) {
    case 'mysql-format':
      return mysqlFormat(text);
    case 'joda-format':
      return jodaFormat(text);
    case 'json-path':
      return jsonPath(text);
    case 'regex-replacement':
      return regexReplacement(text);
  }
}

/** Trino's date_format letters (MySQL's) → strftime's. */
const mysqlLetters: Readonly<Record<string, string>> = {
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  v: '%V',
  W: '%A',
  x: '%G',
  Y: '%Y',
  y: '%y',
  '%': '%%',
};

function mysqlFormat(text: string): string {
  return text.replaceAll(/%(.?)/gs, (whole, letter: string) => {
    const format = mysqlLetters[letter];
    if (format !== undefined) return format;
    // Trino prints an unknown letter as itself, but refuses these.
    if ('DUuVwX'.includes(letter)) {
      throw new SqlError(
        'INVALID_VALUE',
        `${whole} in date format "${text}" is not supported by Athena either`,
      );
    }
    return letter;
  });
}

const jodaLetters: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  YYYY: '%Y',
  y: '%-Y',
  yy: '%y',
  xxxx: '%G',
  MMMM: '%B',
  MMM: '%b',
  MM: '%m',
  M: '%-m',
  dd: '%d',
  d: '%-d',
  EEEE: '%A',
  EEE: '%a',
  E: '%a',
  e: '%u',
  ww: '%V',
  DDD: '%j',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  ss: '%S',
  SSS: '%g',
  SSSSSS: '%f',
  a: '%p',
};

function jodaFormat(text: string): string {
  return text.replaceAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|%/g, (run, quoted: string | undefined) => {
    if (run === "''") return "'";
    if (quoted !== undefined) return quoted.replaceAll("''", "'").replaceAll('%', '%%');
    if (run === '%') return '%%';
    const format = jodaLetters[run];
    if (format !== undefined) return format;
    throw new SqlError(
      'NOT_SUPPORTED',
      `"${run}" in the format "${text}" does not run locally; supported: ${Object.keys(jodaLetters).join(' ')}`,
    );
  });
}

/** `$.a['b'][0]` → `$."a"."b"[0]`; a path without `$` is an error in Athena, and so here. */
function jsonPath(text: string): string {
  const steps = /^\$((?:\.[\p{L}\p{N}_-]+|\."[^"]+"|\['[^']+'\]|\["[^"]+"\]|\[\d+\])*)$/u.exec(text)?.[1];
  if (steps === undefined) {
    throw new SqlError(
      'INVALID_VALUE',
      `JSON path ${text}: expected $ with steps .name, ['name'] or [index]`,
    );
  }
  return `$${steps.replaceAll(
    /\.([^."[\]]+)|\.("[^"]+")|\['([^']+)'\]|\["([^"]+)"\]/g,
    (_, bare, quoted, single, double) =>
      quoted === undefined ? `."${bare ?? single ?? double}"` : `.${quoted}`,
  )}`;
}

/** Java's `$1` → RE2's `\1`. */
function regexReplacement(text: string): string {
  return text.replaceAll(
    /\\(.)|\$(\d)|\$\{|\\/gs,
    (found, escaped: string | undefined, group: string | undefined) => {
      if (group !== undefined) return `\\${group}`;
      if (escaped !== undefined) return escaped === '\\' ? '\\\\' : escaped;
      throw new SqlError('NOT_SUPPORTED', `"${found}" in the replacement "${text}": write groups as $1`);
    },
  );
}
