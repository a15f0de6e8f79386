/** Which chart fits a result. Pure: from the query's name and the columns' types. */
import { type Column, isNumeric, isTime } from '../sql.ts';

export type Chart =
  /** A line for each number column, or for each value of `by`. */
  | { kind: 'time'; x: number; y: number[]; by?: number }
  /** Each step's number, and what share of the first it is. */
  | { kind: 'funnel'; step: number; value: number }
  /** A number for each row and column of a grid. */
  | { kind: 'heat'; row: number; column: number; value: number }
  /** From, to, how many. */
  | { kind: 'paths'; from: number; to: number; value: number }
  | { kind: 'bars'; label: number; value: number }
  | { kind: 'table' };

export function pickChart(name: string, columns: readonly Column[]): Chart {
  const at = (test: (type: string) => boolean): number[] =>
    columns.flatMap(({ type }, i) => (test(type) ? [i] : []));
  const numbers = at(isNumeric);
  const times = at(isTime);
  const texts = at((type) => !isNumeric(type) && !isTime(type));
  const value = numbers.at(0);
  if (value === undefined) return { kind: 'table' };
  if (/funnel/.test(name) && texts.length > 0) return { kind: 'funnel', step: texts[0]!, value };
  if (/retention|cohort/.test(name) && times.length > 0 && numbers.length >= 2) {
    return { kind: 'heat', row: times[0]!, column: numbers[0]!, value: numbers.at(-1)! };
  }
  if (/path/.test(name) && texts.length >= 2) return { kind: 'paths', from: texts[0]!, to: texts[1]!, value };
  if (times.length > 0) {
    if (texts.length > 0) return { kind: 'time', x: times[0]!, y: [value], by: texts[0]! };
    return { kind: 'time', x: times[0]!, y: numbers };
  }
  return texts.length > 0 ? { kind: 'bars', label: texts[0]!, value } : { kind: 'table' };
}
