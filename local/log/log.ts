/**
 * The stream's log: durable, append-only, one sequence of records for all shards, so that one fsync
 * acknowledges a PutRecords that touches several. Many puts share an fsync (group commit): while one runs, the
 * next batch gathers.
 */
import type { Fault } from '../../lake/errors.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { frameSize, type PutRecord, writeFrame } from './frame.ts';
import { type LogIdentity, openIdentity } from './identity.ts';
import { SegmentWriter } from './segments.ts';

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
  readonly #writer: SegmentWriter;
  #end: number;
  /** Records before this number are delivered. */
  #done = 0;
  #free = Number.POSITIVE_INFINITY;
  #freeAtMs = Number.NEGATIVE_INFINITY;
  #buffer = Buffer.alloc(0);
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;
  #closed = false;

  /** Opens the log in `directory`, or makes one. Throws a Fault if acknowledged records cannot be read. */
  static async open(
    ports: { disk: Disk; clock: Clock; random: Random },
    directory: string,
    options: LogOptions,
  ): Promise<Log> {
    await ports.disk.mkdir(directory);
    const identity = await openIdentity(ports, directory);
    const opened = await SegmentWriter.open(ports.disk, ports.clock, directory);
    return new Log(ports, directory, options, identity, opened);
  }

  private constructor(
    ports: { disk: Disk; clock: Clock },
    directory: string,
    options: LogOptions,
    identity: LogIdentity,
    opened: { writer: SegmentWriter; next: number; cutBytes: number },
  ) {
    this.#disk = ports.disk;
    this.#clock = ports.clock;
    this.#directory = directory;
    this.#options = options;
    this.identity = identity;
    this.#writer = opened.writer;
    this.#end = opened.next;
    this.cutBytes = opened.cutBytes;
  }

  get end(): LogEnd {
    const { base, bytes } = this.#writer.last;
    return { number: this.#end, base, bytes };
  }

  /** Number of the oldest record that is still here. */
  get start(): number {
    return this.#writer.segments[0]!.base;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  /** Why no put can be taken until a restart; undefined while they can. */
  get broken(): Fault | undefined {
    return this.#writer.broken;
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
    while (this.#mayDropOldest()) await this.#writer.dropOldest();
  }

  /** Waits for what is being written, then closes. Later puts are refused. */
  async close(): Promise<void> {
    await this.#flushing;
    this.#closed = true;
    await this.#writer.close();
  }

  async #measureFree(): Promise<void> {
    // First, so that of many puts one measures.
    this.#freeAtMs = this.#clock.now();
    // What cannot be measured stays as it was: if the disk is broken, a write will tell.
    this.#free = await this.#disk.free(this.#directory).catch(() => this.#free);
  }

  #mayDropOldest(): boolean {
    const [oldest, next] = this.#writer.segments;
    if (oldest === undefined || next === undefined || next.base > this.#done) return false;
    const { retentionMs, maxBytes, reserveBytes } = this.#options;
    const expired = oldest.lastWriteMs + retentionMs <= this.#clock.now();
    return expired || this.#writer.bytes > maxBytes || this.#free < reserveBytes;
  }

  #refuseIfFull(length: number): void {
    if (this.#closed) throw new PutRefused('the log is closed', false);
    if (this.#writer.broken !== undefined) throw this.#writer.broken;
    const { maxBytes, segmentBytes, reserveBytes } = this.#options;
    const over = this.#writer.bytes + this.#waitingBytes + length > maxBytes + segmentBytes;
    // With nothing left to deliver no trim would come; the next put begins a segment, and this one can go.
    if (over && this.#done < this.#end) {
      throw new PutRefused(`the log holds ${maxBytes} bytes that are not delivered yet`, false);
    }
    if (this.#free < reserveBytes) {
      const reason = `the disk has ${this.#free} bytes free, below the reserve of ${reserveBytes}`;
      throw new PutRefused(reason, true);
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

  /** Makes a batch of puts durable and answers the number of each one's first record. */
  async #flush(batch: readonly Waiting[]): Promise<number[]> {
    if (this.#writer.broken !== undefined) throw this.#writer.broken;
    if (this.#writer.last.bytes >= this.#options.segmentBytes) await this.#writer.roll(this.#end);
    const buffer = this.#bufferFor(batch.reduce((sum, { size }) => sum + size, 0));
    let next = this.#end;
    let length = 0;
    const firsts = batch.map(({ records, arrivalMs }) => {
      const first = next;
      length = writeFrame(buffer, length, records, { first, synced: this.#end, arrivalMs });
      next += records.length;
      return first;
    });
    try {
      await this.#writer.append(buffer.subarray(0, length));
    } catch (error) {
      if (this.#writer.broken !== undefined) throw this.#writer.broken;
      await this.#measureFree();
      throw new PutRefused(`the log could not be written: ${(error as Error).message}`, true);
    }
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
}
