/** Which data files are worth rewriting into one. Pure. */
import { groupBy, groupByPartition } from '../iceberg/partition.ts';
import type { ScanFile, TableMetadata } from '../iceberg/types.ts';

export interface CompactionPolicy {
  /** Size that files should have; one of three quarters of it is good as it is. */
  targetBytes: number;
  /** Small files of a partition at rest that are worth a rewrite; delete files of a data file, likewise. */
  minFiles: number;
  /** The same for a partition that is being written, where only files of one order of magnitude count. */
  busyFiles: number;
  /** Partitions that have files of this sequence number or later are being written. */
  busySince: number;
  /** A file stays as it is where it is more than this many times as large as the others together. */
  imbalanceMax: number;
}

/**
 * Groups of files to be rewritten into one file each: of one partition, and of `targetBytes` at most. Those that
 * rest longest come first: they are the least likely to lose a race.
 */
export function planCompaction(files: readonly ScanFile[], policy: CompactionPolicy): ScanFile[][] {
  return groupByPartition(files.filter(isReadable))
    .flatMap((partition) => binsOf(filesToRewrite(partition, policy), policy.targetBytes))
    .map((bin) => withoutGiant(bin, policy.imbalanceMax))
    .filter((bin) => bin.length > 1 || bin.some(({ deletes }) => deletes.length > 0))
    .sort((a, b) => newest(a) - newest(b));
}

function newest(files: readonly ScanFile[]): number {
  return files.reduce((max, { sequenceNumber }) => Math.max(max, sequenceNumber), 0);
}

/** Groups in the order given, as many together as fit `targetBytes`: what one commit replaces. */
export function compactionSteps(groups: readonly ScanFile[][], targetBytes: number): ScanFile[][][] {
  const steps: ScanFile[][][] = [];
  let room = 0;
  for (const group of groups) {
    const bytes = sizeOf(group);
    if (steps.length === 0 || bytes > room) {
      steps.push([]);
      room = targetBytes;
    }
    steps.at(-1)!.push(group);
    room -= bytes;
  }
  return steps;
}

/** The sequence number from which on snapshots brought rows less than `quietMs` ago. */
export function busySince(metadata: TableMetadata, quietMs: number, nowMs: number): number {
  const young = metadata.snapshots.filter(
    (snapshot) => nowMs - snapshot['timestamp-ms'] < quietMs && snapshot.summary.operation !== 'replace',
  );
  return Math.min(Number.POSITIVE_INFINITY, ...young.map((snapshot) => snapshot['sequence-number']));
}

/** Other formats than Parquet are not read here. */
function isReadable({ fileFormat }: ScanFile): boolean {
  return fileFormat === 'PARQUET';
}

function filesToRewrite(partition: readonly ScanFile[], policy: CompactionPolicy): ScanFile[] {
  const isBusy = partition.some(({ sequenceNumber }) => sequenceNumber >= policy.busySince);
  const enough = isBusy ? policy.busyFiles : policy.minFiles;
  const small = partition.filter(({ fileSizeInBytes }) => fileSizeInBytes < policy.targetBytes * 0.75);
  // Rewriting files of one order of magnitude touches a row once per order, however long the partition is written.
  const candidates = isBusy
    ? [...groupBy(small, ({ fileSizeInBytes }) => String(fileSizeInBytes).length).values()]
    : [small];
  const chosen = new Set(candidates.filter((files) => files.length >= enough).flat());
  if (partition.some(({ deletes }) => deletes.length >= enough)) {
    // All that have deletes, since a delete file goes with the last data file that it applies to.
    for (const file of partition) if (file.deletes.length > 0) chosen.add(file);
  }
  return [...chosen];
}

/** Most files of a group: each is opened at the same time. */
const GROUP_FILES_MAX = 1000;

/** The smallest first, so that giants come together last. */
function binsOf(files: readonly ScanFile[], targetBytes: number): ScanFile[][] {
  const bins: ScanFile[][] = [];
  let room = 0;
  for (const file of files.toSorted((a, b) => a.fileSizeInBytes - b.fileSizeInBytes)) {
    const isFull = file.fileSizeInBytes > room || bins.at(-1)?.length === GROUP_FILES_MAX;
    if (bins.length === 0 || isFull) {
      bins.push([]);
      room = targetBytes;
    }
    bins.at(-1)!.push(file);
    room -= file.fileSizeInBytes;
  }
  return bins;
}

function withoutGiant(bin: ScanFile[], imbalanceMax: number): ScanFile[] {
  const giant = bin.at(-1);
  if (giant === undefined || giant.deletes.length > 0) return bin;
  const others = bin.slice(0, -1);
  return giant.fileSizeInBytes > imbalanceMax * sizeOf(others) ? others : bin;
}

function sizeOf(files: readonly ScanFile[]): number {
  return files.reduce((sum, { fileSizeInBytes }) => sum + fileSizeInBytes, 0);
}
