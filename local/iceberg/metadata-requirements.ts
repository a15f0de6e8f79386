/** What must be true of a table for a commit to land: the requirements of the REST catalog's protocol. Pure. */
import type { TableMetadata } from './types.ts';

/** REST catalog "TableRequirement", of a table that is there. */
export type MetadataRequirement =
  | { type: 'assert-table-uuid'; uuid: string }
  | { type: 'assert-ref-snapshot-id'; ref: string; 'snapshot-id': bigint | null }
  | { type: 'assert-current-schema-id'; 'current-schema-id': number }
  | { type: 'assert-default-spec-id'; 'default-spec-id': number }
  | { type: 'assert-default-sort-order-id'; 'default-sort-order-id': number }
  | { type: 'assert-last-assigned-field-id'; 'last-assigned-field-id': number }
  | { type: 'assert-last-assigned-partition-id'; 'last-assigned-partition-id': number };

/**
 * The first requirement that does not hold, as a sentence; undefined if all hold. It begins as that of Iceberg's own
 * implementation does, which people search for.
 */
export function failedRequirement(
  metadata: TableMetadata,
  requirements: readonly MetadataRequirement[],
): string | undefined {
  for (const requirement of requirements) {
    const [failure, expected, found] = compared(metadata, requirement);
    if (expected !== found) return `Requirement failed: ${failure}: expected ${expected}, found ${found}`;
  }
  return undefined;
}

function compared(metadata: TableMetadata, requirement: MetadataRequirement): [string, unknown, unknown] {
  switch (requirement.type) {
    case 'assert-table-uuid':
      return ['UUID does not match', requirement.uuid, metadata['table-uuid']];
    case 'assert-ref-snapshot-id': {
      const ref = metadata.refs[requirement.ref];
      const failure = `${ref?.type ?? 'branch or tag'} ${requirement.ref} has changed`;
      return [failure, requirement['snapshot-id'], ref?.['snapshot-id'] ?? null];
    }
    case 'assert-current-schema-id':
      return ['current schema changed', requirement['current-schema-id'], metadata['current-schema-id']];
    case 'assert-default-spec-id': {
      const expected = requirement['default-spec-id'];
      return ['default partition spec changed', expected, metadata['default-spec-id']];
    }
    case 'assert-default-sort-order-id': {
      const expected = requirement['default-sort-order-id'];
      return ['default sort order changed', expected, metadata['default-sort-order-id']];
    }
    case 'assert-last-assigned-field-id': {
      const expected = requirement['last-assigned-field-id'];
      return ['last assigned field id changed', expected, metadata['last-column-id']];
    }
    case 'assert-last-assigned-partition-id': {
      const expected = requirement['last-assigned-partition-id'];
      return ['last assigned partition id changed', expected, metadata['last-partition-id']];
    }
  }
}
