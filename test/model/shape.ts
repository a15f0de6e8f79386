/** The shapes that a table's columns take in the model: made, changed as Iceberg allows, and filled, from dice. */
import type { AvroField } from '../../lake/avro-types.ts';

/** Whole numbers below `n`, the same for the same seed. */
export type Dice = (n: number) => number;

export function diceOf(seed: number): Dice {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (n) => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % n;
  };
}

export const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice(items.length)]!;

export type NodeType =
  | 'string'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | { decimal: number }
  | { struct: Node[] }
  | { list: Node[]; elementId: number };

/** An optional column, or a member of a struct. */
export interface Node {
  id: number;
  name: string;
  type: NodeType;
}

/** Few names, so that those of dropped columns come back as others. */
const names = ['a', 'b', 'c', 'select', 'order'];
const NAMES_MAX = names.length;

export class Shape {
  nodes: Node[] = [];
  #lastId: number;

  constructor(lastId: number) {
    this.#lastId = lastId;
  }

  /** One change that Iceberg allows, somewhere in the shape. Answers what it was. */
  change(dice: Dice): string {
    const level = pick(dice, levels(this.nodes));
    const node = level.length === 0 ? undefined : pick(dice, level);
    const kind = pick(dice, ['add', 'add', 'rename', 'drop', 'widen', 'reorder']);
    if (node === undefined || kind === 'add') {
      const free = names.filter((name) => level.every((other) => other.name !== name));
      if (free.length === 0) return 'nothing';
      const added = this.#node(pick(dice, free), dice);
      level.splice(dice(level.length + 1), 0, added);
      return `add ${added.name} (${added.id})`;
    }
    if (kind === 'rename' && level.length < NAMES_MAX) {
      const free = names.filter((name) => level.every((other) => other.name !== name));
      const before = node.name;
      node.name = pick(dice, free);
      return `rename ${before} (${node.id}) to ${node.name}`;
    }
    // A struct needs a member.
    if (kind === 'drop' && (level === this.nodes || level.length > 1)) {
      level.splice(level.indexOf(node), 1);
      return `drop ${node.name} (${node.id})`;
    }
    if (kind === 'widen') {
      const { type } = node;
      if (type === 'int') node.type = 'long';
      else if (type === 'float') node.type = 'double';
      else if (typeof type === 'object' && 'decimal' in type && type.decimal < 38) {
        node.type = { decimal: type.decimal + 7 };
      } else return 'nothing';
      return `widen ${node.name} (${node.id})`;
    }
    level.push(level.shift()!);
    return 'reorder';
  }

  #node(name: string, dice: Dice): Node {
    this.#lastId += 1;
    const id = this.#lastId;
    const primitives: NodeType[] = ['string', 'int', 'long', 'float', 'double', { decimal: 10 }];
    const kind = dice(8);
    if (kind < 6) return { id, name, type: primitives[kind]! };
    this.#lastId += 1;
    const elementId = this.#lastId;
    const members = [this.#node('a', () => dice(6)), this.#node('b', () => dice(6))];
    return { id, name, type: kind === 6 ? { struct: members } : { list: members, elementId } };
  }
}

/** All lists of members of a shape, its own first. */
function levels(nodes: Node[]): Node[][] {
  return [
    nodes,
    ...nodes.flatMap(({ type }) => {
      if (typeof type === 'string' || 'decimal' in type) return [];
      return levels('struct' in type ? type.struct : type.list);
    }),
  ];
}

/** Avro's spelling; `path` makes the names of nested records. */
export function avroFields(nodes: readonly Node[], path: string): AvroField[] {
  return nodes.map(({ id, name, type }) => {
    const avro = avroType(type, `${path}_${id}`);
    return { name, type: ['null', avro], default: null, 'field-id': id } as AvroField;
  });
}

function avroType(type: NodeType, path: string): unknown {
  if (typeof type === 'string') return type;
  if ('decimal' in type) return { type: 'bytes', logicalType: 'decimal', precision: type.decimal, scale: 2 };
  if ('struct' in type) return { type: 'record', name: path, fields: avroFields(type.struct, path) };
  const items = { type: 'record', name: path, fields: avroFields(type.list, path) };
  return { type: 'array', 'element-id': type.elementId, items: ['null', items] };
}

/** A stored value: members by id, since names change. Null, text, a number, a struct, a list of structs. */
export type Stored = null | string | number | Map<number, Stored> | Stored[];

export function randomMembers(nodes: readonly Node[], dice: Dice): Map<number, Stored> {
  return new Map(nodes.map(({ id, type }) => [id, dice(4) === 0 ? null : randomValue(type, dice)]));
}

function randomValue(type: NodeType, dice: Dice): Stored {
  if (typeof type === 'object') {
    if ('decimal' in type) return `${dice(1000) - 500}.${dice(90) + 10}`;
    if ('struct' in type) return randomMembers(type.struct, dice);
    return Array.from({ length: dice(3) }, () => (dice(4) === 0 ? null : randomMembers(type.list, dice)));
  }
  if (type === 'string') return pick(dice, ['', 'x', "it's", 'ü🎉', 'y'.repeat(40)]);
  if (type === 'int') return pick(dice, [0, -1, 2147483647, -2147483648]);
  if (type === 'long') return pick(dice, [0, '9223372036854775807', '-9223372036854775808']);
  return (dice(100) - 50) / 4;
}

/** An event's JSON, by the names of now. */
export function eventOf(nodes: readonly Node[], members: ReadonlyMap<number, Stored>): object {
  return Object.fromEntries(nodes.map(({ id, name, type }) => [name, json(type, members.get(id) ?? null)]));
}

function json(type: NodeType, value: Stored): unknown {
  if (value instanceof Map) return eventOf((type as { struct: Node[] }).struct, value);
  if (!Array.isArray(value)) return value;
  const { list } = type as { list: Node[] };
  return value.map((item) => (item === null ? null : eventOf(list, item as Map<number, Stored>)));
}
