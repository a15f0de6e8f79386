/** What a client asserts about the table that it changes (REST catalog, "TableRequirement"). */
import type { MetadataRequirement } from '../iceberg/metadata-requirements.ts';
import { badRequest } from './errors.ts';
import { asObject, integerAt, optionalIdAt, textAt } from './fields.ts';

export interface Requirements {
  /** The table must not be there yet. */
  create: boolean;
  others: readonly MetadataRequirement[];
}

/** Throws a 400 for a requirement that is not known: none may be passed over. */
export function readRequirements(list: readonly unknown[]): Requirements {
  const others = list.flatMap((item) => readRequirement(item));
  return { create: others.length < list.length, others };
}

/** None for `assert-create`. */
function readRequirement(item: unknown): MetadataRequirement[] {
  const json = asObject(item, 'a requirement');
  const type = textAt(json, 'type');
  switch (type) {
    case 'assert-create':
      return [];
    case 'assert-table-uuid':
      return [{ type, uuid: textAt(json, 'uuid') }];
    case 'assert-ref-snapshot-id': {
      // Absent or null: the branch or tag must not be there.
      const id = optionalIdAt(json, 'snapshot-id') ?? null;
      return [{ type, ref: textAt(json, 'ref'), 'snapshot-id': id }];
    }
    case 'assert-last-assigned-field-id': {
      return [{ type, 'last-assigned-field-id': integerAt(json, 'last-assigned-field-id') }];
    }
    case 'assert-current-schema-id':
      return [{ type, 'current-schema-id': integerAt(json, 'current-schema-id') }];
    case 'assert-last-assigned-partition-id':
      return [{ type, 'last-assigned-partition-id': integerAt(json, 'last-assigned-partition-id') }];
    case 'assert-default-spec-id':
      return [{ type, 'default-spec-id': integerAt(json, 'default-spec-id') }];
    case 'assert-default-sort-order-id':
      return [{ type, 'default-sort-order-id': integerAt(json, 'default-sort-order-id') }];
    default:
      throw badRequest(`the requirement "${type.slice(0, 60)}" is not known`);
  }
}
