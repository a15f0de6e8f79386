/** The settings of upkeep in the words of its plans. */
import type { Settings } from '../../lake/settings.ts';
import type { TableMetadata } from '../iceberg/types.ts';
import { busySince, type CompactionPolicy } from './plan-compaction.ts';
import type { ExpiryPolicy } from './plan-expiry.ts';

const mebibyte = 2 ** 20;
export const hourMs = 3_600_000;

/** What pays by itself. */
export function compactionPolicy(
  settings: Settings,
  metadata: TableMetadata,
  nowMs: number,
): CompactionPolicy {
  return {
    targetBytes: settings.compactTargetMiB * mebibyte,
    minFiles: settings.compactMinFiles,
    busyFiles: settings.compactBusyFiles,
    busySince: busySince(metadata, settings.compactQuietMinutes * 60_000, nowMs),
    imbalanceMax: 10,
  };
}

/** What a person who asks for it wants: whatever can be made fewer. */
export function everything(settings: Settings): CompactionPolicy {
  const never = Number.POSITIVE_INFINITY;
  const targetBytes = settings.compactTargetMiB * mebibyte;
  return { targetBytes, minFiles: 1, busyFiles: 1, busySince: never, imbalanceMax: never };
}

export function expiryPolicy(settings: Settings): ExpiryPolicy {
  return { maxAgeMs: settings.snapshotHours * hourMs, snapshotsMax: settings.snapshotsMax };
}
