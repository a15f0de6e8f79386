/** Table metadata as a value: made, and read. Pure; `table.ts` does the files. */
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import { parseJson } from './json.ts';
import { highestId } from './schema.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from './types.ts';

/** What a new table is made of. */
export interface TablePieces {
  schema: IcebergSchema;
  spec: IcebergPartitionSpec;
  sortOrder: IcebergSortOrder;
  properties: Readonly<Record<string, string>>;
}

/** Metadata of a table without a snapshot. `location`: URI. */
export function newMetadata(
  pieces: TablePieces,
  identity: { uuid: string; location: string; nowMs: number },
): TableMetadata {
  const { schema, spec, sortOrder, properties } = pieces;
  return {
    'format-version': 2,
    'table-uuid': identity.uuid,
    location: identity.location,
    'last-sequence-number': 0,
    'last-updated-ms': identity.nowMs,
    'last-column-id': highestId(schema),
    'current-schema-id': schema['schema-id'],
    schemas: [schema],
    'default-spec-id': spec['spec-id'],
    'partition-specs': [spec],
    // Partition field ids count from 1000 (spec, "Partition Evolution").
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => field['field-id'])),
    'default-sort-order-id': sortOrder['order-id'],
    'sort-orders': [sortOrder],
    properties,
    'current-snapshot-id': null,
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

/** Reads a metadata file's text, a foreign writer's too: what version 2 lets a writer leave out is filled in. */
export function parseMetadata(text: string, where: string): TableMetadata {
  const json = parseJson(text) as Partial<TableMetadata> & { 'format-version'?: number };
  if (json['format-version'] !== 2) {
    throw new Error(
      `${where} is of Iceberg format version ${json['format-version']}; only version 2 can be read`,
    );
  }
  const current = json['current-snapshot-id'] ?? null;
  // Java writes -1 where there is no current snapshot.
  const id = current === null || current < 0n ? null : current;
  const main: Record<string, SnapshotRef> =
    id === null ? {} : { main: { 'snapshot-id': id, type: 'branch' } };
  return {
    ...(json as TableMetadata),
    properties: json.properties ?? {},
    'current-snapshot-id': id,
    refs: { ...main, ...json.refs },
    snapshots: json.snapshots ?? [],
    'snapshot-log': json['snapshot-log'] ?? [],
    'metadata-log': json['metadata-log'] ?? [],
  };
}

export function currentSchema(metadata: TableMetadata): IcebergSchema {
  return schemaById(metadata, metadata['current-schema-id']);
}

export function schemaById(metadata: TableMetadata, id: number): IcebergSchema {
  return found(
    metadata.schemas.find((schema) => schema['schema-id'] === id),
    metadata,
    `schema ${id}`,
  );
}

export function defaultSpec(metadata: TableMetadata): IcebergPartitionSpec {
  return specById(metadata, metadata['default-spec-id']);
}

export function specById(metadata: TableMetadata, id: number): IcebergPartitionSpec {
  return found(
    metadata['partition-specs'].find((spec) => spec['spec-id'] === id),
    metadata,
    `partition spec ${id}`,
  );
}

export function defaultSortOrder(metadata: TableMetadata): IcebergSortOrder {
  const id = metadata['default-sort-order-id'];
  return found(
    metadata['sort-orders'].find((order) => order['order-id'] === id),
    metadata,
    `sort order ${id}`,
  );
}

export function snapshotById(metadata: TableMetadata, id: bigint): Snapshot {
  return found(
    metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id),
    metadata,
    `snapshot ${id}`,
  );
}

/** The snapshot that `main` points to; undefined for a table without one. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id'];
  return id === null ? undefined : snapshotById(metadata, id);
}

function found<T>(value: T | undefined, metadata: TableMetadata, what: string): T {
  if (value === undefined) throw new Error(`the table at ${metadata.location} has no ${what}`);
  return value;
}
