/**
 * What a segment's bytes hold after a crash. A torn tail is what was never acknowledged: it is cut. Damage
 * before it is told, and never skipped.
 */
import { Fault } from '../../lake/errors.ts';
import { decodeFrame, frameLength, frameMagic } from './frame.ts';

export interface Recovered {
  /** Number that the next record gets. */
  next: number;
  /** Bytes that are whole frames; what follows them is a torn tail. */
  length: number;
}

/**
 * Walks the frames of the log's last segment, whose first record has the number `base`.
 * Throws a Fault if bytes that had been made durable are damaged: a later frame that is whole was written
 * after the damaged bytes were synced, and says so by its `synced` count.
 */
export function recoverSegment(bytes: Buffer, base: number, file: string): Recovered {
  let at = 0;
  let next = base;
  while (at < bytes.length) {
    const frame = decodeFrame(bytes, at);
    if (frame === undefined || frame.first !== next) break;
    next += frame.count;
    at += frame.length;
  }
  const witness = laterFrameSynced(bytes, at + 1);
  if (witness > next) throw damaged(file, at, next);
  return { next, length: at };
}

/** The error for bytes that were acknowledged and can no longer be read. */
export function damaged(file: string, offset: number, next: number): Fault {
  return new Fault(
    `${file}: damaged at byte ${offset}, where record ${next} should begin; records that were acknowledged ` +
      'cannot be read. Restore the file from a copy, or move the home away and start with a new one',
  );
}

/** The largest `synced` count of any whole frame that begins at or after `from`. */
function laterFrameSynced(bytes: Buffer, from: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(frameMagic);
  let largest = 0;
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    const frame = frameLength(bytes, at) === undefined ? undefined : decodeFrame(bytes, at);
    if (frame !== undefined) largest = Math.max(largest, frame.synced);
  }
  return largest;
}
