/** Partition tuples: their types, their Avro form, their summaries. */
import { Buffer } from 'node:buffer';
import {
  fromIcebergTransform,
  type IcebergPartitionSpec,
  type IcebergSchema,
  parseDecimalType,
} from '../../lake/iceberg.ts';
import { transformResultType, uuidBytes } from '../../lake/transforms.ts';
import { compareValues, encodeValue, unscaled, uuidText } from './bounds.ts';
import { primitiveById } from './schema.ts';
import type { PartitionSummary, Value } from './types.ts';

/** A field of a partition tuple: its Iceberg primitive type follows from source column and transform. */
export interface PartitionType {
  fieldId: number;
  name: string;
  type: string;
}

/**
 * The partition tuple's type. Newer schemas (last in the list) are asked first: a source column may have been
 * widened since, or dropped.
 */
export function partitionType(
  spec: IcebergPartitionSpec,
  schemas: readonly IcebergSchema[],
): PartitionType[] {
  return spec.fields.map((field) => {
    const sources = schemas.map((schema) => primitiveById(schema, field['source-id']));
    const source = sources.findLast((type) => type !== undefined);
    if (source === undefined) {
      throw new Error(
        `partition field "${field.name}" of spec ${spec['spec-id']}: no schema of the table has its source ` +
          `column, id ${field['source-id']}`,
      );
    }
    const type = transformResultType(fromIcebergTransform(field.transform), source);
    return { fieldId: field['field-id'], name: field.name, type };
  });
}

/** The tuple as an Avro record's fields; each may be null. */
export function avroPartitionFields(partition: readonly PartitionType[]): object[] {
  return partition.map((field) => ({
    name: avroName(field.name),
    type: ['null', avroPartitionType(field)],
    default: null,
    'field-id': field.fieldId,
  }));
}

/** The tuple as an Avro record. */
export function avroPartition(
  partition: readonly PartitionType[],
  values: readonly (Value | null)[],
): Record<string, unknown> {
  return Object.fromEntries(
    partition.map(({ name, type }, i) => [avroName(name), toAvro(type, values[i] ?? null)]),
  );
}

/**
 * A reader of tuples out of Avro records with this `partition` record schema (a manifest's own), in the order of
 * the spec's fields. Fields are found by id; one that the manifest lacks is null.
 */
export function partitionReader(
  avroFields: readonly AvroPartitionField[],
  spec: IcebergPartitionSpec,
): (record: Record<string, unknown>) => (Value | null)[] {
  const fields = spec.fields.map((field) =>
    avroFields.find((avro) => avro['field-id'] === field['field-id']),
  );
  return (record) => fields.map((field) => (field ? fromAvro(field, record[field.name]) : null));
}

export interface AvroPartitionField {
  name: string;
  type: unknown;
  'field-id': number;
}

/** Items by the partition spec that they belong to. */
export function groupBySpec<T>(items: readonly T[], specIdOf: (item: T) => number): Map<number, T[]> {
  return groupBy(items, specIdOf);
}

/** Items by spec and partition tuple. */
export function groupByPartition<T extends { specId: number; partition: readonly (Value | null)[] }>(
  items: readonly T[],
): T[][] {
  return [...groupBy(items, ({ specId, partition }) => `${specId} ${partitionKey(partition)}`).values()];
}

/** Items by a key, in order of appearance. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Text that is equal for equal tuples of one spec. */
export function partitionKey(values: readonly (Value | null)[]): string {
  return JSON.stringify(
    values.map((value) => {
      if (typeof value === 'bigint') return String(value);
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      return Number.isNaN(value) ? 'NaN' : value;
    }),
  );
}

/** Per partition field: which values its files have (nulls and NaN apart from the bounds). */
export function summarizePartitions(
  partition: readonly PartitionType[],
  tuples: readonly (readonly (Value | null)[])[],
): PartitionSummary[] {
  return partition.map(({ type }, index) => {
    let lower: Value | undefined;
    let upper: Value | undefined;
    let containsNull = false;
    let containsNan = false;
    for (const tuple of tuples) {
      const value = tuple[index] ?? null;
      if (value === null) containsNull = true;
      else if (Number.isNaN(value)) containsNan = true;
      else {
        if (lower === undefined || compareValues(value, lower) < 0) lower = value;
        if (upper === undefined || compareValues(value, upper) > 0) upper = value;
      }
    }
    return {
      containsNull,
      containsNan,
      // Whole values: Java's reader takes a missing bound for "no values".
      ...(lower !== undefined && { lowerBound: encodeValue(type, lower) }),
      ...(upper !== undefined && { upperBound: encodeValue(type, upper) }),
    };
  });
}

/** Avro type of a partition value (Iceberg spec, "Appendix A: Avro"). */
function avroPartitionType({ type, fieldId }: PartitionType): unknown {
  switch (type) {
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type === 'timestamptz' };
    case 'binary':
      return 'bytes';
    case 'uuid':
      return { type: 'fixed', name: `uuid_${fieldId}`, size: 16, logicalType: 'uuid' };
    default: {
      const decimal = parseDecimalType(type);
      if (decimal) {
        const size = decimalSize(decimal.precision);
        return { type: 'fixed', name: `decimal_${fieldId}`, size, logicalType: 'decimal', ...decimal };
      }
      const fixed = /^fixed\[(\d+)\]$/.exec(type);
      return fixed ? { type: 'fixed', name: `fixed_${fieldId}`, size: Number(fixed[1]) } : type;
    }
  }
}

function toAvro(type: string, value: Value | null): unknown {
  if (value === null) return null;
  if (['long', 'time', 'timestamp', 'timestamptz'].includes(type)) return BigInt(value as bigint);
  if (type === 'uuid') return uuidBytes(value as string);
  const decimal = parseDecimalType(type);
  if (decimal) {
    const bytes = Buffer.alloc(decimalSize(decimal.precision));
    for (let i = bytes.length - 1, rest = value as bigint; i >= 0; i--, rest >>= 8n) {
      bytes[i] = Number(BigInt.asUintN(8, rest));
    }
    return bytes;
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function fromAvro(field: AvroPartitionField, value: unknown): Value | null {
  if (value === null || value === undefined) return null;
  if (!(value instanceof Uint8Array)) return value as Value;
  const bytes = Buffer.from(value);
  const type = Array.isArray(field.type) ? field.type.find((branch) => branch !== 'null') : field.type;
  const logicalType = (type as { logicalType?: string }).logicalType;
  if (logicalType === 'decimal') return unscaled(bytes);
  return logicalType === 'uuid' ? uuidText(bytes) : bytes;
}

/** Bytes that hold every unscaled value of a precision. */
function decimalSize(precision: number): number {
  let size = 1;
  while (2n ** BigInt(size * 8 - 1) < 10n ** BigInt(precision)) size++;
  return size;
}

/** A name that Avro allows: others are spelt `_x` and their code, as Iceberg's Java writer does. */
function avroName(name: string): string {
  const spelt = name.replace(
    /[^A-Za-z0-9_]/g,
    (char) => `_x${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return /^[0-9]/.test(spelt) ? `_${spelt}` : spelt;
}
