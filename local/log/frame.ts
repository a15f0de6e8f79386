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

/** A record's bytes, in pieces: the gateway's envelope and the client's event meet in the log's buffer. */
export type Pieces = readonly (string | Uint8Array)[];

/** What a producer puts: `data` as in Kinesis, and the shard that its partition key belongs to. */
export interface PutRecord {
  data: Pieces;
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

/** Bytes of the frame that these records make. */
export function frameSize(records: readonly PutRecord[]): number {
  let size = frameHeader + bodyHeader;
  for (const { partitionKey, data } of records) {
    size += recordHeader + Buffer.byteLength(partitionKey) + piecesLength(data);
  }
  return size;
}

/** Bytes of a record's data. */
export function piecesLength(pieces: Pieces): number {
  let length = 0;
  for (const piece of pieces) length += Buffer.byteLength(piece);
  return length;
}

/** What a frame says beside its records. `synced`: records durable by now. */
export interface FrameHead {
  first: number;
  synced: number;
  arrivalMs: number;
}

/** Writes a frame at `start` of a buffer that has the room; answers where it ends. */
export function writeFrame(
  buffer: Buffer,
  start: number,
  records: readonly PutRecord[],
  { first, synced, arrivalMs }: FrameHead,
): number {
  const body = start + frameHeader;
  buffer.writeBigUInt64LE(BigInt(first), body);
  buffer.writeBigUInt64LE(BigInt(synced), body + 8);
  buffer.writeBigUInt64LE(BigInt(arrivalMs), body + 16);
  buffer.writeUInt32LE(records.length, body + 24);
  let at = body + bodyHeader;
  for (const { shard, partitionKey, data } of records) {
    const key = at + recordHeader;
    const keyEnd = key + buffer.write(partitionKey, key);
    const end = writePieces(buffer, keyEnd, data);
    buffer.writeUInt16LE(shard, at);
    buffer.writeUInt16LE(keyEnd - key, at + 2);
    buffer.writeUInt32LE(end - keyEnd, at + 4);
    at = end;
  }
  buffer.writeUInt32LE(frameMagic, start);
  buffer.writeUInt32LE(at - body, start + 4);
  buffer.writeUInt32LE(crc32(buffer.subarray(body, at)), start + 8);
  return at;
}

function writePieces(buffer: Buffer, at: number, pieces: Pieces): number {
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      at += buffer.write(piece, at);
    } else {
      buffer.set(piece, at);
      at += piece.length;
    }
  }
  return at;
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

/** The records of a frame, in order; of one shard, if it is given. Their data are views of the frame's bytes. */
export function frameRecords(frame: Frame, only?: number): LogRecord[] {
  const { body, first, arrivalMs } = frame;
  const records: LogRecord[] = [];
  let at = bodyHeader;
  for (let i = 0; i < frame.count; i++) {
    const keyEnd = at + recordHeader + body.readUInt16LE(at + 2);
    const dataEnd = keyEnd + body.readUInt32LE(at + 4);
    const shard = body.readUInt16LE(at);
    if (only === undefined || only === shard) {
      records.push({
        number: first + i,
        shard,
        partitionKey: body.toString('utf8', at + recordHeader, keyEnd),
        arrivalMs,
        data: body.subarray(keyEnd, dataEnd),
      });
    }
    at = dataEnd;
  }
  return records;
}
