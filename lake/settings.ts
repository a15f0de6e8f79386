/**
 * Every setting of the embedded runtime: what it is for, its unit, its default and its limits. Parsed once at
 * start; a value out of range is refused there, with the name of the setting.
 */
import { Fault } from './errors.ts';

interface Setting {
  help: string;
  default: number;
  min: number;
  max: number;
}

/** Units are part of the names; the environment's name of `bufferMs` is `FIRN_BUFFER_MS`. */
export const settingsTable = {
  port: { help: 'port of the endpoint; 0 takes a free one', default: 4566, min: 0, max: 65535 },
  shards: { help: 'shards of the stream', default: 4, min: 1, max: 64 },
  bufferMs: {
    help: 'longest that a record waits before its round is delivered',
    default: 1000,
    min: 10,
    max: 900_000,
  },
  bufferIdleMs: {
    help: 'a round is delivered sooner when nothing came for this long',
    default: 250,
    min: 1,
    max: 900_000,
  },
  bufferRecords: { help: 'most records of a round', default: 250_000, min: 1, max: 5_000_000 },
  bufferMiB: { help: 'most bytes of a round', default: 64, min: 1, max: 256 },
  partitionsPerCommit: { help: 'most partitions that one commit touches', default: 100, min: 1, max: 10_000 },
  transformBatchRecords: {
    help: 'most records of one call of the transform',
    default: 500,
    min: 1,
    max: 10_000,
  },
  transformBatchKiB: { help: 'most bytes of one call of the transform', default: 3072, min: 200, max: 3072 },
  transformRetries: {
    help: 'times that a failed call of the transform is tried again',
    default: 3,
    min: 0,
    max: 8,
  },
  logSegmentMiB: { help: 'size at which the log begins a new file', default: 64, min: 1, max: 1024 },
  logRetentionHours: { help: 'how long delivered records stay in the log', default: 24, min: 0, max: 8760 },
  logMaxMiB: {
    help: 'size at which the log refuses records until some are delivered',
    default: 4096,
    min: 16,
    max: 1_048_576,
  },
  diskReserveMiB: { help: 'free disk below which records are refused', default: 512, min: 1, max: 1_048_576 },
  queryTimeoutMs: { help: 'longest that a query runs', default: 300_000, min: 100, max: 1_800_000 },
  queryMemoryMiB: { help: 'memory of all queries together', default: 512, min: 64, max: 1_048_576 },
  writerMemoryMiB: { help: 'memory of the Parquet writer', default: 384, min: 128, max: 1_048_576 },
  upkeepSeconds: {
    help: 'pause between two looks at what the tables need; 0 leaves them as they are',
    default: 10,
    min: 0,
    max: 86_400,
  },
  upkeepMemoryMiB: { help: 'memory of compaction', default: 512, min: 128, max: 1_048_576 },
  compactTargetMiB: { help: 'size that data files should have', default: 128, min: 1, max: 2048 },
  compactMinFiles: {
    help: 'small files of a partition at rest that are made one',
    default: 8,
    min: 2,
    max: 100_000,
  },
  compactBusyFiles: {
    help: 'small files of a partition that is being written that are made one',
    default: 100,
    min: 2,
    max: 100_000,
  },
  compactQuietMinutes: {
    help: 'a partition rests when nothing came for this long',
    default: 10,
    min: 0,
    max: 10_080,
  },
  snapshotsMax: {
    help: 'snapshots of a table that are kept for time travel',
    default: 100,
    min: 1,
    max: 10_000,
  },
  snapshotHours: { help: 'how long a snapshot is kept at most', default: 24, min: 1, max: 87_600 },
  orphanHours: {
    help: 'age at which a file that no snapshot knows is deleted',
    default: 24,
    min: 1,
    max: 87_600,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settingsTable;
export type Settings = Readonly<Record<SettingName, number>>;

/** The local stream, its write key, and where a client finds the local endpoint. */
export const localStream = 'firn-events';
/** The delivery stream that takes records directly (Firehose's Direct PUT). */
export const localDirectStream = 'firn-direct';
/** Of the endpoint's S3: error objects. */
export const localErrorsBucket = 'firn-errors';
export const localWriteKey = 'local';
export const localDatabase = 'firn';
export const localEndpoint = `http://127.0.0.1:${settingsTable.port.default}`;

/**
 * Defaults, overridden by the environment (`FIRN_BUFFER_MS=500`), overridden by `given` (from flags).
 * Throws a Fault for a value that is no number or out of range.
 */
export function parseSettings(
  given: Partial<Record<SettingName, number>>,
  environment: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const names = Object.keys(settingsTable) as SettingName[];
  const entries = names.map((name) => {
    const variable = environmentName(name);
    const text = environment[variable];
    if (given[name] !== undefined) return [name, checked(name, given[name], name)];
    if (text === undefined || text === '') return [name, settingsTable[name].default];
    return [name, checked(name, Number(text), variable)];
  });
  return Object.fromEntries(entries) as Settings;
}

/** `bufferMs` → `FIRN_BUFFER_MS`. */
export function environmentName(name: string): string {
  return `FIRN_${name
    .replace(/MiB|KiB/, (unit) => `_${unit.toUpperCase()}`)
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;
}

function checked(name: SettingName, value: number, said: string): number {
  const { min, max, help } = settingsTable[name];
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Fault(`setting ${said} (${help}) must be a whole number from ${min} to ${max}`);
  }
  return value;
}
