/** Lines over time, drawn by uPlot. */
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Series {
  name: string;
  values: readonly (number | null)[];
}

/** Okabe and Ito's colours, which people who see fewer colours tell apart too; as CSS variables. */
const colours = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'];
const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3], [12, 4], [4, 8], [1, 6]];
const height = 260;

/** `times`: seconds since 1970, ascending. `label` says to those who do not see it what the chart shows. */
export function TimeSeries({
  label,
  times,
  series,
}: {
  label: string;
  times: readonly number[];
  series: readonly Series[];
}) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>();
  const names = series.map(({ name }) => name).join('\n');
  useEffect(() => {
    const element = place.current!;
    plot.current = new UPlot(optionsFor(names.split('\n'), element), [[]], element);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, [names]);
  useEffect(() => {
    plot.current?.setData([[...times], ...series.map(({ values }) => [...values])] as UPlot.AlignedData);
  }, [times, series]);
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}

function optionsFor(names: readonly string[], element: HTMLElement): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (variable: string): string => style.getPropertyValue(variable).trim();
  const line = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--text'), grid: line, ticks: line };
  return {
    width: element.clientWidth || 600,
    height,
    // Tables are in UTC, and so is everything here.
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [axis, { ...axis, size: 70 }],
    series: [
      {},
      ...names.map((label, i) => ({
        label,
        stroke: colour(colours[i % colours.length]!),
        dash: dashes[i % dashes.length]!,
        width: 2,
        points: { show: false },
      })),
    ],
  };
}
