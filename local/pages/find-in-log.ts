/** The record of an event in the log, by its id. */
import type { Frame, LogRecord } from '../log/frame.ts';
import { frameRecords } from '../log/frame.ts';
import type { LogEnd } from '../log/log.ts';
import { LogReader } from '../log/reader.ts';
import { listSegments } from '../log/segments.ts';
import { sequenceNumbers, shardId } from '../log/shards.ts';
import type { Disk } from '../ports.ts';

/** Where the log is, and how far it is durable. */
export interface LogPlace {
  disk: Disk;
  directory: string;
  createdMs: number;
  end: () => LogEnd;
}

export interface LoggedRecord {
  number: number;
  shardId: string;
  sequenceNumber: string;
  partitionKey: string;
  arrivalMs: number;
  /** What came, envelope included. */
  raw: string;
}

/** Without a time, no more than this of the log's end is read. */
const recentRecords = 1_000_000;

/**
 * The first record that holds the id as JSON text. `arrivalMs`: when it came, where its row says so. Reads one
 * segment, or what came last; undefined if it is not there.
 */
export async function findInLog(
  place: LogPlace,
  eventId: string,
  arrivalMs: number | undefined,
): Promise<LoggedRecord | undefined> {
  const { disk, directory, createdMs } = place;
  const end = place.end();
  const reader = new LogReader(disk, directory);
  const wanted = Buffer.from(JSON.stringify(eventId));
  let next = await firstNumber(place, end, arrivalMs);
  for (
    let frame = await reader.frameOf(next, end);
    frame !== undefined;
    frame = await reader.frameOf(next, end)
  ) {
    next = frame.first + frame.count;
    if (arrivalMs !== undefined && frame.arrivalMs > arrivalMs) return undefined;
    const record =
      arrivalMs === undefined || frame.arrivalMs === arrivalMs ? recordWith(frame, wanted) : undefined;
    if (record !== undefined) {
      const { number, shard, partitionKey, data } = record;
      const sequenceNumber = sequenceNumbers(createdMs)(shard, number);
      const raw = data.toString();
      return {
        number,
        shardId: shardId(shard),
        sequenceNumber,
        partitionKey,
        arrivalMs: record.arrivalMs,
        raw,
      };
    }
  }
  return undefined;
}

function recordWith(frame: Frame, wanted: Buffer): LogRecord | undefined {
  if (!frame.body.includes(wanted)) return undefined;
  return frameRecords(frame).find(({ data }) => data.includes(wanted));
}

/** Where to begin: the segment that was still written to when the record came. */
async function firstNumber(
  { disk, directory }: LogPlace,
  end: LogEnd,
  arrivalMs: number | undefined,
): Promise<number> {
  const segments = await listSegments(disk, directory);
  const oldest = segments[0]?.base ?? 0;
  if (arrivalMs === undefined) return Math.max(oldest, end.number - recentRecords);
  for (const { base, file } of segments) {
    // File systems may cut the time to the second.
    if ((await disk.modified(file)) + 1000 >= arrivalMs) return base;
  }
  return end.number;
}
