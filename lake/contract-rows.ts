/**
 * Which rows of a table an analyst may see: `"row-filter": {"country_code": ["NL", "DE"]}` shows those whose column
 * holds one of these values. Several columns must all do.
 */
import type { Refuse } from './contract.ts';
import type { Field, RowFilter } from './types.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
};

/** Parses the attribute; an empty list where there is none. */
export function rowFilter(given: unknown, byName: ReadonlyMap<string, Field>, refuse: Refuse): RowFilter[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse('"row-filter" must be an object: columns and the values that may be seen');
  }
  return Object.entries(given).map(([column, values]: [string, unknown]) => {
    const field = byName.get(column);
    if (field === undefined) refuse(`row-filter: there is no column "${column}"`);
    const expected = kinds[field.type.kind];
    if (expected === undefined) {
      refuse(`row-filter: "${column}" is ${field.type.kind}; a filter is on text, whole numbers or booleans`);
    }
    const fits = (value: unknown): boolean =>
      typeof value === expected && (expected !== 'number' || Number.isSafeInteger(value));
    if (!Array.isArray(values) || values.length === 0 || !values.every(fits)) {
      refuse(`row-filter: "${column}" needs a list of values, each ${field.type.kind}`);
    }
    return { columnId: field.id, column, values: values as RowFilter['values'] };
  });
}
