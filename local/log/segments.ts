/** The log's files: `<number of the first record, 20 digits>.log`, each a run of whole frames. */
import path from 'node:path';
import { Fault } from '../../lake/errors.ts';
import type { AppendFile, Clock, Disk } from '../ports.ts';
import { recoverSegment } from './recover.ts';

export interface Segment {
  /** Number of its first record. */
  base: number;
  file: string;
}

/** A segment as its writer knows it. */
export interface SegmentState extends Segment {
  bytes: number;
  lastWriteMs: number;
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

/** The files of one log, open for writing at the end. */
export class SegmentWriter {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #directory: string;
  #segments: SegmentState[];
  #file: AppendFile;
  #broken: Fault | undefined;

  /**
   * Opens the segments of a directory, or makes the first. `next` is the number that follows the last record;
   * `cutBytes` what was cut off the end, since a crash interrupted it before it was acknowledged.
   */
  static async open(
    disk: Disk,
    clock: Clock,
    directory: string,
  ): Promise<{ writer: SegmentWriter; next: number; cutBytes: number }> {
    const found = await listSegments(disk, directory);
    const lastWriteMs = clock.now();
    const segments = await Promise.all(
      found.map(async (segment) => ({ ...segment, bytes: await disk.size(segment.file), lastWriteMs })),
    );
    const last = segments.at(-1);
    if (last === undefined) {
      const first = { base: 0, file: segmentFile(directory, 0), bytes: 0, lastWriteMs };
      const file = await disk.append(first.file);
      await disk.syncDir(directory);
      return { writer: new SegmentWriter(disk, clock, directory, [first], file), next: 0, cutBytes: 0 };
    }
    const { next, length } = recoverSegment(await disk.read(last.file), last.base, last.file);
    const cutBytes = last.bytes - length;
    const file = await disk.append(last.file);
    if (cutBytes > 0) await file.truncate(length);
    last.bytes = length;
    return { writer: new SegmentWriter(disk, clock, directory, segments, file), next, cutBytes };
  }

  private constructor(
    disk: Disk,
    clock: Clock,
    directory: string,
    segments: SegmentState[],
    file: AppendFile,
  ) {
    this.#disk = disk;
    this.#clock = clock;
    this.#directory = directory;
    this.#segments = segments;
    this.#file = file;
  }

  /** Oldest first; there is always at least one. */
  get segments(): readonly SegmentState[] {
    return this.#segments;
  }

  get last(): SegmentState {
    return this.#segments.at(-1)!;
  }

  /** Bytes of all. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Why nothing can be written any more. */
  get broken(): Fault | undefined {
    return this.#broken;
  }

  /** Begins a segment, for records from `base` on. */
  async roll(base: number): Promise<void> {
    const file = segmentFile(this.#directory, base);
    const opened = await this.#disk.append(file);
    await this.#disk.syncDir(this.#directory);
    await this.#file.close();
    this.#file = opened;
    this.#segments = [...this.#segments, { base, file, bytes: 0, lastWriteMs: this.#clock.now() }];
  }

  /**
   * Appends bytes to the last segment; they are durable when it resolves. A write that fails is undone, so that
   * no later frame follows half of an earlier one, and may be tried again. After a failed fsync the kernel may
   * have dropped the pages, so that nothing which follows could be trusted: the log is broken until a restart.
   */
  async append(bytes: Uint8Array): Promise<void> {
    const { last } = this;
    try {
      await this.#file.write(bytes);
    } catch (error) {
      await this.#file.truncate(last.bytes).catch(() => {
        this.#broken = restart('written', error as Error);
      });
      throw error;
    }
    try {
      await this.#file.sync();
    } catch (error) {
      this.#broken = restart('synced', error as Error);
      throw this.#broken;
    }
    last.bytes += bytes.length;
    last.lastWriteMs = this.#clock.now();
  }

  /** Removes the oldest segment. The last one stays. */
  async dropOldest(): Promise<void> {
    const [oldest, next] = this.#segments;
    if (oldest === undefined || next === undefined) return;
    await this.#disk.remove(oldest.file);
    // Somebody else may have removed it meanwhile.
    this.#segments = this.#segments.filter((segment) => segment !== oldest);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function restart(what: string, error: Error): Fault {
  return new Fault(`the log could not be ${what}: ${error.message}; restart to recover`);
}
