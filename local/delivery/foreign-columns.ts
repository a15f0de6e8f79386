/**
 * Columns that other writers added to a table. They stay: what the contract does not know, it cannot have dropped. So
 * that the two can be told apart, a property of the table keeps the field ids that its contract had last. Pure.
 */
import type {
  IcebergField,
  IcebergPartitionSpec,
  IcebergSchema,
  IcebergSortOrder,
  IcebergType,
} from '../../lake/iceberg.ts';
import { allIds } from '../iceberg/schema.ts';

export const contractIdsProperty = 'firn.contract-field-ids';

/** The property's value for a contract's schema: every field id, those of nested fields too. */
export function contractIds(schema: IcebergSchema): string {
  return allIds(schema.fields).join(',');
}

/**
 * The schema that a contract wants, and behind its columns (or members of structs) those that others added to the
 * live one; faults where the two cannot live together. `known`: the property; undefined where nobody ever set it,
 * and all columns count as the contract's.
 */
export function withForeignColumns(
  wanted: IcebergSchema,
  live: IcebergSchema,
  known: string | undefined,
): { schema: IcebergSchema; faults: readonly string[] } {
  if (known === undefined) return { schema: wanted, faults: [] };
  const own = new Set(known.split(',').map(Number));
  const faults: string[] = [];
  const fields = merged(wanted.fields, live.fields, '', own, faults);
  return { schema: { ...wanted, fields }, faults };
}

/**
 * The spec, or sort order, that rows of a contract can be written by: the default one, unless another writer made it
 * from a column that they lack; then the last that needs none such. A start makes the contract's the default again.
 */
export function writableBy<Layout extends IcebergPartitionSpec | IcebergSortOrder>(
  standard: Layout,
  known: readonly Layout[],
  schema: IcebergSchema,
): Layout {
  const ids = new Set(allIds(schema.fields));
  const isOurs = ({ fields }: Layout) =>
    fields.every((field) => field.transform === 'void' || ids.has(field['source-id']));
  return isOurs(standard) ? standard : (known.findLast(isOurs) ?? standard);
}

function merged(
  wanted: readonly IcebergField[],
  live: readonly IcebergField[],
  prefix: string,
  own: ReadonlySet<number>,
  faults: string[],
): IcebergField[] {
  const kept = wanted.map((field): IcebergField => {
    const before = live.find(({ id }) => id === field.id);
    if (before === undefined) return field;
    if (!own.has(field.id) && before.name !== field.name) {
      faults.push(
        `${prefix}${field.name}: field-id ${field.id} is that of ${before.name}, which another writer added; ` +
          'choose a new one',
      );
    }
    return { ...field, type: mergedType(field.type, before.type, `${prefix}${field.name}`, own, faults) };
  });
  const foreign = live.filter(({ id }) => !own.has(id) && !wanted.some((field) => field.id === id));
  for (const { id, name, required } of foreign) {
    if (wanted.some((field) => field.name.toLowerCase() === name.toLowerCase())) {
      faults.push(
        `${prefix}${name}: another writer added a column of this name; give the field its field-id ${id} to ` +
          'take it over, or another name',
      );
    }
    if (required) {
      faults.push(
        `${prefix}${name}: another writer added this column and requires values, which rows of the contract ` +
          'lack; make it optional or drop it there, or take it over with its field-id',
      );
    }
  }
  return [...kept, ...foreign];
}

/** Members that others added to a struct, also within lists and maps; types that differ are judged elsewhere. */
function mergedType(
  wanted: IcebergType,
  live: IcebergType,
  path: string,
  own: ReadonlySet<number>,
  faults: string[],
): IcebergType {
  if (typeof wanted === 'string' || typeof live === 'string') return wanted;
  if (wanted.type === 'struct' && live.type === 'struct') {
    return { ...wanted, fields: merged(wanted.fields, live.fields, `${path}.`, own, faults) };
  }
  if (wanted.type === 'list' && live.type === 'list') {
    return { ...wanted, element: mergedType(wanted.element, live.element, `${path}.element`, own, faults) };
  }
  if (wanted.type === 'map' && live.type === 'map') {
    return { ...wanted, value: mergedType(wanted.value, live.value, `${path}.value`, own, faults) };
  }
  return wanted;
}
