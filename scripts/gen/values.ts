/**
 * Made-up values for a column that nothing is known about but its contract.
 *
 * The contract's `generate` may say how, else the type decides:
 * - `internet.ipv4`: any faker function without arguments; 500 values are drawn once, then used again and again;
 * - `string.uuid`: a new UUID for every event;
 * - `oneOf(US, UK, SG)`: one of these, the first ones more often;
 * - `between(50, 300)`: a number in this range;
 * - `key(user-, 500)`: `user-1` to `user-500`, the first ones more often.
 *
 * Values are raw: times as ms since 1970, dates as days, decimals as numbers, binary as bytes.
 */
import { faker } from '@faker-js/faker/locale/en';
import type { Field, Type } from '../../lake/types.ts';
import { type Random, Zipf } from './random.ts';

/** Makes one raw value; `at` is the event's time in ms since 1970. */
export type Make = (random: Random, at: number) => unknown;

const poolSize = 500;

/** How values of this column are made. Throws if its `generate` is neither a faker function nor a rule. */
export function compileValue(field: Pick<Field, 'name' | 'type' | 'generate'>): Make {
  if (field.generate === undefined) return byType(field.type, field.name);
  if (field.generate === 'string.uuid') return (random) => random.uuid();
  const make = byRule(field.generate) ?? fromFaker(field.generate);
  if (make === undefined) {
    throw new Error(
      `field "${field.name}": "generate" is "${field.generate}"; expected a faker function such as internet.ipv4, ` +
        'oneOf(a, b, …), between(min, max) or key(prefix, count)',
    );
  }
  return (random, at) => asColumn(make(random, at), field);
}

function byRule(text: string): Make | undefined {
  const [, rule, list = ''] = /^(oneOf|between|key)\((.*)\)$/.exec(text) ?? [];
  const args = list.split(',').map((arg) => arg.trim());
  if (rule === 'oneOf') return oneOf(args);
  const [first = '', second = ''] = args;
  const limit = Number(second);
  if (rule === 'between' && Number.isFinite(limit) && limit >= Number(first)) {
    return (random) => Number(first) + (limit - Number(first)) * random.float();
  }
  if (rule === 'key' && Number.isInteger(limit) && limit > 0) {
    const popularity = new Zipf(limit);
    return (random) => first + (popularity.next(random) + 1);
  }
  return undefined;
}

function oneOf(values: readonly unknown[]): Make {
  return (random) => values[Math.floor(values.length * random.float() ** 1.5)];
}

function fromFaker(path: string): Make | undefined {
  const [module = '', name = '', ...rest] = path.split('.');
  const owner = (faker as unknown as Record<string, Record<string, unknown> | undefined>)[module];
  const draw = owner?.[name];
  if (rest.length > 0 || typeof draw !== 'function') return undefined;
  const pool = Array.from({ length: poolSize }, () => draw.call(owner) as unknown);
  return (random) => random.pick(pool);
}

function byType(type: Type, name: string): Make {
  switch (type.kind) {
    case 'boolean':
      return (random) => random.chance(0.5);
    case 'int':
    case 'long':
      return (random) => Math.floor(1000 * random.float() ** 2);
    case 'float':
    case 'double':
      return (random) => random.below(100_000) / 100;
    case 'decimal': {
      const digits = Math.min(type.precision - type.scale, 4);
      return (random) => 10 ** digits * random.float() ** 2 * 0.99;
    }
    case 'string':
      if (type.uuid) return (random) => random.uuid();
      return type.symbols === undefined ? fromFaker('word.noun')! : oneOf(type.symbols);
    case 'binary':
      return (random) => Buffer.from(random.uuid().slice(0, 8));
    case 'date':
      return (_, at) => Math.floor(at / 86_400_000);
    case 'timestamp':
    case 'timestamptz':
      return (_, at) => at;
    case 'list': {
      const element = byType(type.element, `${name}.element`);
      return (random, at) => Array.from({ length: random.below(4) }, () => element(random, at));
    }
    case 'map': {
      const value = byType(type.value, `${name}.value`);
      const keys = ['first', 'second', 'third'];
      return (random, at) =>
        Object.fromEntries(keys.slice(0, random.below(4)).map((key) => [key, value(random, at)]));
    }
    case 'struct': {
      const members = type.fields.map((field) => ({ field, make: compileValue(field) }));
      return (random, at) =>
        Object.fromEntries(members.map(({ field, make }) => [field.name, make(random, at)]));
    }
  }
}

/** What a rule or faker gave, as the column's type needs it. */
function asColumn(
  value: unknown,
  { name, type, generate }: Pick<Field, 'name' | 'type' | 'generate'>,
): unknown {
  switch (type.kind) {
    case 'string':
      return value instanceof Date ? value.toISOString() : String(value);
    case 'boolean':
      return value === true || value === 'true';
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'decimal':
    case 'date':
    case 'timestamp':
    case 'timestamptz': {
      const time = type.kind === 'timestamp' || type.kind === 'timestamptz' || type.kind === 'date';
      const number = time && !(value instanceof Date) ? Date.parse(String(value)) : Number(value);
      if (Number.isNaN(number)) {
        throw new Error(
          `field "${name}" is ${type.kind}, but "generate": "${generate}" gave ${String(value)}`,
        );
      }
      if (type.kind === 'date') return Math.floor(number / 86_400_000);
      return type.kind === 'int' || type.kind === 'long' ? Math.round(number) : number;
    }
    default:
      throw new Error(
        `field "${name}" is a ${type.kind}; "generate" is for single values: set it on the members`,
      );
  }
}
