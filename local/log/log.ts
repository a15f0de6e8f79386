/**
 * The stream's log: durable, append-only, one sequence of records for all shards, so that one fsync
 * acknowledges a PutRecords that touches several. Many puts share an fsync (group commit): while one runs, the
 * next batch gathers.
 */
import { Fault } from '../../lake/errors.ts';
import type { AppendFile, Clock, Disk, Random } from '../ports.ts';
import { frameSize, type PutRecord, writeFrame } from './frame.ts';
import { type LogIdentity, openIdentity } from './identity.ts';
import { recoverSegment } from './recover.ts';
import { listSegments, type Segment, segmentFile } from './segments.ts';

/** Largest buffer that a log keeps between writes. */
const keptBufferBytes = 16 * 1024 * 1024;

export interface LogOptions {
  segmentBytes: number;
  /** Delivered records older than this are dropped. */
  retentionMs: number;
  /** Size at which delivered records are dropped early, and puts refused if none are delivered. */
  maxBytes: number;
  /** Free disk below which puts are refused. */
  reserveBytes: number;
}

/** How far the log is durable: readers go no further. */
export interface LogEnd {
  /** Number past the last record. */
  number: number;
  /** The last segment, and how many of its bytes count. */
  base: number;
  bytes: number;
}

/** A put was refused, and nothing of it is in the log. `full`: the disk, not the backlog, is why. */
export class PutRefused extends Error {
  override name = 'PutRefused';
  readonly full: boolean;

  constructor(message: string, full: boolean) {
    super(message);
    this.full = full;
  }
}

/** A put whose turn has not come. */
interface Waiting {
  records: readonly PutRecord[];
  size: number;
  arrivalMs: number;
  done: (first: number) => void;
  failed: (error: Error) => void;
}

/** How long a measure of the free disk counts, ms. */
const freeCountsMs = 1000;

export class Log {
  readonly identity: LogIdentity;
  /** Called when records became durable. */
  onDurable: (end: LogEnd) => void = () => {};
  /** What recovery cut off the end, in bytes: a put that a crash interrupted before it was acknowledged. */
  readonly cutBytes: number;

  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #options: LogOptions;
  #segments: (Segment & { bytes: number; lastWriteMs: number })[];
  #file: AppendFile;
  #end: number;
  #done = 0;
  #free = Number.POSITIVE_INFINITY;
  #freeAtMs = Number.NEGATIVE_INFINITY;
  #buffer = Buffer.alloc(0);
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;
  #broken: Error | undefined;

  /** Opens the log in `directory`, or makes one. Throws a Fault if acknowledged records cannot be read. */
  static async open(
    ports: { disk: Disk; clock: Clock; random: Random },
    directory: string,
    options: LogOptions,
  ): Promise<Log> {
    const { disk, clock } = ports;
    await disk.mkdir(directory);
    const identity = await openIdentity(ports, directory);
    const found = await listSegments(disk, directory);
    const sized = await Promise.all(
      found.map(async (segment) => ({
        ...segment,
        bytes: await disk.size(segment.file),
        lastWriteMs: clock.now(),
      })),
    );
    const last = sized.at(-1);
    if (last === undefined) {
      const first = { base: 0, file: segmentFile(directory, 0), bytes: 0, lastWriteMs: clock.now() };
      const file = await disk.append(first.file);
      await disk.syncDir(directory);
      return new Log(ports, directory, options, identity, [first], file, 0, 0);
    }
    const recovered = recoverSegment(await disk.read(last.file), last.base, last.file);
    const cut = last.bytes - recovered.length;
    const file = await disk.append(last.file);
    if (cut > 0) await file.truncate(recovered.length);
    last.bytes = recovered.length;
    return new Log(ports, directory, options, identity, sized, file, recovered.next, cut);
  }

  private constructor(
    ports: { disk: Disk; clock: Clock },
    directory: string,
    options: LogOptions,
    identity: LogIdentity,
    segments: (Segment & { bytes: number; lastWriteMs: number })[],
    file: AppendFile,
    end: number,
    cutBytes: number,
  ) {
    this.#disk = ports.disk;
    this.#clock = ports.clock;
    this.#directory = directory;
    this.#options = options;
    this.identity = identity;
    this.#segments = segments;
    this.#file = file;
    this.#end = end;
    this.cutBytes = cutBytes;
  }

  get end(): LogEnd {
    const { base, bytes } = this.#segments.at(-1)!;
    return { number: this.#end, base, bytes };
  }

  /** Number of the oldest record that is still here. */
  get start(): number {
    return this.#segments[0]!.base;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Appends the records of one put and answers the number of the first, once all are durable.
   * Rejects with PutRefused when the log or the disk is full.
   */
  async append(records: readonly PutRecord[]): Promise<number> {
    const arrivalMs = this.#clock.now();
    // Here too, not with deliveries alone: none may come while puts are refused.
    if (Math.abs(arrivalMs - this.#freeAtMs) >= freeCountsMs) {
      const measured = this.#measureFree();
      if (this.#free < this.#options.reserveBytes) await measured;
    }
    const size = frameSize(records);
    this.#refuseIfFull(size);
    return new Promise((done, failed) => {
      this.#waiting.push({ records, size, arrivalMs, done, failed });
      this.#waitingBytes += size;
      this.#flushing ??= this.#flushAll();
    });
  }

  /** Tells how far delivery got: records before `number` may be dropped once retention allows. */
  async trim(number: number): Promise<void> {
    this.#done = Math.max(this.#done, number);
    await this.#measureFree();
    while (this.#mayDropOldest()) {
      const oldest = this.#segments[0]!;
      await this.#disk.remove(oldest.file);
      // Another trim may have removed it meanwhile.
      this.#segments = this.#segments.filter((segment) => segment !== oldest);
    }
  }

  /** Waits for what is being written, then closes. Later puts are refused. */
  async close(): Promise<void> {
    await this.#flushing;
    this.#broken ??= new PutRefused('the log is closed', false);
    await this.#file.close();
  }

  async #measureFree(): Promise<void> {
    // First, so that of many puts one measures.
    this.#freeAtMs = this.#clock.now();
    // What cannot be measured stays as it was: if the disk is broken, a write will tell.
    this.#free = await this.#disk.free(this.#directory).catch(() => this.#free);
  }

  #mayDropOldest(): boolean {
    const [oldest, next] = this.#segments;
    if (oldest === undefined || next === undefined || next.base > this.#done) return false;
    const expired = oldest.lastWriteMs + this.#options.retentionMs <= this.#clock.now();
    return expired || this.bytes > this.#options.maxBytes || this.#free < this.#options.reserveBytes;
  }

  #refuseIfFull(length: number): void {
    if (this.#broken !== undefined) throw this.#broken;
    const { maxBytes, reserveBytes } = this.#options;
    const over = this.bytes + this.#waitingBytes + length > maxBytes + this.#options.segmentBytes;
    // With nothing left to deliver no trim would come; the next put begins a segment, and this one can go.
    if (over && this.#done < this.#end) {
      throw new PutRefused(`the log holds ${maxBytes} bytes that are not delivered yet`, false);
    }
    if (this.#free < reserveBytes) {
      throw new PutRefused(
        `the disk has ${this.#free} bytes free, below the reserve of ${reserveBytes}`,
        true,
      );
    }
  }

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        const firsts = await this.#flush(batch);
        batch.forEach(({ done }, i) => {
          done(firsts[i]!);
        });
        this.onDurable(this.end);
      } catch (error) {
        for (const { failed } of batch) failed(error as Error);
      }
    }
    this.#flushing = undefined;
  }

  /** Makes a batch of frames durable and answers the number of each one's first record. */
  async #flush(batch: readonly Waiting[]): Promise<number[]> {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#segments.at(-1)!.bytes >= this.#options.segmentBytes) await this.#roll();
    const segment = this.#segments.at(-1)!;
    const buffer = this.#bufferFor(batch.reduce((sum, { size }) => sum + size, 0));
    let next = this.#end;
    let length = 0;
    const firsts = batch.map(({ records, arrivalMs }) => {
      const first = next;
      length = writeFrame(buffer, length, records, { first, synced: this.#end, arrivalMs });
      next += records.length;
      return first;
    });
    await this.#write(buffer.subarray(0, length), segment.bytes);
    segment.bytes += length;
    segment.lastWriteMs = this.#clock.now();
    this.#end = next;
    return firsts;
  }

  /** One buffer serves all batches, since they are written one after the other; an outsize one is not kept. */
  #bufferFor(size: number): Buffer {
    if (size > keptBufferBytes) return Buffer.allocUnsafeSlow(size);
    if (this.#buffer.length < size)
      this.#buffer = Buffer.allocUnsafeSlow(Math.min(keptBufferBytes, 2 * size));
    return this.#buffer;
  }

  /** Writes and syncs. What fails is undone, so that no later frame follows half of an earlier one. */
  async #write(bytes: Buffer, offset: number): Promise<void> {
    try {
      await this.#file.write(bytes);
    } catch (error) {
      await this.#undo(offset, error as Error);
      throw new PutRefused(`the log could not be written: ${(error as Error).message}`, true);
    }
    try {
      await this.#file.sync();
    } catch (error) {
      // After a failed fsync the kernel may have dropped the pages: nothing that follows could be trusted.
      this.#broken = new Fault(
        `the log could not be synced: ${(error as Error).message}; restart to recover`,
      );
      throw this.#broken;
    }
  }

  async #undo(offset: number, cause: Error): Promise<void> {
    try {
      await this.#file.truncate(offset);
      await this.#measureFree();
    } catch {
      this.#broken = new Fault(`the log could not be written: ${cause.message}; restart to recover`);
    }
  }

  async #roll(): Promise<void> {
    const file = segmentFile(this.#directory, this.#end);
    const opened = await this.#disk.append(file);
    await this.#disk.syncDir(this.#directory);
    await this.#file.close();
    this.#file = opened;
    this.#segments.push({ base: this.#end, file, bytes: 0, lastWriteMs: this.#clock.now() });
  }
}
