/** Looking things up in an Iceberg schema. */
import type { IcebergField, IcebergSchema, IcebergType } from '../../lake/iceberg.ts';

/** A primitive value inside a schema: a column, or a member of structs, lists and maps. */
export interface Leaf {
  id: number;
  /** Iceberg primitive type. */
  type: string;
  /** Names from the column down, as Parquet spells them: list elements are `element`, map parts `key`, `value`. */
  path: readonly string[];
  /** Under a list or map: one row may hold many values, or none. */
  repeated: boolean;
}

/** All primitive leaves of a schema, in order. */
export function leaves(schema: IcebergSchema): Leaf[] {
  return schema.fields.flatMap((field) => leavesOf(field.id, field.type, [field.name], false));
}

function leavesOf(id: number, type: IcebergType, path: readonly string[], repeated: boolean): Leaf[] {
  if (typeof type === 'string') return [{ id, type, path, repeated }];
  switch (type.type) {
    case 'struct':
      return type.fields.flatMap((field) => leavesOf(field.id, field.type, [...path, field.name], repeated));
    case 'list':
      return leavesOf(type['element-id'], type.element, [...path, 'element'], true);
    case 'map':
      return [
        ...leavesOf(type['key-id'], type.key, [...path, 'key'], true),
        ...leavesOf(type['value-id'], type.value, [...path, 'value'], true),
      ];
  }
}

/** Primitive type of the column or struct member with this id; undefined if there is none. */
export function primitiveById(schema: IcebergSchema, id: number): string | undefined {
  return leaves(schema).find((leaf) => leaf.id === id)?.type;
}

/** The highest field id in use, nested ones included: a table's `last-column-id`. */
export function highestId(schema: IcebergSchema): number {
  return Math.max(0, ...allIds(schema.fields));
}

/** The ids of columns or members and of everything in them: elements, keys and values too. */
export function allIds(fields: readonly IcebergField[]): number[] {
  return fields.flatMap(({ id, type }) => [id, ...idsIn(type)]);
}

function idsIn(type: IcebergType): number[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return allIds(type.fields);
    case 'list':
      return [type['element-id'], ...idsIn(type.element)];
    case 'map':
      return [type['key-id'], type['value-id'], ...idsIn(type.key), ...idsIn(type.value)];
  }
}
