/**
 * What cannot match. Every function here may answer "might" for a file without matching rows, and never "cannot"
 * for a file with one. NaN makes engines differ (DuckDB sorts it above all numbers, Trino compares it false), so
 * nothing is decided where one may be.
 */

import {
  applyTransform,
  codePointPrefix,
  preservesOrder,
  transformParameter,
  type Value,
} from '../../lake/transforms.ts';
import type { Transform } from '../../lake/types.ts';
import { compareValues } from './bounds.ts';
import type { PredicateOperator } from './types.ts';

/** One condition on one value. */
export interface Condition {
  op: PredicateOperator;
  values: readonly Value[];
}

/** What is known of the values of a column in a file, or of a partition field in a manifest. */
export interface ValueRange {
  /** Inclusive; undefined where unknown. They leave nulls and NaN out. */
  lower: Value | undefined;
  upper: Value | undefined;
  mayHaveNull: boolean;
  mayHaveNan: boolean;
  /** Whether there may be a value that is neither null nor NaN. */
  mayHaveValue: boolean;
}

export const anything: ValueRange = {
  lower: undefined,
  upper: undefined,
  mayHaveNull: true,
  mayHaveNan: true,
  mayHaveValue: true,
};

/** The range of one known value, such as a file's partition value. */
export function rangeOf(value: Value | null): ValueRange {
  const isNan = Number.isNaN(value);
  const known = value === null || isNan ? undefined : value;
  return {
    lower: known,
    upper: known,
    mayHaveNull: value === null,
    mayHaveNan: isNan,
    mayHaveValue: known !== undefined,
  };
}

/** Whether a value in the range might satisfy the condition. */
export function mightMatch({ op, values }: Condition, range: ValueRange): boolean {
  if (op === 'is null') return range.mayHaveNull;
  if (range.mayHaveNan) return true;
  if (!range.mayHaveValue) return false;
  if (op === 'not null') return true;
  if (values.some((value) => Number.isNaN(value))) return true;

  const { lower, upper } = range;
  const notBelow = (value: Value) => lower === undefined || compareValues(lower, value) <= 0;
  const notAbove = (value: Value) => upper === undefined || compareValues(upper, value) >= 0;
  const [value] = values;
  if (value === undefined) return op !== 'in';
  switch (op) {
    case '=':
    case 'in':
      return values.some((candidate) => notBelow(candidate) && notAbove(candidate));
    case '!=':
      // Only where all values are this one.
      return (
        lower === undefined ||
        upper === undefined ||
        compareValues(lower, value) !== 0 ||
        compareValues(upper, value) !== 0
      );
    case '<':
      return lower === undefined || compareValues(lower, value) < 0;
    case '<=':
      return notBelow(value);
    case '>':
      return upper === undefined || compareValues(upper, value) > 0;
    case '>=':
      return notAbove(value);
    case 'starts with':
      // Texts with a prefix are neighbours, from the prefix itself on.
      return notAbove(value) && (notBelow(value) || (lower as string).startsWith(value as string));
  }
}

/**
 * The condition that the partition values of matching rows satisfy, for a partition field that is `transform` of
 * a column of Iceberg primitive `type`; undefined if it tells nothing.
 */
export function projectCondition(
  { op, values }: Condition,
  transform: Transform,
  type: string,
): Condition | undefined {
  if (transform === 'void') return undefined;
  // Every transform but void maps null to null and values to values.
  if (op === 'is null' || op === 'not null') return { op, values };
  if (transform === 'identity') return { op, values };
  if (values.some((value) => typeof value === 'number' && !Number.isInteger(value))) return undefined;
  const project = (value: Value) => applyTransform(transform, type, value) as Value;
  const [value] = values;
  switch (op) {
    case '=':
    case 'in':
      return { op: 'in', values: values.map(project) };
    case '<':
    case '<=':
      if (!preservesOrder(transform) || value === undefined) return undefined;
      return { op: '<=', values: [project(op === '<' ? neighbour(value, -1) : value)] };
    case '>':
    case '>=':
      if (!preservesOrder(transform) || value === undefined) return undefined;
      return { op: '>=', values: [project(op === '>' ? neighbour(value, 1) : value)] };
    case 'starts with': {
      if (!transform.startsWith('truncate') || typeof value !== 'string') return undefined;
      const width = transformParameter(transform);
      return codePointPrefix(value, width) === value ? { op, values } : { op: '=', values: [project(value)] };
    }
    case '!=':
      return undefined;
  }
}

/** The next integer in a direction, so that "before midnight" does not touch the next day; others as they are. */
function neighbour(value: Value, step: 1 | -1): Value {
  if (typeof value === 'bigint') return value + BigInt(step);
  return typeof value === 'number' ? value + step : value;
}
