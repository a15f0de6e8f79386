/**
 * What a live table in Glue must become, by its contract: a plan for a person to read, and the one update that
 * carries it out (Glue API, "IcebergTableUpdate"). Pure: the table's metadata file comes in, the update goes out.
 */
import { compareSchemas } from '../evolution.ts';
import {
  type IcebergField,
  type IcebergPartitionSpec,
  type IcebergSchema,
  type IcebergSortOrder,
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../iceberg.ts';
import type { Contract } from '../types.ts';

/** Of a metadata file, what decides (Iceberg spec, "Table Metadata Fields"). */
export interface LiveMetadata {
  location: string;
  'current-schema-id': number;
  schemas: readonly IcebergSchema[];
  'default-spec-id': number;
  'partition-specs': readonly IcebergPartitionSpec[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': readonly IcebergSortOrder[];
  properties: Readonly<Record<string, string>>;
}

/** Glue's words for a table's new definition. What is absent stays as it is. */
export interface TableUpdate {
  Schema: {
    SchemaId: number;
    Type: 'struct';
    IdentifierFieldIds?: number[];
    Fields: { Id: number; Name: string; Required: boolean; Type: IcebergField['type']; Doc?: string }[];
  };
  PartitionSpec?: {
    SpecId: number;
    Fields: { SourceId: number; Transform: string; Name: string; FieldId: number }[];
  };
  SortOrder?: {
    OrderId: number;
    Fields: {
      SourceId: number;
      Transform: string;
      Direction: 'asc' | 'desc';
      NullOrder: 'nulls-first' | 'nulls-last';
    }[];
  };
  Location: string;
  Properties?: Record<string, string>;
}

export interface Migration {
  table: string;
  /** A line each, for a person. */
  changes: readonly string[];
  /** What Iceberg does not allow; with any, nothing is done. */
  faults: readonly string[];
  /** Absent: the table is as its contract says. */
  update?: TableUpdate;
}

/** `former`: schemas that the contract had before, which tell its own columns from those that others added. */
export function planMigration(
  contract: Contract,
  metadata: LiveMetadata,
  former: readonly IcebergSchema[],
): Migration {
  const { table } = contract;
  const live = byId(metadata.schemas, 'schema-id', metadata['current-schema-id']);
  const { wanted, clashes } = keepForeign(icebergSchema(contract), live, former);
  const pinned = new Set(
    metadata['partition-specs'].flatMap(({ fields }) =>
      fields.filter(({ transform }) => transform !== 'void').map((field) => field['source-id']),
    ),
  );
  const compared = compareSchemas(live, wanted, metadata.schemas, pinned);
  const faults = [...clashes, ...compared.faults];
  if (faults.length > 0) return { table, changes: [], faults };

  const spec = nextSpec(metadata, icebergPartitionSpec(contract));
  const order = nextOrder(metadata, icebergSortOrder(contract));
  const properties = Object.entries(icebergProperties(contract)).filter(
    ([name, value]) => metadata.properties[name] !== value,
  );
  const docs = same(live, wanted) || compared.changes.length > 0 ? [] : ['change descriptions of columns'];
  const changes = [
    ...compared.changes,
    ...docs,
    ...(spec
      ? [`partition by ${spec.Fields.map(({ Name }) => Name).join(', ') || 'nothing'}, for new files`]
      : []),
    ...(order ? ['change the sort order, for new files'] : []),
    ...properties.map(([name, value]) => `set ${name} to ${value}`),
  ];
  if (changes.length === 0) return { table, changes, faults };
  return {
    table,
    changes,
    faults,
    update: {
      Schema: glueSchema(wanted, schemaId(metadata, wanted)),
      ...(spec && { PartitionSpec: spec }),
      ...(order && { SortOrder: order }),
      Location: metadata.location,
      ...(properties.length > 0 && {
        Properties: { ...metadata.properties, ...Object.fromEntries(properties) },
      }),
    },
  };
}

/**
 * An update names the whole schema, so columns that somebody added by `ALTER TABLE` are named too, behind ours.
 * Where such a column has the id that the contract wants to give to a new one, the two cannot both be.
 */
function keepForeign(
  wanted: IcebergSchema,
  live: IcebergSchema,
  former: readonly IcebergSchema[],
): { wanted: IcebergSchema; clashes: string[] } {
  const known = new Set(former.flatMap(({ fields }) => fields.map(({ id }) => id)));
  const own = new Map(wanted.fields.map((field) => [field.id, field]));
  const others = live.fields.filter(({ id }) => !known.has(id));
  const clashes = others
    .filter(({ id, name }) => own.has(id) && own.get(id)!.name !== name)
    .map(
      ({ id, name }) =>
        `${own.get(id)!.name}: field-id ${id} is that of the column ${name}, which somebody added to the table; choose another`,
    );
  const kept = others.filter(({ id }) => !own.has(id));
  return { wanted: { ...wanted, fields: [...wanted.fields, ...kept] }, clashes };
}

/** The id of an equal schema that the table had once, or a new one. */
function schemaId(metadata: LiveMetadata, wanted: IcebergSchema): number {
  const before = metadata.schemas.find((schema) => same(schema, wanted));
  return before?.['schema-id'] ?? 1 + Math.max(...metadata.schemas.map((schema) => schema['schema-id']));
}

function glueSchema(schema: IcebergSchema, id: number): TableUpdate['Schema'] {
  const identifiers = schema['identifier-field-ids'];
  return {
    SchemaId: id,
    Type: 'struct',
    ...(identifiers !== undefined && { IdentifierFieldIds: [...identifiers] }),
    Fields: schema.fields.map(({ id: Id, name, required, type, doc }) => ({
      Id,
      Name: name,
      Required: required,
      Type: type,
      ...(doc !== undefined && { Doc: doc }),
    })),
  };
}

/** Undefined: as it is. A field that an older spec had keeps its id; another's id is never used again. */
function nextSpec(metadata: LiveMetadata, wanted: IcebergPartitionSpec): TableUpdate['PartitionSpec'] {
  const specs = metadata['partition-specs'];
  const current = byId(specs, 'spec-id', metadata['default-spec-id']);
  const text = ({ fields }: IcebergPartitionSpec) =>
    fields.map((field) => `${field['source-id']} ${field.transform} ${field.name}`).join('\n');
  if (text(current) === text(wanted)) return undefined;
  let last = metadata['last-partition-id'];
  const fields = wanted.fields.map((field) => {
    const before = specs
      .flatMap((spec) => spec.fields)
      .find(
        (old) =>
          old['source-id'] === field['source-id'] &&
          old.transform === field.transform &&
          old.name === field.name,
      );
    if (before === undefined) last += 1;
    return {
      SourceId: field['source-id'],
      Transform: field.transform,
      Name: field.name,
      FieldId: before?.['field-id'] ?? last,
    };
  });
  const known = specs.find((spec) => text(spec) === text(wanted));
  return {
    SpecId: known?.['spec-id'] ?? 1 + Math.max(...specs.map((spec) => spec['spec-id'])),
    Fields: fields,
  };
}

function nextOrder(metadata: LiveMetadata, wanted: IcebergSortOrder): TableUpdate['SortOrder'] {
  const orders = metadata['sort-orders'];
  const current = byId(orders, 'order-id', metadata['default-sort-order-id']);
  const text = ({ fields }: IcebergSortOrder) =>
    JSON.stringify(fields.map((field) => Object.entries(field).sort()));
  if (text(current) === text(wanted)) return undefined;
  const known = orders.find((order) => text(order) === text(wanted));
  const fresh = wanted.fields.length === 0 ? 0 : 1 + Math.max(0, ...orders.map((order) => order['order-id']));
  return {
    OrderId: known?.['order-id'] ?? fresh,
    Fields: wanted.fields.map((field) => ({
      SourceId: field['source-id'],
      Transform: field.transform,
      Direction: field.direction,
      NullOrder: field['null-order'],
    })),
  };
}

/** Whether two schemas differ in nothing but their own id. */
function same(a: IcebergSchema, b: IcebergSchema): boolean {
  const text = (schema: IcebergSchema) => JSON.stringify({ ...schema, 'schema-id': 0 }, sortedKeys);
  return text(a) === text(b);
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function byId<K extends string, T extends Record<K, number>>(list: readonly T[], key: K, id: number): T {
  const found = list.find((item) => item[key] === id);
  if (found === undefined) throw new Error(`the table's metadata names ${key} ${id} and does not have it`);
  return found;
}
