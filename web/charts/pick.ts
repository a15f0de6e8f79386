/** Which chart fits a result: what the query's header says, or else what the columns' types suggest. Pure. */
import type { QueryChart } from '../../lake/queries.ts';
import { type Column, isNumeric, isTime } from '../sql.ts';

/** Columns by their place in a row. */
export type Chart =
  /** A line for each column of `y`, or for each value of `by`. */
  | { kind: 'line'; x: number; y: number[]; by?: number }
  /** The funnel's bars tell what share of the first they are. */
  | { kind: 'bars' | 'funnel'; label: number[]; value: number }
  /** A column of `label` for each step. */
  | { kind: 'paths'; label: number[]; value: number }
  | { kind: 'heat'; row: number; column: number; value: number }
  | { kind: 'table' };

/** The chart that a header asks for; a table where the columns are not there. */
export function chartOf({ kind, columns }: QueryChart, result: readonly Column[]): Chart {
  const places = (use: string): number[] =>
    (columns[use] ?? []).map((name) => result.findIndex((column) => column.name === name));
  const all = Object.keys(columns).flatMap(places);
  if (all.includes(-1)) return { kind: 'table' };
  const one = (use: string): number => places(use)[0]!;
  switch (kind) {
    case 'line':
      return { kind, x: one('x'), y: places('y'), ...(columns.by && { by: one('by') }) };
    case 'heat':
      return { kind, row: one('row'), column: one('column'), value: one('value') };
    case 'bars':
    case 'paths':
    case 'funnel':
      return { kind, label: places('label'), value: one('value') };
  }
}

/** For queries that say nothing: times make lines, texts make bars. */
export function guessChart(columns: readonly Column[]): Chart {
  const places = (test: (type: string) => boolean): number[] =>
    columns.flatMap(({ type }, i) => (test(type) ? [i] : []));
  const numbers = places(isNumeric);
  const [time] = places(isTime);
  const texts = places((type) => !isNumeric(type) && !isTime(type));
  const [value] = numbers;
  if (value === undefined) return { kind: 'table' };
  if (time === undefined) {
    return texts.length === 0 ? { kind: 'table' } : { kind: 'bars', label: texts.slice(0, 1), value };
  }
  return texts.length === 0
    ? { kind: 'line', x: time, y: numbers }
    : { kind: 'line', x: time, y: [value], by: texts[0]! };
}
