/** Reads durable records of a log in order, from any position; for delivery and for consumers alike. */
import { Fault } from '../../lake/errors.ts';
import type { Disk } from '../ports.ts';
import { decodeFrame, type Frame, frameHeader, frameLength } from './frame.ts';
import type { LogEnd } from './log.ts';
import { damaged } from './recover.ts';
import { listSegments, type Segment } from './segments.ts';

const chunkBytes = 4 * 1024 * 1024;

export class LogReader {
  readonly #disk: Disk;
  readonly #directory: string;
  #segment: Segment | undefined;
  /** Offset in the segment's file of the bytes in `#chunk`, and of the next frame within them. */
  #offset = 0;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Number of the next frame's first record. */
  #next = -1;
  /** The frame read last: its records are often asked for one batch at a time. */
  #frame: Frame | undefined;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /**
   * The frame that holds record `number`, if that is durable; else undefined.
   * Reading on from one frame to the next is cheap; going elsewhere walks the segment from its beginning.
   * Throws a Fault if the record was trimmed, or its bytes are damaged.
   */
  async frameOf(number: number, end: LogEnd): Promise<Frame | undefined> {
    if (number >= end.number) return undefined;
    if (this.#frame !== undefined && holds(this.#frame, number)) return this.#frame;
    if (this.#segment === undefined || number < this.#next) await this.#seek(number);
    for (;;) {
      this.#frame = await this.#nextFrame(end);
      if (this.#frame === undefined) await this.#seek(number);
      else if (holds(this.#frame, number)) return this.#frame;
    }
  }

  /** Goes to the beginning of the segment that holds `number`. */
  async #seek(number: number): Promise<void> {
    const segments = await listSegments(this.#disk, this.#directory);
    const segment = segments.findLast(({ base }) => base <= number);
    if (segment === undefined) {
      throw new Fault(
        `${this.#directory}: record ${number} is no longer in the log; it begins at ${segments[0]?.base}`,
      );
    }
    if (segment.base === this.#segment?.base && this.#next <= number && this.#next >= 0) {
      // The segment was read to its end, and yet the record is not there, though it was durable.
      throw damaged(segment.file, this.#offset + this.#at, this.#next);
    }
    this.#segment = segment;
    this.#offset = 0;
    this.#chunk = Buffer.alloc(0);
    this.#at = 0;
    this.#next = segment.base;
  }

  /** The next frame of the current segment; undefined at its end. */
  async #nextFrame(end: LogEnd): Promise<Frame | undefined> {
    const segment = this.#segment!;
    const limit = segment.base === end.base ? end.bytes : Number.POSITIVE_INFINITY;
    if ((await this.#need(frameHeader, limit)) === 0) return undefined;
    const whole = frameLength(this.#chunk, this.#at);
    if (whole === undefined || (await this.#need(whole, limit)) < whole) {
      throw damaged(segment.file, this.#offset + this.#at, this.#next);
    }
    const frame = decodeFrame(this.#chunk, this.#at);
    if (frame === undefined || frame.first !== this.#next) {
      throw damaged(segment.file, this.#offset + this.#at, this.#next);
    }
    this.#at += frame.length;
    this.#next += frame.count;
    return frame;
  }

  /** Sees to it that `bytes` bytes are at hand, if the file has them before `limit`; answers how many are. */
  async #need(bytes: number, limit: number): Promise<number> {
    if (this.#chunk.length - this.#at < bytes) {
      this.#offset += this.#at;
      const length = Math.min(Math.max(chunkBytes, bytes), limit - this.#offset);
      this.#chunk =
        length > 0 ? await this.#disk.readAt(this.#segment!.file, this.#offset, length) : Buffer.alloc(0);
      this.#at = 0;
    }
    return this.#chunk.length - this.#at;
  }
}

function holds(frame: Frame, number: number): boolean {
  return frame.first <= number && number < frame.first + frame.count;
}
