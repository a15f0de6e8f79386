/** Lines over time, drawn by uPlot. */
import { useEffect, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { number } from '../format.ts';

export interface Series {
  name: string;
  values: readonly (number | null)[];
}

/** Okabe and Ito's colours, which people who see fewer colours tell apart too; as CSS variables. */
const colours = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'];
const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3], [12, 4], [4, 8], [1, 6]];
const height = 280;
/** Up to so many times, each value is marked with a point. */
const pointsMax = 45;

/**
 * `times`: seconds since 1970, ascending. `label` says to those who do not see it what the chart shows. `range`: the
 * times that the chart spans; default: those that there are.
 */
export function TimeSeries({
  label,
  times,
  series,
  range,
}: {
  label: string;
  times: readonly number[];
  series: readonly Series[];
  range?: readonly [number, number];
}) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>();
  const spanned = useRef(range);
  spanned.current = range;
  const dark = useDarkScheme();
  const names = series.map(({ name }) => name).join('\n');
  const withDays = times.length > 1 && times.every((time) => time % 86_400 === 0);
  useEffect(() => {
    const element = place.current!;
    const options = optionsFor(names.split('\n'), element, withDays, () => spanned.current);
    plot.current = new UPlot(options, [[]], element);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, [names, dark, withDays]);
  useEffect(() => {
    plot.current?.setData([[...times], ...series.map(({ values }) => [...values])] as UPlot.AlignedData);
    showLatest(plot.current);
  }, [times, series, dark, withDays]);
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

/** While the pointer is elsewhere, the legend tells the last values. */
function showLatest(plot: UPlot | undefined): void {
  const times = plot?.data[0];
  if (plot === undefined || times === undefined || times.length === 0 || (plot.cursor.left ?? -1) >= 0)
    return;
  plot.setLegend({ idx: times.length - 1 });
}

function useDarkScheme(): boolean {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return dark;
}

/**
 * Labels of the time axis, by how far apart they are, s: the label, and what stands below it where the year, the
 * month or the day changes (uPlot, "Axis & Grid Opts").
 */
const day = '\n{D} {MMM}';
const timeLabels: (string | number | null)[][] = [
  [3600 * 24 * 365, '{YYYY}', null, null, null, null, null, null, 1],
  [3600 * 24 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [3600 * 24, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', `${day} {YYYY}`, null, day, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', `${day} {YYYY}`, null, day, null, null, null, 1],
  [0.001, '{HH}:{mm}:{ss}.{fff}', `${day} {YYYY}`, null, day, null, null, null, 1],
];

function optionsFor(
  names: readonly string[],
  element: HTMLElement,
  withDays: boolean,
  range: () => readonly [number, number] | undefined,
): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (variable: string): string => style.getPropertyValue(variable).trim();
  const font = '12px system-ui, sans-serif';
  const line = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--soft'), font, grid: line, ticks: { ...line, size: 5 } };
  const [only] = names;
  const value = (_: UPlot, given: number | null): string =>
    given === null || given === undefined ? '–' : number(given);
  return {
    width: element.clientWidth || 600,
    height,
    padding: [12, 28, 0, 0],
    // Tables are in UTC, and so is everything here.
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    hooks: { setCursor: [showLatest] },
    scales: {
      x: {
        range: (_, min, max) => {
          const [from, to] = range() ?? [min, max];
          // One time alone is drawn in the middle of a day.
          return from === to ? [from - 43_200, to + 43_200] : [from, to];
        },
      },
      y: { range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(1, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, values: timeLabels as never, space: 70 },
      {
        ...axis,
        size: 64,
        values: (_, splits) => splits.map((split) => number(split)),
        ...(names.length === 1 &&
          only !== undefined && { label: words(only), labelFont: font, labelSize: 22 }),
      },
    ],
    series: [
      { label: 'UTC', value: (_, time) => (time === null ? '–' : timeText(time, withDays)) },
      ...names.map((label, i) => ({
        label: words(label),
        value,
        stroke: colour(colours[i % colours.length]!),
        // From the eighth line on, a colour comes again with another dash.
        dash: dashes[(i + Math.floor(i / colours.length)) % dashes.length]!,
        width: 2,
        spanGaps: true,
        points: { show: (plot: UPlot) => plot.data[0].length <= pointsMax, size: 6 },
      })),
    ],
  };
}

function timeText(seconds: number, withDays: boolean): string {
  const text = new Date(seconds * 1000).toISOString();
  return withDays ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/** A column's name as it is read: `active_users` → `active users`. */
function words(name: string): string {
  return name.replaceAll('_', ' ');
}
