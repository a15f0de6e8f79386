/**
 * Tables of contracts have other owners too: columns, partitions and some properties come from schemas/<table>.avsc,
 * and delivery keeps its progress in them. Everybody may add and delete rows, and add optional columns; what would
 * break the others, or be undone by the next start, is refused. Pure.
 */
import { compareSchemas } from '../../lake/evolution.ts';
import { icebergProperties } from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';
import { stringifyJson } from '../iceberg/json.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { forbidden } from './errors.ts';
import type { PlannedUpdates } from './updates.ts';

/** Throws a 403 that says which change belongs to whom. `contract`: undefined for tables without one. */
export function guardChange(
  before: TableMetadata,
  { updates, after }: PlannedUpdates,
  contract: Contract | undefined,
): void {
  guardProperties(before, after, contract);
  if (contract === undefined) return;
  const file = `schemas/${contract.table}.avsc`;
  guardSchema(before, after, file);
  const owned = [
    ['partitions', ['partition-specs', 'default-spec-id']],
    ['sort order', ['sort-orders', 'default-sort-order-id']],
  ] as const;
  for (const [what, members] of owned) {
    if (members.every((member) => same(before[member], after[member]))) continue;
    throw forbidden(`the ${what} of ${contract.table} come from ${file}: change them there, and start again`);
  }
  // A replaced table begins without `main`: rows that came in meanwhile would be gone.
  if (updates.some((update) => update.action === 'remove-snapshot-ref' && update['ref-name'] === 'main')) {
    throw forbidden(`${contract.table} cannot be replaced, nor its main removed: delivery appends to it`);
  }
}

/** Delivery goes on with columns that others add; old schemas tell which field ids were ever used. */
function guardSchema(before: TableMetadata, after: TableMetadata, file: string): void {
  if (!before.schemas.every((schema) => after.schemas.includes(schema))) {
    throw forbidden(`schemas of this table cannot be removed: they tell which field ids are spent`);
  }
  const [live, wanted] = [currentSchema(before), currentSchema(after)];
  const { changes, faults } = compareSchemas(live, wanted, before.schemas, new Set());
  const refused = [...faults, ...changes.filter((change) => !change.startsWith('add '))];
  if (refused.length === 0) return;
  throw forbidden(
    `${refused.join('; ')}: columns come from ${file}, change them there; other engines may add optional ones`,
  );
}

function guardProperties(
  { properties: before }: TableMetadata,
  { properties: after }: TableMetadata,
  contract: Contract | undefined,
): void {
  const fromContract = contract === undefined ? {} : icebergProperties(contract);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] === after[name]) continue;
    if (name.startsWith('firn.')) {
      throw forbidden(`the property ${name} is set by delivery and upkeep, and by nobody else`);
    }
    if (Object.hasOwn(fromContract, name) && after[name] !== fromContract[name]) {
      throw forbidden(
        `the property ${name} of ${contract!.table} comes from schemas/${contract!.table}.avsc`,
      );
    }
  }
}

/** Throws a 403 if the table is one of a contract. `doing`: what would happen to it, "dropped". */
export function guardFate(contract: Contract | undefined, doing: string): void {
  if (contract === undefined) return;
  throw forbidden(
    `${contract.table} cannot be ${doing}: delivery writes to it, for schemas/${contract.table}.avsc is there`,
  );
}

function same(a: unknown, b: unknown): boolean {
  return stringifyJson(a) === stringifyJson(b);
}
