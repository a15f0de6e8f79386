/** Rows as a table. */
import { count } from './format.ts';
import { Scroll } from './scroll.tsx';
import type { Column } from './sql.ts';
import { isNumeric } from './sql.ts';

/** Rows that are drawn unless more are asked for. */
const shownRows = 1000;

export function ResultTable({
  columns,
  rows,
  caption,
  max = shownRows,
}: {
  columns: readonly Column[];
  rows: readonly (string | null)[][];
  caption?: string;
  max?: number;
}) {
  if (columns.length === 0) return <p>Done; there are no rows to show.</p>;
  return (
    <Scroll label={caption ?? 'Result'}>
      <table class="result">
        {caption !== undefined && <caption>{caption}</caption>}
        <thead>
          <tr>
            {columns.map(({ name, type }, i) => (
              // Two columns may have one name.
              <th key={i} scope="col" title={type} class={isNumeric(type) ? 'right' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, max).map((row, i) => (
            <tr key={i}>
              {row.map((value, at) => (
                <td
                  key={at}
                  class={isNumeric(columns[at]!.type) ? 'right' : ''}
                  {...(value !== null && value.length > 40 && { title: value })}
                >
                  {value === null ? <span class="null">null</span> : value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="notice">no rows</p>}
      {rows.length > max && (
        <p>
          the first {count(max)} of {count(rows.length)} rows; Download CSV has all
        </p>
      )}
    </Scroll>
  );
}
