/**
 * Decoded Avro event → row. Avro has checked the types already; what is left is to spell the values as
 * Firehose takes them, and the limits that the binary form cannot express.
 */
import { Rejection } from './errors.ts';
import { inRange, wellFormed } from './json-row.ts';
import type { Field, Row, Type } from './types.ts';

type Convert = (value: unknown) => unknown;

/**
 * Like `compileRow` of json-row.ts, for values as avsc decodes them: longs as bigint, bytes as Buffer,
 * timestamps in the schema's unit. `micros` says for each timestamp field how many µs its unit has.
 */
export function compileAvroRow(
  fields: readonly Field[],
  avro: AvroFields,
): (event: Record<string, unknown>) => Row | Rejection {
  const columns = fields.map((field) => ({
    ...field,
    convert: compileType(field.type, avro.fields.find((f) => f.name === field.name)?.type),
  }));
  return (event) => {
    const row: Row = {};
    for (const { name, required, convert } of columns) {
      const value = event[name];
      if (value === undefined || value === null) {
        if (required) return new Rejection('missing_field', 'required, but absent', name);
        continue;
      }
      const converted = convert(value);
      if (converted instanceof Rejection) return converted.within(name);
      row[name] = converted;
    }
    return row;
  };
}

/** As much of an Avro record schema as is needed to find the unit of its timestamps. */
export interface AvroFields {
  fields: readonly { name: string; type: unknown }[];
}

function compileType(type: Type, avro: unknown): Convert {
  const schema = branch(avro);
  switch (type.kind) {
    case 'long':
      return (value) => shortestLong(value as bigint);
    case 'float':
    case 'double':
      // JSON has no NaN and no infinities; Firehose takes numeric text for a number.
      return (value) => (Number.isFinite(value) ? value : String(value));
    case 'string':
      return (value) => wellFormed(value as string);
    case 'binary':
      return (value) => Buffer.from(value as Uint8Array).toString('base64');
    case 'date':
      return (value) => isoDate(value as number);
    case 'decimal':
      return (value) => decimalText(value as Uint8Array, type.precision, type.scale);
    case 'timestamp':
    case 'timestamptz': {
      const unit = schema.logicalType === 'timestamp-millis' ? 1000 : 1;
      return (value) => inRange(Number(value) * unit);
    }
    case 'struct':
      return compileAvroRow(type.fields, schema as unknown as AvroFields) as Convert;
    case 'list': {
      const convert = compileType(type.element, schema.items);
      return (value) => each(value as unknown[], convert);
    }
    case 'map': {
      const convert = compileType(type.value, schema.values);
      return (value) => {
        const source = value as Record<string, unknown>;
        const keys = Object.keys(source);
        const items = each(
          keys.map((key) => source[key]),
          convert,
        );
        if (items instanceof Rejection) return items;
        return Object.fromEntries(keys.map((key, i) => [key, items[i]]));
      };
    }
    default:
      return (value) => value;
  }
}

interface Schema {
  logicalType?: string;
  items?: unknown;
  values?: unknown;
}

/** The schema itself, or the branch of a union that is not null; nested `{"type": {…}}` is unwrapped. */
function branch(avro: unknown): Schema {
  const one = Array.isArray(avro) ? avro.find((item) => item !== 'null') : avro;
  if (typeof one !== 'object' || one === null) return {};
  const inner = (one as { type?: unknown }).type;
  return typeof inner === 'object' && inner !== null ? branch(inner) : (one as Schema);
}

function each(values: readonly unknown[], convert: Convert): unknown[] | Rejection {
  const items: unknown[] = [];
  for (const [i, value] of values.entries()) {
    const item = value === null ? null : convert(value);
    if (item instanceof Rejection) return item.within(String(i));
    items.push(item);
  }
  return items;
}

function shortestLong(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

const maxDays = Date.UTC(9999, 11, 31) / 86_400_000;
const minDays = Date.parse('0001-01-01T00:00:00Z') / 86_400_000;

function isoDate(days: number): string | Rejection {
  if (days < minDays || days > maxDays)
    return new Rejection('out_of_range', 'expected a date from 0001 to 9999');
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** Two's-complement big-endian bytes → decimal text (Avro specification, "Decimal"). */
function decimalText(bytes: Uint8Array, precision: number, scale: number): string | Rejection {
  const unsigned = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const unscaled = BigInt.asIntN(Math.max(8, bytes.length * 8), unsigned);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  if (digits.replace(/^0+/, '').length > precision) {
    return new Rejection('out_of_range', `expected a decimal of at most ${precision} digits`);
  }
  const cut = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return unscaled < 0n ? `-${text}` : text;
}
