/**
 * How a contract is spelt in Iceberg: schema, partition spec and sort order as the JSON of the spec's
 * "Appendix C: JSON serialization", and back.
 */
import { parseTransform } from './partition.ts';
import type { Contract, Field, PartitionField, PrimitiveKind, SortField, Transform, Type } from './types.ts';

/** A primitive is a word (`long`, `decimal(9,2)`, `fixed[16]`); a nested type is an object. */
export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap;

export interface IcebergField {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

export interface IcebergStruct {
  type: 'struct';
  fields: readonly IcebergField[];
}

export interface IcebergList {
  type: 'list';
  'element-id': number;
  element: IcebergType;
  'element-required': boolean;
}

export interface IcebergMap {
  type: 'map';
  'key-id': number;
  key: IcebergType;
  'value-id': number;
  value: IcebergType;
  'value-required': boolean;
}

export interface IcebergSchema extends IcebergStruct {
  'schema-id': number;
  'identifier-field-ids'?: readonly number[];
}

export interface IcebergPartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  /** A `Transform`, or one that this version does not know: read as `void`, never written. */
  transform: string;
}

export interface IcebergPartitionSpec {
  'spec-id': number;
  fields: readonly IcebergPartitionField[];
}

export interface IcebergSortField {
  'source-id': number;
  transform: string;
  direction: 'asc' | 'desc';
  'null-order': 'nulls-first' | 'nulls-last';
}

export interface IcebergSortOrder {
  'order-id': number;
  fields: readonly IcebergSortField[];
}

/** The contract's columns as Iceberg schema 0. */
export function icebergSchema(contract: Contract): IcebergSchema {
  const identifiers = contract.fields.filter((field) => contract.identifier.includes(field.name));
  return {
    type: 'struct',
    'schema-id': 0,
    ...(identifiers.length > 0 && { 'identifier-field-ids': identifiers.map((field) => field.id) }),
    fields: contract.fields.map(icebergField),
  };
}

/** Partition spec 0; an unpartitioned contract gives the empty spec. */
export function icebergPartitionSpec(contract: {
  partition: readonly PartitionField[];
}): IcebergPartitionSpec {
  return {
    'spec-id': 0,
    fields: contract.partition.map((field) => ({
      'source-id': field.sourceId,
      'field-id': field.fieldId,
      name: field.name,
      transform: field.transform,
    })),
  };
}

/** Sort order 1, or order 0, which the spec reserves for "unsorted". */
export function icebergSortOrder(contract: { sort: readonly SortField[] }): IcebergSortOrder {
  return {
    'order-id': contract.sort.length === 0 ? 0 : 1,
    fields: contract.sort.map((field) => ({
      'source-id': field.sourceId,
      transform: field.transform,
      direction: field.direction,
      'null-order': field.nullOrder,
    })),
  };
}

/** Table properties: the writer's defaults that readers and other writers should know, then the contract's own. */
export function icebergProperties(contract: Contract): Record<string, string> {
  return {
    ...(contract.doc !== '' && { comment: contract.doc }),
    'write.format.default': 'parquet',
    'write.parquet.compression-codec': 'zstd',
    // Each metadata file holds the whole history: a thousand commits would keep a thousand of them.
    'write.metadata.delete-after-commit.enabled': 'true',
    'write.metadata.previous-versions-max': '100',
    ...contract.properties,
  };
}

function icebergField(field: Field): IcebergField {
  return {
    id: field.id,
    name: field.name,
    required: field.required,
    type: icebergType(field.type),
    ...(field.doc !== undefined && { doc: field.doc }),
  };
}

/** A contract type in Iceberg's spelling. Enums and uuids are plain strings in the table. */
export function icebergType(type: Type): IcebergType {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'struct':
      return { type: 'struct', fields: type.fields.map(icebergField) };
    case 'list':
      return {
        type: 'list',
        'element-id': type.elementId,
        element: icebergType(type.element),
        'element-required': type.elementRequired,
      };
    case 'map':
      return {
        type: 'map',
        'key-id': type.keyId,
        key: 'string',
        'value-id': type.valueId,
        value: icebergType(type.value),
        'value-required': type.valueRequired,
      };
    default:
      return type.kind;
  }
}

const PRIMITIVES: ReadonlySet<string> = new Set<PrimitiveKind>([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'string',
  'binary',
  'date',
  'timestamp',
  'timestamptz',
]);

/**
 * An Iceberg type, ours or a foreign writer's, as a contract type: `uuid` reads as text, `fixed[n]` as binary.
 * Throws for types that a contract cannot hold (`time`, version 3 types, maps with other than string keys).
 */
export function fromIcebergType(type: IcebergType): Type {
  if (typeof type === 'string') return fromPrimitive(type);
  switch (type.type) {
    case 'struct':
      return { kind: 'struct', fields: fromIcebergFields(type.fields) };
    case 'list':
      return {
        kind: 'list',
        elementId: type['element-id'],
        element: fromIcebergType(type.element),
        elementRequired: type['element-required'],
      };
    case 'map':
      if (type.key !== 'string') {
        throw new Error(
          `a map whose keys are ${JSON.stringify(type.key)} cannot be read; expected string keys`,
        );
      }
      return {
        kind: 'map',
        keyId: type['key-id'],
        valueId: type['value-id'],
        value: fromIcebergType(type.value),
        valueRequired: type['value-required'],
      };
  }
}

/** Columns of an Iceberg schema (or members of a struct) as contract fields. */
export function fromIcebergFields(fields: readonly IcebergField[]): Field[] {
  return fields.map((field) => ({
    id: field.id,
    name: field.name,
    type: fromIcebergType(field.type),
    required: field.required,
    ...(field.doc !== undefined && { doc: field.doc }),
    pii: false,
    aliases: [],
  }));
}

function fromPrimitive(type: string): Type {
  if (PRIMITIVES.has(type)) return { kind: type as Exclude<PrimitiveKind, 'string'> };
  if (type === 'uuid') return { kind: 'string', uuid: true };
  if (/^fixed\[\d+\]$/.test(type)) return { kind: 'binary' };
  const decimal = parseDecimalType(type);
  if (decimal) return { kind: 'decimal', ...decimal };
  throw new Error(
    `the Iceberg type "${type}" cannot be read; expected one of version 2's types other than time`,
  );
}

/** `decimal(9, 2)` → precision 9, scale 2; anything else → undefined. */
export function parseDecimalType(type: string): { precision: number; scale: number } | undefined {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** The transform of a partition or sort field; an unknown one is `void`, as the spec asks of readers. */
export function fromIcebergTransform(transform: string): Transform {
  return parseTransform(transform) ?? 'void';
}
