/** How the lakehouse is: what came in, what became of it, what is on its way, what it runs on. */
import type { Settings } from '../../lake/settings.ts';
import { rejectedTable } from '../../lake/transform.ts';
import type { Role } from '../aws/caller.ts';
import type { Done } from '../delivery/round.ts';

import type { RefusalCounts } from './refusals.ts';

/** What the parts say of themselves. */
export interface Reading {
  nowMs: number;
  startedMs: number;
  /** Record numbers: past the last that is durable, and the oldest that the log still has. */
  log: { start: number; end: number; bytes: number };
  done: Done;
  /** When the oldest record arrived that is not delivered; undefined if all are. */
  oldestMs: number | undefined;
  /** Size in the log of what is not delivered. */
  inFlightBytes: number;
  /** Requests to the collection routes, since the start. */
  refusals: RefusalCounts;
  delivery: DeliveryState;
  disk: { freeBytes: number };
  process: { memoryBytes: number; cpuSeconds: number };
}

export type DeliveryState =
  | { state: 'running'; retries: number }
  /** The last round failed, and is tried again. */
  | { state: 'retrying'; retries: number; message: string }
  /** It cannot go on; a person must mend it. */
  | { state: 'stopped'; retries: number; message: string };

export interface Status extends Omit<Reading, 'done' | 'oldestMs'> {
  accepted: number;
  /** By table, without `rejected`. */
  rows: Record<string, number>;
  rejected: number;
  dropped: number;
  failed: number;
  inFlight: number;
  /** accepted = rows + rejected + dropped + failed + in flight */
  balanced: boolean;
  rounds: number;
  /** Age of the oldest record that is not delivered, 0 if all are. */
  lagMs: number;
  alarms: Alarm[];
}

export interface Alarm {
  /** That of the cloud's alarm (lake/cloud/watch.ts) where it has one on the same. */
  name: string;
  alarm: boolean;
  /** What is measured, and what it should be. */
  reason: string;
}

/** Sums and judges a reading. */
export function statusOf({ done, oldestMs, ...reading }: Reading, settings: Settings): Status {
  const { [rejectedTable]: rejected = 0, ...rows } = done.sums.rows;
  const { dropped, failed } = done.sums;
  const accepted = reading.log.end;
  const verdicts = Object.values(rows).reduce((sum, count) => sum + count, 0) + rejected + dropped + failed;
  const inFlight = accepted - done.to;
  const sums = { accepted, rows, rejected, dropped, failed, inFlight, rounds: done.round };
  const balanced = verdicts + inFlight === accepted && inFlight >= 0;
  const lagMs = oldestMs === undefined ? 0 : Math.max(0, reading.nowMs - oldestMs);
  const status = { ...reading, ...sums, balanced, lagMs };
  return { ...status, alarms: alarmsOf(status, settings) };
}

/** What went wrong is told to the engineer only: it may name files of this machine. */
export function statusFor(role: Role, status: Status): Status {
  const { delivery } = status;
  if (role === 'engineer' || !('message' in delivery)) return status;
  const message = 'the engineer sees why';
  const alarms = status.alarms.map((alarm) =>
    alarm.reason === delivery.message ? { ...alarm, reason: message } : alarm,
  );
  return { ...status, delivery: { ...delivery, message }, alarms };
}

/** A record waits a buffer's time and a commit's; beyond this it is late. */
const lateMs = 60_000;

function alarmsOf(status: Omit<Status, 'alarms'>, settings: Settings): Alarm[] {
  const { delivery, disk, log, lagMs, failed, balanced } = status;
  const lateAfterMs = settings.bufferMs + lateMs;
  const logLimit = settings.logMaxMiB * 2 ** 20;
  const reserve = settings.diskReserveMiB * 2 ** 20;
  return [
    {
      name: 'DeliveryStopped',
      alarm: delivery.state !== 'running',
      reason: 'message' in delivery ? delivery.message : 'rounds are delivered',
    },
    {
      name: 'DeliveryStale',
      alarm: lagMs > lateAfterMs,
      reason: `the oldest record waits for ${seconds(lagMs)}; at most ${seconds(lateAfterMs)} are expected`,
    },
    {
      name: 'DeliveryFailed',
      alarm: failed > 0,
      reason: `${failed} records are in the error folder; none should be`,
    },
    {
      name: 'StreamThrottled',
      alarm: log.bytes > logLimit && status.inFlight > 0,
      reason: `the log has ${size(log.bytes)} of ${size(logLimit)}; when it is full of what is not delivered, puts are refused`,
    },
    {
      name: 'DiskLow',
      alarm: disk.freeBytes < 2 * reserve,
      reason: `${size(disk.freeBytes)} are free; below ${size(reserve)}, puts are refused`,
    },
    {
      name: 'SumsDiffer',
      alarm: !balanced,
      reason: 'accepted = rows + rejected + dropped + failed + in flight',
    },
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function size(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
