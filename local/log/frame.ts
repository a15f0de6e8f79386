/**
 * The log's frames. A frame is what one Put call appended: it is in the log whole or not at all.
 *
 *     magic u32 | body length u32 | CRC-32 of the body u32 | body
 *     body: first number u64 | synced u64 | arrival ms u64 | count u32 | count × record
 *     record: shard u16 | key length u16 | data length u32 | key | data
 *
 * Little-endian. Records are numbered through the whole log; `synced` is how many were durable when the frame
 * was written, which is what tells a torn tail from a damaged middle (see recover.ts).
 */
import { crc32 } from 'node:zlib';

export const frameMagic = 0x4e524946; // "FIRN"
export const frameHeader = 12;
const bodyHeader = 28;
const recordHeader = 8;

/** What a producer puts: `data` as in Kinesis, and the shard that its partition key belongs to. */
export interface PutRecord {
  data: Uint8Array;
  partitionKey: string;
  shard: number;
}

export interface LogRecord {
  /** Position in the log: 0, 1, 2, … over all shards. */
  number: number;
  shard: number;
  partitionKey: string;
  arrivalMs: number;
  data: Buffer;
}

export interface Frame {
  /** Number of the first record. */
  first: number;
  count: number;
  synced: number;
  arrivalMs: number;
  /** Bytes of the whole frame. */
  length: number;
  /** The records' bytes; `frameRecords` reads them. */
  body: Buffer;
}

/** A frame without number and checksum, which `sealFrame` fills in when the frame's turn comes. */
export function encodeFrame(records: readonly PutRecord[], arrivalMs: number): Buffer {
  let size = frameHeader + bodyHeader;
  const keys = records.map((record) => Buffer.from(record.partitionKey));
  records.forEach((record, i) => {
    size += recordHeader + keys[i]!.length + record.data.length;
  });
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt32LE(frameMagic, 0);
  frame.writeUInt32LE(size - frameHeader, 4);
  frame.writeBigUInt64LE(BigInt(arrivalMs), frameHeader + 16);
  frame.writeUInt32LE(records.length, frameHeader + 24);
  let at = frameHeader + bodyHeader;
  records.forEach(({ shard, data }, i) => {
    const key = keys[i]!;
    frame.writeUInt16LE(shard, at);
    frame.writeUInt16LE(key.length, at + 2);
    frame.writeUInt32LE(data.length, at + 4);
    frame.set(key, at + recordHeader);
    frame.set(data, at + recordHeader + key.length);
    at += recordHeader + key.length + data.length;
  });
  return frame;
}

/** Numbers a frame's records from `first` and makes it whole. `synced`: records durable by now. */
export function sealFrame(frame: Buffer, first: number, synced: number): void {
  frame.writeBigUInt64LE(BigInt(first), frameHeader);
  frame.writeBigUInt64LE(BigInt(synced), frameHeader + 8);
  frame.writeUInt32LE(crc32(frame.subarray(frameHeader)), 8);
}

/** Bytes of the frame that begins at `at`, if a frame's header is there. */
export function frameLength(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < frameHeader || bytes.readUInt32LE(at) !== frameMagic) return undefined;
  return frameHeader + bytes.readUInt32LE(at + 4);
}

/** The frame at `at`; undefined if it is not there whole, or its checksum is wrong. */
export function decodeFrame(bytes: Buffer, at: number): Frame | undefined {
  const length = frameLength(bytes, at);
  if (length === undefined || length < frameHeader + bodyHeader || at + length > bytes.length)
    return undefined;
  const body = bytes.subarray(at + frameHeader, at + length);
  if (crc32(body) !== bytes.readUInt32LE(at + 8)) return undefined;
  return {
    first: Number(body.readBigUInt64LE(0)),
    synced: Number(body.readBigUInt64LE(8)),
    arrivalMs: Number(body.readBigUInt64LE(16)),
    count: body.readUInt32LE(24),
    length,
    body,
  };
}

/** The records of a frame, in order. Their data are views of the frame's bytes. */
export function frameRecords(frame: Frame): LogRecord[] {
  const { body, first, arrivalMs } = frame;
  const records: LogRecord[] = new Array(frame.count);
  let at = bodyHeader;
  for (let i = 0; i < frame.count; i++) {
    const keyEnd = at + recordHeader + body.readUInt16LE(at + 2);
    const dataEnd = keyEnd + body.readUInt32LE(at + 4);
    records[i] = {
      number: first + i,
      shard: body.readUInt16LE(at),
      partitionKey: body.toString('utf8', at + recordHeader, keyEnd),
      arrivalMs,
      data: body.subarray(keyEnd, dataEnd),
    };
    at = dataEnd;
  }
  return records;
}
