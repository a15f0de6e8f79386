/** The stream as consumers see it: the records of one shard, from a position on. Positions are places in the log. */
import { Fault } from '../../lake/errors.ts';
import type { Disk } from '../ports.ts';
import { type Frame, frameRecords, type LogRecord } from './frame.ts';
import type { LogEnd } from './log.ts';
import { LogReader } from './reader.ts';
import { listSegments } from './segments.ts';

/** What of a log a consumer needs. */
export interface ConsumedLog {
  readonly start: number;
  readonly end: LogEnd;
}

export interface ReadLimits {
  records: number;
  /** Of data and keys; one record is given even if it is larger. */
  bytes: number;
}

export interface ShardRecords {
  records: LogRecord[];
  /** Where to read on. */
  next: number;
  /** When what was looked at last arrived, ms; undefined if `next` is the log's end. */
  behindSinceMs: number | undefined;
}

/** Records that one call looks at: other shards' are among them. */
const lookedAtMax = 200_000;
/** Readers that stay where they are, for whoever reads on from there; each keeps a few MiB. */
const readersMax = 8;

export class ShardConsumer {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #log: ConsumedLog;
  /** By the place where each goes on, the one that was used last at the end. */
  readonly #readers = new Map<number, LogReader>();

  constructor(disk: Disk, directory: string, log: ConsumedLog) {
    this.#disk = disk;
    this.#directory = directory;
    this.#log = log;
  }

  /** The shard's records from `position` on, as far as limits allow. What was trimmed is passed over. */
  async read(shard: number, position: number, limits: ReadLimits): Promise<ShardRecords> {
    for (;;) {
      const from = Math.max(position, this.#log.start);
      try {
        return await this.#read(shard, from, limits);
      } catch (error) {
        // Trimmed while it was being read.
        if (!(error instanceof Fault) || this.#log.start <= from) throw error;
      }
    }
  }

  async #read(shard: number, from: number, limits: ReadLimits): Promise<ShardRecords> {
    const { end } = this.#log;
    const reader = this.#readers.get(from) ?? new LogReader(this.#disk, this.#directory);
    this.#readers.delete(from);
    const records: LogRecord[] = [];
    let next = from;
    let bytes = 0;
    let arrivalMs: number | undefined;
    let isFull = false;
    while (next < end.number && !isFull && next - from < lookedAtMax) {
      const frame = (await reader.frameOf(next, end))!;
      arrivalMs = frame.arrivalMs;
      const begun = next;
      next = frame.first + frame.count;
      for (const record of frameRecords(frame, shard)) {
        if (record.number < begun) continue;
        const size = record.data.length + Buffer.byteLength(record.partitionKey);
        isFull = records.length === limits.records || (records.length > 0 && bytes + size > limits.bytes);
        if (isFull) {
          next = record.number;
          break;
        }
        bytes += size;
        records.push(record);
      }
    }
    this.#keep(next, reader);
    return { records, next, behindSinceMs: next < end.number ? arrivalMs : undefined };
  }

  /** The place of the first record that arrived at `ms` or later; the log's end if none did. */
  async placeAt(ms: number): Promise<number> {
    const { end } = this.#log;
    const reader = new LogReader(this.#disk, this.#directory);
    let place = await this.#segmentBefore(ms, reader, end);
    for (;;) {
      const frame = await reader.frameOf(place, end);
      if (frame === undefined || frame.arrivalMs >= ms) return place;
      place = frame.first + frame.count;
    }
  }

  /** The place where the last segment begins whose first record arrived before `ms`; else the first one. */
  async #segmentBefore(ms: number, reader: LogReader, end: LogEnd): Promise<number> {
    const segments = await listSegments(this.#disk, this.#directory);
    for (const { base } of segments.toReversed()) {
      const frame: Frame | undefined = await reader.frameOf(base, end);
      if (frame !== undefined && frame.arrivalMs < ms) return base;
    }
    return this.#log.start;
  }

  #keep(place: number, reader: LogReader): void {
    this.#readers.set(place, reader);
    const [oldest] = this.#readers.keys();
    if (this.#readers.size > readersMax) this.#readers.delete(oldest!);
  }
}
