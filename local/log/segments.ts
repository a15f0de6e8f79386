/** The log's files: `<number of the first record, 20 digits>.log`, each a run of whole frames. */
import path from 'node:path';
import type { Disk } from '../ports.ts';

export interface Segment {
  /** Number of its first record. */
  base: number;
  file: string;
}

export function segmentFile(directory: string, base: number): string {
  return path.join(directory, `${String(base).padStart(20, '0')}.log`);
}

/** The segments of a log, oldest first. */
export async function listSegments(disk: Disk, directory: string): Promise<Segment[]> {
  const names = await disk.list(directory);
  return names
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => ({ base: Number(name.slice(0, 20)), file: path.join(directory, name) }));
}
