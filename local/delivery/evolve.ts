/** Brings a live table to what its contract wants by now: schema, partition spec, sort order, properties. */
import { Fault } from '../../lake/errors.ts';
import { compareSchemas } from '../../lake/evolution.ts';
import {
  type IcebergPartitionField,
  type IcebergPartitionSpec,
  type IcebergSortOrder,
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';
import { commit } from '../iceberg/commit.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../iceberg/metadata.ts';
import type { MetadataUpdate } from '../iceberg/metadata-updates.ts';
import type { Ports, Table, TableMetadata } from '../iceberg/types.ts';
import { contractIds, contractIdsProperty, withForeignColumns } from './foreign-columns.ts';

/** What would be done to a table, and the updates that do it; none if it is as the contract says. */
export interface EvolutionPlan {
  changes: readonly string[];
  updates: readonly MetadataUpdate[];
}

/** Commits what the contract changed. Throws a Fault with field and rule if Iceberg does not allow it. */
export async function evolveTable(ports: Ports, table: Table, contract: Contract): Promise<Table> {
  if (planEvolution(table.metadata, contract).updates.length === 0) return table;
  const result = await commit(ports, table, async (metadata) => {
    const { updates } = planEvolution(metadata, contract);
    return updates.length === 0 ? undefined : updates;
  });
  return result.table;
}

/** Pure. Throws a Fault that lists every rule that the contract breaks. */
export function planEvolution(metadata: TableMetadata, contract: Contract): EvolutionPlan {
  const spec = planSpec(metadata, icebergPartitionSpec(contract));
  const sort = planSortOrder(metadata, icebergSortOrder(contract));
  const schema = planSchema(metadata, contract);
  const properties = Object.entries(tableProperties(contract)).filter(
    ([name, value]) => metadata.properties[name] !== value,
  );
  const update: MetadataUpdate = { action: 'set-properties', updates: Object.fromEntries(properties) };
  return {
    changes: [
      ...schema.changes,
      ...spec.changes,
      ...sort.changes,
      ...properties
        .filter(([name]) => name !== contractIdsProperty)
        .map(([name, value]) => `set ${name} to ${value}`),
    ],
    updates: [
      ...schema.updates,
      ...spec.updates,
      ...sort.updates,
      ...(properties.length > 0 ? [update] : []),
    ],
  };
}

/** The properties that a table has by its contract. */
export function tableProperties(contract: Contract): Record<string, string> {
  return { ...icebergProperties(contract), [contractIdsProperty]: contractIds(icebergSchema(contract)) };
}

function planSchema(metadata: TableMetadata, contract: Contract): EvolutionPlan {
  const live = currentSchema(metadata);
  const known = metadata.properties[contractIdsProperty];
  const { schema: wanted, faults: clashes } = withForeignColumns(icebergSchema(contract), live, known);
  const compared = compareSchemas(live, wanted, metadata.schemas, partitionSources(metadata));
  const { changes } = compared;
  const faults = [...clashes, ...compared.faults];
  if (faults.length > 0) {
    throw new Fault(
      `table ${contract.table} cannot follow schemas/${contract.table}.avsc:\n  ${faults.join('\n  ')}`,
    );
  }
  if (same(live, wanted)) return { changes, updates: [] };
  const former = metadata.schemas.find((schema) => same(schema, wanted));
  if (former !== undefined) {
    return { changes, updates: [{ action: 'set-current-schema', 'schema-id': former['schema-id'] }] };
  }
  const id = 1 + Math.max(...metadata.schemas.map((schema) => schema['schema-id']));
  return {
    changes: changes.length > 0 ? changes : ['change docs'],
    updates: [
      { action: 'add-schema', schema: { ...wanted, 'schema-id': id } },
      { action: 'set-current-schema', 'schema-id': -1 },
    ],
  };
}

/** Columns that a spec, today's or a former one, makes partitions from: readers need them to read old files. */
function partitionSources(metadata: TableMetadata): Set<number> {
  const fields = metadata['partition-specs'].flatMap((spec) => spec.fields);
  return new Set(fields.filter(({ transform }) => transform !== 'void').map((field) => field['source-id']));
}

/** Whether two schemas, specs or orders differ in nothing but their own id. */
function same(a: object, b: object): boolean {
  const text = (value: object): string =>
    JSON.stringify({ ...value, 'schema-id': 0, 'spec-id': 0, 'order-id': 0 }, sortedKeys);
  return text(a) === text(b);
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A field that an older spec had keeps its id there (spec, "Partition Evolution"); a new one gets a new id. */
function planSpec(metadata: TableMetadata, wanted: IcebergPartitionSpec): EvolutionPlan {
  const known = metadata['partition-specs'];
  let lastId = metadata['last-partition-id'];
  const fields = wanted.fields.map((field): IcebergPartitionField => {
    const before = known.flatMap((spec) => spec.fields).find((old) => sameSource(old, field));
    if (before !== undefined) return { ...field, 'field-id': before['field-id'] };
    lastId += 1;
    return { ...field, 'field-id': lastId };
  });
  const spec = { 'spec-id': 0, fields };
  if (same(defaultSpec(metadata), spec)) return nothing;
  const changes = [`partition by ${fields.map(({ name }) => name).join(', ') || 'nothing'}, for new files`];
  const found = known.find((other) => same(other, spec));
  if (found !== undefined) {
    return { changes, updates: [{ action: 'set-default-spec', 'spec-id': found['spec-id'] }] };
  }
  const id = 1 + Math.max(...known.map((other) => other['spec-id']));
  return {
    changes,
    updates: [
      { action: 'add-spec', spec: { ...spec, 'spec-id': id } },
      { action: 'set-default-spec', 'spec-id': -1 },
    ],
  };
}

function sameSource(a: IcebergPartitionField, b: IcebergPartitionField): boolean {
  return a['source-id'] === b['source-id'] && a.transform === b.transform && a.name === b.name;
}

function planSortOrder(metadata: TableMetadata, wanted: IcebergSortOrder): EvolutionPlan {
  if (same(defaultSortOrder(metadata), wanted)) return nothing;
  const known = metadata['sort-orders'];
  const changes = ['change the sort order, for new files'];
  const found = known.find((other) => same(other, wanted));
  if (found !== undefined) {
    return { changes, updates: [{ action: 'set-default-sort-order', 'sort-order-id': found['order-id'] }] };
  }
  // Order 0 is "unsorted", and no other's.
  const id = wanted.fields.length === 0 ? 0 : 1 + Math.max(0, ...known.map((other) => other['order-id']));
  return {
    changes,
    updates: [
      { action: 'add-sort-order', 'sort-order': { ...wanted, 'order-id': id } },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
    ],
  };
}

const nothing: EvolutionPlan = { changes: [], updates: [] };
