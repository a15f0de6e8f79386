/**
 * What Firehose makes of a row that is not in the one form that our transform writes: numbers as text,
 * timestamps as ISO 8601, booleans as 1 and 0, base64 for URLs, lists as JSON text (Firehose developer guide,
 * "Supported data types"). Rows of our own transform never come here; those of a changed one may.
 */
import { isObject } from './json-row.ts';
import { parseDate, parseTimestamp } from './timestamp.ts';
import type { Field, Type } from './types.ts';

/** The row, in the form that is staged; or why it fits no table of these columns. */
export function fitRow(fields: readonly Field[], line: string): { row: string } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: 'the row is not JSON' };
  }
  if (!isObject(value)) return { fault: 'the row is not one JSON object' };
  try {
    return { row: JSON.stringify(fitFields(fields, value, '')) };
  } catch (error) {
    if (error instanceof Misfit) return { fault: error.message };
    throw error;
  }
}

/** A value that no rule brings into its column. */
class Misfit extends Error {}

/** Unknown members are skipped, as Firehose skips them. */
function fitFields(fields: readonly Field[], row: Record<string, unknown>, prefix: string): object {
  const fitted: Record<string, unknown> = {};
  for (const { name, type, required } of fields) {
    const value = row[name];
    if (value !== undefined && value !== null) fitted[name] = fitValue(type, value, prefix + name);
    else if (required) throw new Misfit(`column ${prefix}${name} is required, but null or absent`);
  }
  return fitted;
}

function fitValue(type: Type, value: unknown, path: string): unknown {
  const fitted = convert(type, value, path);
  if (fitted === undefined) throw new Misfit(`column ${path} cannot take this value: expected ${type.kind}`);
  return fitted;
}

function convert(type: Type, value: unknown, path: string): unknown {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return value === 1 || value === '1' ? true : value === 0 || value === '0' ? false : asBoolean(value);
    case 'int':
    case 'long':
      return integer(value, type.kind === 'int' ? 31n : 63n);
    case 'float':
    case 'double':
      return number(value);
    case 'decimal':
      return decimal(value, type.precision, type.scale);
    case 'date':
      return date(value);
    case 'timestamp':
    case 'timestamptz':
      return timestamp(value);
    case 'binary':
      return binary(value);
    case 'struct': {
      const parsed = parsedText(value);
      return isObject(parsed) ? fitFields(type.fields, parsed, `${path}.`) : undefined;
    }
    case 'list': {
      const parsed = parsedText(value);
      if (!Array.isArray(parsed)) return undefined;
      return parsed.map((item) => (item === null ? null : fitValue(type.element, item, `${path}.element`)));
    }
    case 'map': {
      const parsed = parsedText(value);
      if (!isObject(parsed)) return undefined;
      return Object.fromEntries(
        Object.entries(parsed).map(([key, item]) => [
          key,
          item === null ? null : fitValue(type.value, item, path),
        ]),
      );
    }
  }
}

function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function integer(value: unknown, bits: bigint): number | string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) return undefined;
  const exact = BigInt(text);
  if (exact < -(2n ** bits) || exact >= 2n ** bits) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact.toString();
}

function number(value: unknown): number | string | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  if (['NaN', 'Infinity', '-Infinity'].includes(value)) return value;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

function decimal(value: unknown, precision: number, scale: number): string | undefined {
  const match = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(String(value));
  if (match === null || !/\d/.test(String(value))) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole.length > precision - scale || fraction.length > scale) return undefined;
  return `${sign}${whole || '0'}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`;
}

function date(value: unknown): string | undefined {
  if (typeof value === 'string') return parseDate(value) === undefined ? undefined : value;
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 1e8) return undefined;
  return new Date(value * 86_400_000).toISOString().slice(0, 10);
}

function timestamp(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return parseTimestamp(value) ?? parseTimestamp(`${value}Z`);
}

function binary(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_\s-]*={0,2}\s*$/.test(value)) return undefined;
  return Buffer.from(value, 'base64').toString('base64');
}

function parsedText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
