/** A result as the chart that fits it. Every chart but lines is made of text and boxes: what it shows can be read. */

import { number } from '../format.ts';
import { Scroll } from '../scroll.tsx';
import type { QueryResult } from '../sql.ts';
import type { Chart } from './pick.ts';
import { type Series, TimeSeries } from './time-series.tsx';

type Rows = readonly (readonly (string | null)[])[];

export function ResultChart({ chart, result, label }: { chart: Chart; result: QueryResult; label: string }) {
  const { rows, columns } = result;
  if (rows.length === 0) return <p class="notice">No rows: nothing of this kind has come yet.</p>;
  switch (chart.kind) {
    case 'line': {
      const names = columns.map(({ name }) => name);
      return <TimeSeries label={label} {...timeSeries(rows, chart, names)} />;
    }
    case 'bars':
    case 'funnel': {
      const bars = rows.map((row) => ({
        label: chart.label
          .map((at) => row[at])
          .filter((part) => part !== null && part !== '')
          .join(' → '),
        value: Number(row[chart.value]),
      }));
      return <Bars bars={bars} share={chart.kind === 'funnel'} label={label} />;
    }
    case 'heat':
      return <Heat rows={rows} chart={chart} label={label} />;
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
      line[at.get(timeOf(row))!] = Number(row[y] ?? 0);
    }
  }
  return { times, series: [...lines].map(([name, values]) => ({ name, values })) };
}

interface Bar {
  label: string;
  value: number;
}

function Bars({ bars, share, label }: { bars: readonly Bar[]; share: boolean; label: string }) {
  const largest = Math.max(...bars.map(({ value }) => value), 1e-9);
  const first = bars[0]?.value ?? 0;
  return (
    <table class="bars" aria-label={label}>
      <tbody>
        {bars.slice(0, 60).map((bar, i) => (
          <tr key={i}>
            <th scope="row">{bar.label}</th>
            <td class="right">{number(bar.value)}</td>
            {share && <td class="right">{first > 0 ? `${number((100 * bar.value) / first)} %` : ''}</td>}
            <td class="bar-cell" aria-hidden="true">
              <meter min={0} max={largest} value={Math.max(0, bar.value)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Heat({ rows, chart, label }: { rows: Rows; chart: Chart & { kind: 'heat' }; label: string }) {
  const across = [...new Set(rows.map((row) => Number(row[chart.column])))].sort((a, b) => a - b);
  const down = [...new Set(rows.map((row) => row[chart.row] ?? '—'))].sort();
  const cells = new Map(
    rows.map((row) => [`${row[chart.row] ?? '—'} ${Number(row[chart.column])}`, Number(row[chart.value])]),
  );
  const largest = Math.max(...cells.values(), 1e-9);
  return (
    <Scroll label={label}>
      <table class="heat">
        <thead>
          <tr>
            <th />
            {across.map((column) => (
              <th key={column} scope="col">
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
