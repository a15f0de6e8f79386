/**
 * A zoned timestamp carries its zone in Trino; DuckDB's does not. `x AT TIME ZONE z` therefore runs only where
 * nothing but its local reading is used, and is refused as a result or an operand.
 */
import { type Expression, isExpression, members } from './ast.ts';
import { SqlError } from './errors.ts';

const carriers = new Set(['timezone', 'at_timezone']);
const passing = new Set(['date_trunc', 'date_add', '+', '-']);
const readers = new Set(
  'date_part date_format format_datetime date year quarter month day day_of_month day_of_week dow day_of_year doy week week_of_year year_of_week yow hour minute second millisecond'.split(
    ' ',
  ),
);

/** Throws where a value at a zone would be seen as such. */
export function refuseZonedResult(tree: unknown, read = false): void {
  if (!isExpression(tree)) {
    for (const member of members(tree)) refuseZonedResult(member);
    return;
  }
  const name = tree.class === 'FUNCTION' ? (tree.function_name ?? '').toLowerCase() : '';
  if (carriers.has(name) && !read) {
    throw new SqlError(
      'NOT_SUPPORTED',
      'AT TIME ZONE does not run on the local endpoint as a result or in a comparison; write CAST(x AT TIME ZONE … AS timestamp), or use it inside date_format, hour, date …',
    );
  }
  const readsBelow = readers.has(name) || isTimeCast(tree) || (passing.has(name) && read);
  for (const member of members(tree)) {
    const children = Array.isArray(member) ? member : [member];
    for (const child of children) refuseZonedResult(child, readsBelow);
  }
}

function isTimeCast({ class: kind, cast_type: type }: Expression): boolean {
  return kind === 'CAST' && ['DATE', 'TIMESTAMP', 'TIMESTAMP_MS', 'TIME'].includes(type?.id ?? '');
}
