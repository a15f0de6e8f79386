/** When events happen: spread over the last hours, as a day has busy and quiet ones. */
import type { Random } from './random.ts';

const minuteMs = 60_000;

/** Traffic by hour of the day, UTC: quietest before dawn, busiest in the evening. */
const hourWeights = [
  5, 4, 3, 2, 2, 3, 4, 6, 8, 10, 11, 12, 12, 11, 11, 11, 12, 13, 15, 16, 16, 14, 11, 8,
] as const;

/** How far back `count` events reach: a few for ten minutes, thousands for six hours. In ms. */
export function spanMs(count: number): number {
  return Math.min(Math.max(count * 20_000, 10 * minuteMs), 360 * minuteMs);
}

/**
 * The time of event number `index`, in ms since 1970. A known `count` fills the span before `now` and ends
 * there, never later; without one (Infinity) events happen when they are asked for. Times never run backwards.
 */
export function makeTimeline(
  count: number,
  now: () => number,
  random: Random,
  span = spanMs(count),
): (index: number) => number {
  if (!Number.isFinite(count)) return () => Math.floor(now());
  const end = now();
  const start = end - span;
  const minutes = Math.ceil((end - start) / minuteMs);
  const cumulative = [0];
  for (let m = 0; m < minutes; m++) cumulative.push(cumulative[m]! + traffic(start + m * minuteMs));
  const total = cumulative[minutes]!;
  let minute = 0;
  return (index) => {
    const target = ((index + random.float()) / count) * total;
    while (minute < minutes - 1 && cumulative[minute + 1]! <= target) minute++;
    const part = (target - cumulative[minute]!) / (cumulative[minute + 1]! - cumulative[minute]!);
    return Math.min(Math.floor(start + (minute + part) * minuteMs), end);
  };
}

/** Relative traffic at a moment, from one hour's weight on to the next. */
function traffic(ms: number): number {
  const hours = (ms / 3_600_000) % 24;
  const hour = Math.floor(hours);
  const next = hourWeights[(hour + 1) % 24]!;
  return hourWeights[hour]! + (next - hourWeights[hour]!) * (hours - hour);
}
