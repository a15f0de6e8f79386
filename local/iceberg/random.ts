/** Names and numbers that must not repeat. */
import { Buffer } from 'node:buffer';
import type { Random } from '../ports.ts';
import { uuidText } from './bounds.ts';

/** A random (version 4) UUID. */
export function randomUuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return uuidText(bytes);
}

/** A positive 63-bit number. */
export function randomSnapshotId(random: Random): bigint {
  const id = Buffer.from(random.bytes(8)).readBigUInt64LE() >> 1n;
  return id === 0n ? 1n : id;
}

/** A number in [0, 1). */
export function randomFraction(random: Random): number {
  return Buffer.from(random.bytes(4)).readUInt32LE() / 2 ** 32;
}
