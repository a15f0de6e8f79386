/** A shape → the Avro type that holds its values, with the attributes that go with it. */
import type { AvroField } from '../avro-types.ts';
import { maxMicros } from '../timestamp.ts';
import type { EpochUnit } from '../types.ts';
import { columnName, looksPersonal, soundsLikeTime } from './names.ts';
import { emptyShape, mergeShapes, type Shape, type TextForm } from './observe.ts';

/** What a field's values call for: its type, and the unit of numbers that are times. */
interface Proposal {
  type: AvroField['type'];
  epoch?: EpochUnit;
}

/** What all fields of one proposal share. */
export interface Proposing {
  table: string;
  /** Hands out field ids, each once. */
  nextId: () => number;
  /** Names of Avro records that are taken. */
  names: Set<string>;
  /** What a person should know, a line each. */
  notes: string[];
}

/** Members whose names fold to one column, and all that was seen in them. */
export interface Column {
  name: string;
  givens: readonly string[];
  shape: Shape;
}

/** The columns that an object's members make; of those that were null everywhere, none. */
export function columnsOf(
  members: ReadonlyMap<string, Shape>,
  prefix: string,
  { notes }: Proposing,
): Column[] {
  const columns = new Map<string, Column>();
  for (const [given, shape] of members) {
    if (given in {}) {
      notes.push(`${prefix}${given}: left out, since every JavaScript object has a member of this name`);
      continue;
    }
    if (shape.seen === 0) {
      notes.push(`${prefix}${given}: left out, since it is null wherever it is`);
      continue;
    }
    const name = columnName(given);
    const other = columns.get(name);
    const all = other === undefined ? { givens: [given], shape } : joined(other, given, shape);
    columns.set(name, { name, ...all });
  }
  return [...columns.values()];
}

function joined(column: Column, given: string, shape: Shape): Omit<Column, 'name'> {
  return { givens: [...column.givens, given], shape: mergeShapes(column.shape, shape) };
}

/** One field. Required if every one of `of` objects has it. `prefix` is the path of the object that holds it. */
export function proposeField(
  { name, givens, shape }: Column,
  of: number,
  prefix: string,
  to: Proposing,
): AvroField {
  const id = to.nextId();
  const { type, epoch } = proposeType(shape, prefix + givens[0]!, to);
  // Of two names, an object may have both, and another neither.
  const optional = shape.seen < of || givens.length > 1;
  const aliases = givens.filter((given) => given !== name);
  const pii = looksPersonal(name, shape);
  if (pii) to.notes.push(`${prefix}${name}: looks personal; hidden from analysts`);
  return {
    name,
    type: optional ? ['null', type] : type,
    ...(optional ? { default: null } : {}),
    'field-id': id,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(pii ? { pii } : {}),
  };
}

/** `path` names the place in notes; its last part tells numbers that are times from those that are none. */
function proposeType(shape: Shape, path: string, to: Proposing): Proposal {
  const kinds: [count: number, propose: () => Proposal][] = [
    [shape.texts, () => ({ type: textType(shape) })],
    [shape.objects, () => ({ type: objectType(shape, path, to) })],
    [shape.lists, () => ({ type: listType(shape, path, to) })],
    [shape.integers + shape.fractions, () => numberType(shape, path)],
    [shape.booleans, () => ({ type: 'boolean' })],
  ];
  const [count, propose] = kinds.reduce((most, kind) => (kind[0] > most[0] ? kind : most));
  if (count < shape.seen) {
    to.notes.push(
      `${path}: ${shape.seen - count} of ${shape.seen} values are of another kind; they will be rejected`,
    );
  }
  return propose();
}

function textType(shape: Shape): AvroField['type'] {
  const all = (form: TextForm): boolean => shape.texts > 0 && shape.forms[form] === shape.texts;
  if (all('timestamp')) return { type: 'long', logicalType: 'timestamp-micros' };
  if (all('date')) return { type: 'int', logicalType: 'date' };
  return all('uuid') ? { type: 'string', logicalType: 'uuid' } : 'string';
}

const secondsPer: Record<EpochUnit, number> = { s: 1, ms: 1e-3, us: 1e-6 };
/** 1 January 2001: a count of seconds below it is more likely something else. */
const firstSecond = 978_307_200;

function numberType(shape: Shape, path: string): Proposal {
  const epoch = soundsLikeTime(path) ? epochOf(shape) : undefined;
  if (epoch !== undefined) return { type: { type: 'long', logicalType: 'timestamp-micros' }, epoch };
  return { type: shape.fractions > 0 ? 'double' : 'long' };
}

/** The unit in which all of these numbers are times since 2001. */
function epochOf({ min, max }: Shape): EpochUnit | undefined {
  return (Object.keys(secondsPer) as EpochUnit[]).find(
    (unit) => min * secondsPer[unit] >= firstSecond && max * secondsPer[unit] < maxMicros / 1e6,
  );
}

/** Elements may be null: a list seldom promises more. */
function listType(shape: Shape, path: string, to: Proposing): AvroField['type'] {
  const id = to.nextId();
  const { type } = proposeType(shape.element ?? emptyShape(), `${path}[]`, to);
  return { type: 'array', items: ['null', type], 'element-id': id };
}

/** Objects with more different members than this are maps. */
const recordMembers = 40;

function objectType(shape: Shape, path: string, to: Proposing): AvroField['type'] {
  const columns = columnsOf(shape.members, `${path}.`, to);
  if (columns.length === 0 || columns.length > recordMembers) return mapType(columns, path, to);
  return {
    type: 'record',
    name: recordName(path, to),
    fields: columns.map((column) => proposeField(column, shape.objects, `${path}.`, to)),
  };
}

/** Avro wants a name for each record, unlike all others of the schema. */
function recordName(path: string, { table, names }: Proposing): string {
  const base = `${table}_${path}`.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '');
  let name = base;
  for (let i = 2; names.has(name); i++) name = `${base}_${i}`;
  names.add(name);
  return name;
}

function mapType(columns: readonly Column[], path: string, to: Proposing): AvroField['type'] {
  const ids = { 'key-id': to.nextId(), 'value-id': to.nextId() };
  const all = columns.map(({ shape }) => shape).reduce(mergeShapes, emptyShape());
  const { type } = proposeType(all, `${path}{}`, to);
  return { type: 'map', values: ['null', type], ...ids };
}
