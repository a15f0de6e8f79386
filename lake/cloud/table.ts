/**
 * A contract's table as Glue creates it: the Iceberg spec's schema, partition spec and sort order in the words of
 * Glue's IcebergTableInput (Glue API, "CreateIcebergTableInput"), as the provider spells them.
 */
import { icebergPartitionSpec, icebergProperties, icebergSchema, icebergSortOrder } from '../iceberg.ts';
import type { Contract } from '../types.ts';

export interface IcebergTableInput {
  location: string;
  properties: Record<string, string>;
  schema: {
    type: 'struct';
    schemaId: number;
    identifierFieldIds?: number[];
    /** `type` is a JSON document, for a primitive too: `"\"long\""`. */
    fields: { id: number; name: string; required: boolean; type: string; doc?: string }[];
  };
  partitionSpec?: {
    specId: number;
    fields: { name: string; sourceId: number; transform: string; fieldId: number }[];
  };
  sortOrder?: {
    orderId: number;
    fields: { sourceId: number; transform: string; direction: string; nullOrder: string }[];
  };
}

/** Glue takes no empty partition spec and no unsorted order: both are left out. */
export function icebergTableInput(contract: Contract, location: string): IcebergTableInput {
  const schema = icebergSchema(contract);
  const identifiers = schema['identifier-field-ids'];
  const spec = icebergPartitionSpec(contract);
  const order = icebergSortOrder(contract);
  return {
    location,
    properties: icebergProperties(contract),
    schema: {
      type: 'struct',
      schemaId: schema['schema-id'],
      ...(identifiers !== undefined && { identifierFieldIds: [...identifiers] }),
      fields: schema.fields.map(({ id, name, required, type, doc }) => ({
        id,
        name,
        required,
        type: JSON.stringify(type),
        ...(doc !== undefined && { doc }),
      })),
    },
    ...(spec.fields.length > 0 && {
      partitionSpec: {
        specId: spec['spec-id'],
        fields: spec.fields.map((field) => ({
          name: field.name,
          sourceId: field['source-id'],
          transform: field.transform,
          fieldId: field['field-id'],
        })),
      },
    }),
    ...(order.fields.length > 0 && {
      sortOrder: {
        orderId: order['order-id'],
        fields: order.fields.map((field) => ({
          sourceId: field['source-id'],
          transform: field.transform,
          direction: field.direction,
          nullOrder: field['null-order'],
        })),
      },
    }),
  };
}

/** Where a table's files lie, under the warehouse bucket. */
export function tableLocation(bucket: string, table: string): string {
  return `s3://${bucket}/${table}`;
}
