/**
 * JSON event → row: each column's value is checked against its type and brought into the form that Firehose
 * takes for it (lower-case keys, integer microseconds, decimals as text, bytes as base64).
 *
 * A contract is compiled once into a tree of closures; an event then costs one pass and no exceptions.
 */
import { kindOf, Rejection } from './errors.ts';
import { maxMicros, parseDate, parseTimestamp } from './timestamp.ts';
import type { EpochUnit, Field, Row, Type } from './types.ts';

/** A JSON value → the row's value, or why it is none. Never called with null or undefined. */
export type Convert = (value: unknown) => unknown;

/** The row of these fields, in their order; absent and null optional fields are left out. */
export function compileRow(fields: readonly Field[]): (event: Record<string, unknown>) => Row | Rejection {
  const columns = fields.map((field) => ({ ...field, convert: compileType(field.type) }));
  return (event) => {
    const row: Row = {};
    for (const { name, aliases, required, convert } of columns) {
      let value = event[name];
      for (let i = 0; value === undefined && i < aliases.length; i++) value = event[aliases[i]!];
      if (value === undefined || value === null) {
        if (required) return missing(name, value);
        continue;
      }
      const converted = convert(value);
      // Most values are no objects, and `instanceof` is slow.
      if (typeof converted === 'object' && converted instanceof Rejection) return converted.within(name);
      row[name] = converted;
    }
    return row;
  };
}

function missing(name: string, value: null | undefined): Rejection {
  return new Rejection('missing_field', `required, but ${value === null ? 'null' : 'absent'}`, name);
}

function compileType(type: Type): Convert {
  switch (type.kind) {
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : wrongType('true or false', value));
    case 'int':
      return (value) => integer(value, -2147483648, 2147483647, 'a 32-bit integer');
    case 'long':
      return long;
    case 'float':
      return (value) => float(value, Math.fround);
    case 'double':
      return (value) => float(value, (number) => number);
    case 'string':
      return text(type);
    case 'binary':
      return base64;
    case 'date':
      return date;
    case 'decimal':
      return decimal(type.precision, type.scale);
    case 'timestamp':
    case 'timestamptz':
      return timestamp(type.epoch);
    case 'struct': {
      const row = compileRow(type.fields);
      return (value) => (isObject(value) ? row(value) : wrongType('an object', value));
    }
    case 'list':
      return list(compileType(type.element), type.elementRequired);
    case 'map':
      return map(compileType(type.value), type.valueRequired);
  }
}

/** Whether a JSON value is an object (not null, not an array). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wrongType(expected: string, value: unknown): Rejection {
  return new Rejection('wrong_type', `expected ${expected}, got ${kindOf(value)}`);
}

function integer(value: unknown, min: number, max: number, what: string): number | Rejection {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(what, value);
  if (value < min || value > max) return new Rejection('out_of_range', `expected ${what}`);
  return value;
}

const minLong = -(2n ** 63n);
const maxLong = 2n ** 63n - 1n;

/** A 64-bit integer: a safe JSON number, or decimal text for all of the range. */
function long(value: unknown): unknown {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return wrongType('an integer', value);
    if (!Number.isSafeInteger(value)) {
      return new Rejection('unsafe_integer', 'beyond ±(2^53 - 1) digits may be lost: send it as a string');
    }
    return value;
  }
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) {
    return wrongType('an integer, or one as a string', value);
  }
  const exact = BigInt(value);
  if (exact < minLong || exact > maxLong) return new Rejection('out_of_range', 'expected a 64-bit integer');
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact.toString();
}

/** `1e999` is legal JSON that parses as infinity, so the range is checked for doubles too. */
function float(value: unknown, round: (number: number) => number): unknown {
  if (typeof value !== 'number') return wrongType('a number', value);
  return Number.isFinite(round(value)) ? value : new Rejection('out_of_range', 'expected a finite number');
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function text(type: Type & { kind: 'string' }): Convert {
  if (type.symbols !== undefined) {
    const symbols = new Set(type.symbols);
    const expected = `one of ${type.symbols.join(', ')}`;
    return (value) => {
      if (typeof value !== 'string') return wrongType('a string', value);
      return symbols.has(value)
        ? value
        : new Rejection('bad_value', `expected ${expected}, got ${kindOf(value)}`);
    };
  }
  if (type.uuid) {
    return (value) => {
      if (typeof value !== 'string') return wrongType('a UUID', value);
      return uuidPattern.test(value)
        ? value.toLowerCase()
        : new Rejection('bad_value', `expected a UUID, got ${kindOf(value)}`);
    };
  }
  return (value) => (typeof value === 'string' ? wellFormed(value) : wrongType('a string', value));
}

/** Half a surrogate pair is legal in a JSON string but has no UTF-8, so it cannot be stored as it came. */
export function wellFormed(value: string): string | Rejection {
  return value.isWellFormed()
    ? value
    : new Rejection('bad_value', 'expected text without unpaired surrogates');
}

function base64(value: unknown): unknown {
  if (typeof value !== 'string') return wrongType('bytes as base64', value);
  const bytes = Buffer.from(value, 'base64');
  const canonical = bytes.toString('base64');
  return canonical.replace(/=+$/, '') === value.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/')
    ? canonical
    : new Rejection('bad_value', 'expected bytes as base64');
}

function date(value: unknown): unknown {
  if (typeof value !== 'string') return wrongType('a date as YYYY-MM-DD', value);
  return parseDate(value) === undefined
    ? new Rejection('bad_value', `expected a date as YYYY-MM-DD, got ${kindOf(value)}`)
    : value;
}

/** A decimal: text, or a JSON number of at most 15 digits (more than that a double does not hold exactly). */
function decimal(precision: number, scale: number): Convert {
  const expected = `a decimal of at most ${precision - scale} digits before and ${scale} after the point`;
  return (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return wrongType(expected, value);
    const plain = typeof value === 'number' ? plainNumber(value) : value;
    const match = plain === undefined ? null : /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(plain);
    if (match === null || plain === '' || plain === '-' || plain === '.' || plain === '-.') {
      const digits = typeof value === 'number' ? ' as a string: this number has more than 15 digits' : '';
      return new Rejection('bad_value', `expected ${expected}${digits}`);
    }
    const [, sign = '', whole = '', fraction = ''] = match;
    if (whole.length > precision - scale || fraction.length > scale) {
      return new Rejection('out_of_range', `expected ${expected}`);
    }
    const body = (whole === '' ? '0' : whole) + (scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`);
    return sign !== '' && /[1-9]/.test(body) ? `-${body}` : body;
  };
}

/** A number without exponent, if at most 15 digits say it exactly. */
function plainNumber(value: number): string | undefined {
  const shortest = String(value);
  if (/^-?\d+(\.\d+)?$/.test(shortest))
    return shortest.replace(/[-.]/g, '').length <= 15 ? shortest : undefined;
  const small = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(shortest);
  if (small === null) return undefined;
  const [, sign = '', head = '', tail = '', exponent = '0'] = small;
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${head}${tail}`;
}

const unitMicros: Record<EpochUnit, number> = { s: 1e6, ms: 1e3, us: 1 };

function timestamp(epoch: EpochUnit | undefined): Convert {
  const expected =
    epoch === undefined
      ? 'an ISO 8601 timestamp with Z or an offset, as a string'
      : `an ISO 8601 timestamp with Z or an offset, or a number of ${epoch} since 1970`;
  return (value) => {
    let micros: number | undefined;
    if (typeof value === 'string') {
      micros = parseTimestamp(value);
      if (micros === undefined)
        return new Rejection('bad_timestamp', `expected ${expected}, got ${kindOf(value)}`);
    } else if (typeof value === 'number' && epoch !== undefined) {
      micros = Math.round(value * unitMicros[epoch]);
    } else {
      return wrongType(expected, value);
    }
    return inRange(micros);
  };
}

/** Timestamps before 1970 or after 2100 are some other unit, or a broken clock. */
export function inRange(micros: number): number | Rejection {
  return micros >= 0 && micros < maxMicros
    ? micros
    : new Rejection('timestamp_range', 'expected a time from 1970 to 2100');
}

function list(convert: Convert, required: boolean): Convert {
  return (value) => {
    if (!Array.isArray(value)) return wrongType('an array', value);
    const items: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = member(value[i], convert, required);
      if (item instanceof Rejection) return item.within(String(i));
      items.push(item);
    }
    return items;
  };
}

function map(convert: Convert, required: boolean): Convert {
  return (value) => {
    if (!isObject(value)) return wrongType('an object', value);
    const entries: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(value)) {
      const name = wellFormed(key);
      if (name instanceof Rejection) return name;
      const item = member(value[key], convert, required);
      // The key itself is the producer's text, so it is not named.
      if (item instanceof Rejection) return item.within('value');
      entries[key] = item;
    }
    return entries;
  };
}

/** An element of a list or a value of a map: null only where the contract allows it. */
function member(value: unknown, convert: Convert, required: boolean): unknown {
  if (value !== null && value !== undefined) return convert(value);
  return required ? new Rejection('missing_field', 'required, but null') : null;
}
