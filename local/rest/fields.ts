/** Members of a request's JSON, checked: a refusal names the member, what is expected and what kind came. */
import { kindOf } from '../../lake/errors.ts';
import { badRequest } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown, where: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw wrong(where, 'an object', value);
}

export function objectAt(json: Json, name: string): Json {
  return asObject(json[name], name);
}

export function textAt(json: Json, name: string): string {
  const value = json[name];
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, 'a string that is not empty', value);
}

export function optionalTextAt(json: Json, name: string): string | undefined {
  return isAbsent(json[name]) ? undefined : textAt(json, name);
}

/** A whole number that doubles hold exactly, at least `min`. */
export function integerAt(json: Json, name: string, min = 0): number {
  const value = json[name];
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  throw wrong(name, `a whole number from ${min}`, value);
}

export function optionalIntegerAt(json: Json, name: string, min = 0): number | undefined {
  return isAbsent(json[name]) ? undefined : integerAt(json, name, min);
}

export function listAt(json: Json, name: string): readonly unknown[] {
  const value = json[name];
  if (Array.isArray(value)) return value;
  throw wrong(name, 'a list', value);
}

/** A list; empty if the member is absent. */
export function optionalListAt(json: Json, name: string): readonly unknown[] {
  return isAbsent(json[name]) ? [] : listAt(json, name);
}

/** A snapshot id: the JSON reader makes members of this name bigint. */
export function idAt(json: Json, name: string): bigint {
  const value = json[name];
  if (typeof value === 'bigint' && value >= 0n && value < 2n ** 63n) return value;
  throw wrong(name, 'a snapshot id', value);
}

export function optionalIdAt(json: Json, name: string): bigint | undefined {
  return isAbsent(json[name]) ? undefined : idAt(json, name);
}

/** Names and texts; empty if the member is absent. */
export function textMapAt(json: Json, name: string): Record<string, string> {
  if (isAbsent(json[name])) return {};
  const entries = Object.entries(objectAt(json, name));
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw wrong(`${name}["${key}"]`, 'a string', value);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

export function textListAt(json: Json, name: string): string[] {
  const list = optionalListAt(json, name);
  for (const item of list) if (typeof item !== 'string') throw wrong(`an item of ${name}`, 'a string', item);
  return list as string[];
}

export function integerListAt(json: Json, name: string): number[] {
  const list = listAt(json, name);
  for (const item of list) {
    if (!Number.isSafeInteger(item)) throw wrong(`an item of ${name}`, 'a whole number', item);
  }
  return list as number[];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function wrong(where: string, expected: string, found: unknown): Error {
  const kind = found === undefined ? 'nothing' : kindOf(found);
  return badRequest(`${where} must be ${expected}, found ${kind}`);
}
