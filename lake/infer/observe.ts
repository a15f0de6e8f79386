/** What a set of JSON values looks like: which kinds came, how often, and what their texts mean. */
import { Fault } from '../errors.ts';
import { isObject } from '../json-row.ts';
import { parseDate, parseTimestamp } from '../timestamp.ts';

/** All values that were seen in one place. */
export interface Shape {
  /** Values, null and absent ones not counted. */
  seen: number;
  booleans: number;
  integers: number;
  /** Numbers with a fraction or an exponent. */
  fractions: number;
  /** Smallest and largest number; infinities if none came. */
  min: number;
  max: number;
  texts: number;
  /** How many of the texts are of each form. */
  forms: Record<TextForm, number>;
  /** A few texts, to show and to tell how many differ. */
  samples: Set<string>;
  lists: number;
  /** Elements of all lists. */
  element?: Shape;
  objects: number;
  /** Members of all objects, by name as it came. */
  members: Map<string, Shape>;
}

export type TextForm = 'timestamp' | 'date' | 'uuid' | 'email' | 'ip';

const samplesKept = 200;

export function emptyShape(): Shape {
  return {
    seen: 0,
    booleans: 0,
    integers: 0,
    fractions: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    texts: 0,
    forms: { timestamp: 0, date: 0, uuid: 0, email: 0, ip: 0 },
    samples: new Set(),
    lists: 0,
    objects: 0,
    members: new Map(),
  };
}

/** Levels of nesting, and places for values, beyond which no contract is made: nobody could read it. */
const limits = { depth: 32, places: 5000 };

/**
 * Adds one value to what was seen. Nulls are what makes a field optional; they have no kind. Throws a Fault for a
 * value that is nested too deeply.
 */
export function observe(shape: Shape, value: unknown, depth = 0): void {
  if (depth > limits.depth) {
    throw new Fault(
      `an event is nested deeper than ${limits.depth} levels; keep what is below as text, in one field`,
    );
  }
  if (value === null || value === undefined) return;
  shape.seen += 1;
  if (typeof value === 'boolean') shape.booleans += 1;
  else if (typeof value === 'number') observeNumber(shape, value);
  else if (typeof value === 'string') observeText(shape, value);
  else if (Array.isArray(value)) {
    shape.lists += 1;
    shape.element ??= emptyShape();
    for (const item of value) observe(shape.element, item, depth + 1);
  } else if (isObject(value)) {
    shape.objects += 1;
    for (const [name, member] of Object.entries(value)) observe(memberOf(shape, name), member, depth + 1);
  }
}

/** Throws a Fault for more fields, those within others counted, than a contract should have. */
export function checkPlaces(shape: Shape): void {
  if (placesIn(shape) <= limits.places) return;
  throw new Fault(
    `the events have more than ${limits.places} fields; names that are data, such as ids, belong into a value`,
  );
}

function placesIn({ element, members }: Shape): number {
  let places = 1 + (element === undefined ? 0 : placesIn(element));
  for (const member of members.values()) places += placesIn(member);
  return places;
}

function memberOf(shape: Shape, name: string): Shape {
  let member = shape.members.get(name);
  if (member === undefined) {
    member = emptyShape();
    shape.members.set(name, member);
  }
  return member;
}

function observeNumber(shape: Shape, value: number): void {
  if (Number.isInteger(value)) shape.integers += 1;
  else shape.fractions += 1;
  shape.min = Math.min(shape.min, value);
  shape.max = Math.max(shape.max, value);
}

const patterns: Record<TextForm, (text: string) => boolean> = {
  timestamp: (text) => parseTimestamp(text) !== undefined,
  date: (text) => parseDate(text) !== undefined,
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  email: (text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text),
  ip: (text) => /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$/i.test(text),
};

function observeText(shape: Shape, text: string): void {
  shape.texts += 1;
  if (shape.samples.size < samplesKept) shape.samples.add(text);
  for (const form of Object.keys(patterns) as TextForm[]) if (patterns[form](text)) shape.forms[form] += 1;
}

/** What two places together held. */
export function mergeShapes(a: Shape, b: Shape): Shape {
  const merged = emptyShape();
  for (const count of ['seen', 'booleans', 'integers', 'fractions', 'texts', 'lists', 'objects'] as const) {
    merged[count] = a[count] + b[count];
  }
  for (const form of Object.keys(patterns) as TextForm[]) merged.forms[form] = a.forms[form] + b.forms[form];
  merged.min = Math.min(a.min, b.min);
  merged.max = Math.max(a.max, b.max);
  merged.samples = new Set([...a.samples, ...b.samples].slice(0, samplesKept));
  if (a.element !== undefined || b.element !== undefined) {
    merged.element = mergeShapes(a.element ?? emptyShape(), b.element ?? emptyShape());
  }
  for (const { members } of [a, b]) {
    for (const [name, member] of members) {
      merged.members.set(name, mergeShapes(merged.members.get(name) ?? emptyShape(), member));
    }
  }
  return merged;
}
