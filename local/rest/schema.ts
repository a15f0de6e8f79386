/** Schemas, partition specs and sort orders that clients send: read and checked, and numbered for a new table. */
import type {
  IcebergField,
  IcebergPartitionSpec,
  IcebergSchema,
  IcebergSortOrder,
  IcebergStruct,
  IcebergType,
} from '../../lake/iceberg.ts';
import { parseDecimalType } from '../../lake/iceberg.ts';
import { parseTransform } from '../../lake/partition.ts';
import { leaves } from '../iceberg/schema.ts';
import { badRequest } from './errors.ts';
import {
  asObject,
  integerAt,
  type Json,
  listAt,
  optionalIntegerAt,
  optionalListAt,
  optionalTextAt,
  textAt,
} from './fields.ts';

const PRIMITIVES = /^(boolean|int|long|float|double|date|time|timestamp|timestamptz|string|uuid|binary)$/;
/** Engines stop far earlier; ours recurses. */
const DEPTH_MAX = 32;

/** Throws a 400 for what a schema of format version 2 cannot be. */
export function readSchema(json: Json): IcebergSchema {
  const ids = new Set<number>();
  const { fields } = readStruct(json, 0, ids);
  const schema: IcebergSchema = {
    type: 'struct',
    'schema-id': optionalIntegerAt(json, 'schema-id') ?? 0,
    fields,
  };
  const identifiers = optionalListAt(json, 'identifier-field-ids') as number[];
  for (const id of identifiers) {
    if (!leaves(schema).some((leaf) => leaf.id === id && !leaf.repeated)) {
      throw badRequest(`identifier-field-ids names the field ${id}, which the schema has not`);
    }
  }
  return identifiers.length === 0 ? schema : { ...schema, 'identifier-field-ids': identifiers };
}

function readStruct(json: Json, depth: number, ids: Set<number>): IcebergStruct {
  const fields = listAt(json, 'fields').map((item) => readField(asObject(item, 'a field'), depth, ids));
  const names = new Set(fields.map(({ name }) => name));
  if (names.size < fields.length) throw badRequest('two fields of one struct have the same name');
  return { type: 'struct', fields };
}

function readField(json: Json, depth: number, ids: Set<number>): IcebergField {
  for (const name of ['initial-default', 'write-default']) {
    if (json[name] !== undefined && json[name] !== null) {
      throw badRequest(`${name} belongs to format version 3; tables here are of version 2`);
    }
  }
  const doc = optionalDoc(json);
  return {
    id: fresh(integerAt(json, 'id'), ids),
    name: textAt(json, 'name'),
    required: json.required === true,
    type: readType(json.type, depth + 1, ids),
    ...(doc !== undefined && { doc }),
  };
}

function optionalDoc(json: Json): string | undefined {
  return json.doc === '' ? undefined : optionalTextAt(json, 'doc');
}

function readType(type: unknown, depth: number, ids: Set<number>): IcebergType {
  if (depth > DEPTH_MAX) throw badRequest(`a type is nested deeper than ${DEPTH_MAX} levels`);
  if (typeof type === 'string') return readPrimitive(type);
  const json = asObject(type, 'type');
  switch (json.type) {
    case 'struct':
      return readStruct(json, depth, ids);
    case 'list':
      return {
        type: 'list',
        'element-id': fresh(integerAt(json, 'element-id'), ids),
        element: readType(json.element, depth + 1, ids),
        'element-required': json['element-required'] === true,
      };
    case 'map':
      return {
        type: 'map',
        'key-id': fresh(integerAt(json, 'key-id'), ids),
        key: readType(json.key, depth + 1, ids),
        'value-id': fresh(integerAt(json, 'value-id'), ids),
        value: readType(json.value, depth + 1, ids),
        'value-required': json['value-required'] === true,
      };
    default:
      throw badRequest(`the type ${JSON.stringify(json.type)} is none; expected struct, list or map`);
  }
}

function readPrimitive(type: string): string {
  const decimal = parseDecimalType(type);
  const isDecimal = decimal !== undefined && decimal.precision <= 38 && decimal.scale <= decimal.precision;
  if (isDecimal || PRIMITIVES.test(type) || /^fixed\[[1-9]\d{0,8}\]$/.test(type)) return type;
  throw badRequest(`the type "${type.slice(0, 60)}" is none of format version 2`);
}

function fresh(id: number, ids: Set<number>): number {
  if (ids.has(id)) throw badRequest(`the field id ${id} is used twice`);
  ids.add(id);
  return id;
}

/** `lastFieldId`: the table's `last-partition-id`; fields without an id are numbered after it. */
export function readSpec(json: Json, schema: IcebergSchema, lastFieldId: number): IcebergPartitionSpec {
  let last = lastFieldId;
  const fields = listAt(json, 'fields').map((item) => {
    const field = asObject(item, 'a partition field');
    const given = optionalIntegerAt(field, 'field-id', 1000);
    if (given === undefined) last += 1;
    return {
      'source-id': sourceOf(field, schema),
      'field-id': given ?? last,
      name: textAt(field, 'name'),
      transform: transformOf(field),
    };
  });
  for (const key of ['name', 'field-id'] as const) {
    if (new Set(fields.map((field) => field[key])).size < fields.length) {
      throw badRequest(`two fields of a partition spec have the same ${key}`);
    }
  }
  return { 'spec-id': optionalIntegerAt(json, 'spec-id') ?? 0, fields };
}

export function readSortOrder(json: Json, schema: IcebergSchema): IcebergSortOrder {
  const fields = listAt(json, 'fields').map((item) => {
    const field = asObject(item, 'a sort field');
    const { direction, 'null-order': nulls } = field;
    if (direction !== 'asc' && direction !== 'desc') throw badRequest('direction must be asc or desc');
    if (nulls !== 'nulls-first' && nulls !== 'nulls-last') {
      throw badRequest('null-order must be nulls-first or nulls-last');
    }
    const sort = { 'source-id': sourceOf(field, schema), transform: transformOf(field) };
    return { ...sort, direction, 'null-order': nulls } as const;
  });
  // Order 0 is "unsorted", and no other's.
  const id = optionalIntegerAt(json, 'order-id') ?? 1;
  return { 'order-id': fields.length === 0 ? 0 : Math.max(1, id), fields };
}

function sourceOf(field: Json, schema: IcebergSchema): number {
  const id = integerAt(field, 'source-id');
  if (leaves(schema).some((leaf) => leaf.id === id && !leaf.repeated)) return id;
  throw badRequest(`source-id ${id} is no primitive column of the schema`);
}

function transformOf(field: Json): string {
  const text = textAt(field, 'transform');
  if (parseTransform(text) !== undefined) return text;
  throw badRequest(`the transform "${text.slice(0, 60)}" is none of format version 2`);
}

/**
 * A new table's schema is numbered by its catalog (REST catalog, "createTable"): from 1, the fields of a struct
 * before what is nested in them. Also answers the new id of each old one.
 */
export function numberAnew(schema: IcebergSchema): {
  schema: IcebergSchema;
  ids: ReadonlyMap<number, number>;
} {
  const ids = new Map<number, number>();
  const next = (old: number): number => {
    ids.set(old, ids.size + 1);
    return ids.size;
  };
  const struct = ({ fields }: IcebergStruct): IcebergStruct => {
    const numbered = fields.map((field) => ({ ...field, id: next(field.id) }));
    return { type: 'struct', fields: numbered.map((field) => ({ ...field, type: nested(field.type) })) };
  };
  const nested = (type: IcebergType): IcebergType => {
    if (typeof type === 'string') return type;
    if (type.type === 'struct') return struct(type);
    if (type.type === 'list') {
      const id = next(type['element-id']);
      return { ...type, 'element-id': id, element: nested(type.element) };
    }
    const [key, value] = [next(type['key-id']), next(type['value-id'])];
    return { ...type, 'key-id': key, key: nested(type.key), 'value-id': value, value: nested(type.value) };
  };
  const { fields } = struct(schema);
  const identifiers = schema['identifier-field-ids']?.map((id) => ids.get(id)!);
  return {
    schema: {
      type: 'struct',
      'schema-id': 0,
      fields,
      ...(identifiers && { 'identifier-field-ids': identifiers }),
    },
    ids,
  };
}
