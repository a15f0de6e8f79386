/** A result as the chart that fits it. Every chart but lines is made of text and boxes: what it shows can be read. */

import { number } from '../format.ts';
import { Scroll } from '../scroll.tsx';
import type { QueryResult } from '../sql.ts';
import { PathFlow } from './path-flow.tsx';
import type { Chart } from './pick.ts';
import { stepsOf } from './steps.ts';
import { type Series, TimeSeries } from './time-series.tsx';

type Rows = readonly (readonly (string | null)[])[];

/** Bars that are drawn; the table below has all. */
const barsShown = 60;

export function ResultChart({ chart, result, label }: { chart: Chart; result: QueryResult; label: string }) {
  const { rows, columns } = result;
  const names = columns.map(({ name }) => name);
  if (rows.length === 0) return <p class="empty">No rows: nothing of this kind came in this time.</p>;
  switch (chart.kind) {
    case 'line':
      return <TimeSeries label={label} {...timeSeries(rows, chart, names)} />;
    case 'bars':
    case 'funnel':
      return <Bars rows={rows} chart={chart} names={names} label={label} />;
    case 'paths': {
      const paths = rows.map((row) => ({
        steps: chart.label.flatMap((at) => row[at] || []),
        value: Number(row[chart.value]),
      }));
      return <PathFlow steps={stepsOf(paths)} label={label} value={title(names[chart.value])} />;
    }
    case 'heat':
      return <Heat rows={rows} chart={chart} names={names} label={label} />;
    case 'table':
      return null;
  }
}

function timeSeries(
  rows: Rows,
  chart: Chart & { kind: 'line' },
  names: readonly string[],
): { times: number[]; series: Series[] } {
  const timeOf = (row: readonly (string | null)[]): number =>
    Date.parse(`${row[chart.x]!.replace(' ', 'T').replace(/^(\d{4}-\d\d-\d\d)$/, '$1T00:00')}Z`) / 1000;
  const known = rows.filter((row) => row[chart.x] !== null);
  const times = [...new Set(known.map(timeOf))].sort((a, b) => a - b);
  const at = new Map(times.map((time, i) => [time, i]));
  const lines = new Map<string, (number | null)[]>();
  for (const row of known) {
    for (const y of chart.y) {
      const name = chart.by === undefined ? names[y]! : (row[chart.by] ?? '—');
      let line = lines.get(name);
      if (line === undefined) {
        line = times.map(() => null);
        lines.set(name, line);
      }
      line[at.get(timeOf(row))!] = row[y] === null || row[y] === undefined ? null : Number(row[y]);
    }
  }
  return { times, series: [...lines].map(([name, values]) => ({ name, values })) };
}

function Bars({
  rows,
  chart,
  names,
  label,
}: {
  rows: Rows;
  chart: Chart & { kind: 'bars' | 'funnel' };
  names: readonly string[];
  label: string;
}) {
  const bars = rows.slice(0, barsShown).map((row) => {
    const parts = chart.label.map((at) => row[at]).filter((part) => part !== null && part !== '');
    return { label: parts.join(' · ') || '(none)', value: Number(row[chart.value]) };
  });
  const largest = Math.max(...bars.map(({ value }) => value), 1e-9);
  const first = bars[0]?.value ?? 0;
  const share = chart.kind === 'funnel';
  return (
    <>
      <table class="bars" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{chart.label.map((at) => title(names[at])).join(' · ')}</th>
            <th scope="col" class="right">
              {title(names[chart.value])}
            </th>
            {share && (
              <th scope="col" class="right">
                of the first
              </th>
            )}
            <td aria-hidden="true" />
          </tr>
        </thead>
        <tbody>
          {bars.map((bar, i) => (
            <tr key={i}>
              <th scope="row" title={bar.label}>
                {bar.label}
              </th>
              <td class="right">{number(bar.value)}</td>
              {share && <td class="right">{first > 0 ? `${number((100 * bar.value) / first)} %` : ''}</td>}
              <td class="bar-cell" aria-hidden="true">
                <meter min={0} max={largest} value={Math.max(0, bar.value)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > barsShown && (
        <p class="notice">
          the first {barsShown} of {number(rows.length)}; the table below has all
        </p>
      )}
    </>
  );
}

function Heat({
  rows,
  chart,
  names,
  label,
}: {
  rows: Rows;
  chart: Chart & { kind: 'heat' };
  names: readonly string[];
  label: string;
}) {
  const across = [...new Set(rows.map((row) => Number(row[chart.column])))].sort((a, b) => a - b);
  const down = [...new Set(rows.map((row) => row[chart.row] ?? '—'))].sort();
  const cells = new Map(
    rows.map((row) => [`${row[chart.row] ?? '—'} ${Number(row[chart.column])}`, Number(row[chart.value])]),
  );
  const largest = Math.max(...cells.values(), 1e-9);
  return (
    <Scroll label={label}>
      <table class="heat">
        <caption>{title(names[chart.value])}: the darker, the more</caption>
        <thead>
          <tr>
            <th scope="col">
              {title(names[chart.row])} ↓ {title(names[chart.column])} →
            </th>
            {across.map((column) => (
              <th key={column} scope="col" class="right">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {down.map((name) => (
            <tr key={name}>
              <th scope="row">{name.replace(/ 00:00.*$/, '')}</th>
              {across.map((column) => {
                const value = cells.get(`${name} ${column}`);
                // Ten steps, as classes: a style of its own for each cell would need a weaker policy.
                const step = value === undefined ? 'none' : String(Math.ceil((10 * value) / largest));
                return (
                  <td key={column} class={`heat-${step}`}>
                    {value === undefined ? '' : number(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** A column's name as a heading: `new_users` → `new users`. */
function title(name = ''): string {
  return name.replaceAll('_', ' ');
}
