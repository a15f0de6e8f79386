/** When a round is due. A pure decision, taken anew whenever something came or a timer ran out. */
import type { Settings } from '../../lake/settings.ts';

/** What a round has gathered so far. */
export interface Gathered {
  records: number;
  bytes: number;
  /** When its first and its newest record were gathered, ms. */
  startedMs: number;
  newestMs: number;
}

/**
 * Milliseconds until these records are due; 0: now; Infinity: nothing was gathered.
 * Age counts from when gathering began, not from arrival: otherwise a backlog, being old, would be delivered
 * in the smallest of rounds.
 */
export function dueIn(gathered: Gathered, nowMs: number, settings: Settings): number {
  if (gathered.records === 0) return Number.POSITIVE_INFINITY;
  if (isFull(gathered, settings)) return 0;
  // A clock that was set back tells nothing about the age.
  if (nowMs < gathered.newestMs) return 0;
  const byAge = gathered.startedMs + settings.bufferMs - nowMs;
  const byIdleness = gathered.newestMs + settings.bufferIdleMs - nowMs;
  return Math.max(0, Math.min(byAge, byIdleness));
}

/** Whether a round may take no more. */
export function isFull(gathered: Gathered, settings: Settings): boolean {
  return gathered.records >= settings.bufferRecords || gathered.bytes >= settings.bufferMiB * 1024 * 1024;
}
