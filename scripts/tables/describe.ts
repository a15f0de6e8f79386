/** Figures of a table as lines to read. Pure. */
import type { TableFigures } from '../../local/tables.ts';

/** Three to five lines, the first with the table's name. */
export function describeTable(name: string, figures: TableFigures): string {
  const { rows, files, bytes, medianBytes, deleteFiles, manifests, snapshots, oldestSnapshotMs } = figures;
  const since =
    oldestSnapshotMs === undefined ? '' : ` since ${time(new Date(oldestSnapshotMs).toISOString())}`;
  const sizes = files === 0 ? '' : `, ${size(bytes)}, median ${size(medianBytes)}`;
  return [
    name,
    `  ${count(rows, 'row')} in ${count(files, 'file')}${sizes}; ${count(deleteFiles, 'delete file')}`,
    `  ${count(snapshots, 'snapshot')}${since}; ${count(manifests, 'manifest')}`,
    ...last(figures),
    `  due: ${due(figures)}`,
  ].join('\n');
}

function last({ last: { compaction, expiry } }: TableFigures): string[] {
  const lines: string[] = [];
  if (compaction) {
    const { at, rewritten, added } = compaction;
    lines.push(`  last compaction ${time(at)}: ${count(rewritten, 'file')} made ${number(added)}`);
  }
  if (expiry) lines.push(`  last expiry ${time(expiry.at)}: ${count(expiry.expired, 'snapshot')}`);
  return lines;
}

function due({ due: { filesIn, filesOut, snapshots } }: TableFigures): string {
  const parts = [
    ...(filesIn > 0 ? [`${count(filesIn, 'file')} to be made ${number(filesOut)}`] : []),
    ...(snapshots > 0 ? [`${count(snapshots, 'snapshot')} to expire`] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function count(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** To the minute, UTC. */
function time(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
