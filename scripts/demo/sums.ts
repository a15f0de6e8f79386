/** accepted = rows + rejected + in flight: what became of every record that the stream took. */
import { rejectedTable } from '../../lake/transform.ts';
import type { Runtime } from '../../local/runtime.ts';

type Sums = ReturnType<Runtime['sums']>;

/** Records that were accepted and have no verdict yet. */
export function inFlight({ accepted, done }: Sums): number {
  return accepted - done.to;
}

/**
 * Over the whole life of a home: `1,000 accepted = 982 rows + 18 rejected + 0 in flight`.
 * Throws if the two sides differ: that would be a bug in delivery.
 */
export function sumsLine(sums: Sums): string {
  const { rows, dropped, failed } = sums.done.sums;
  const all = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const rejected = rows[rejectedTable] ?? 0;
  const parts: [number, string][] = [
    [all - rejected, 'rows'],
    [rejected, 'rejected'],
    [inFlight(sums), 'in flight'],
  ];
  if (dropped > 0) parts.push([dropped, 'dropped by the transform']);
  if (failed > 0) parts.push([failed, 'in error objects']);
  const total = parts.reduce((sum, [count]) => sum + count, 0);
  const told = parts.map(([count, name]) => `${count.toLocaleString('en')} ${name}`).join(' + ');
  if (total !== sums.accepted)
    throw new Error(`the sums differ: ${sums.accepted} accepted, but ${told}; please report this`);
  return `${sums.accepted.toLocaleString('en')} accepted = ${told}`;
}
