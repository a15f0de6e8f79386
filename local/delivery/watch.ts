/**
 * Shows records and their verdicts while somebody looks: a sample, since a person cannot read a hundred thousand
 * events a second. With nobody looking it costs a comparison a batch.
 */

import type { LogRecord } from '../log/frame.ts';
import { shardId } from '../log/shards.ts';
import type { Clock } from '../ports.ts';
import type { Settled } from './invoke.ts';

/** A record as delivery saw it. Its verdict is fixed when its round is; `done` tells when that is. */
export interface SeenRecord {
  /** Position in the log. */
  number: number;
  arrivalMs: number;
  shardId: string;
  partitionKey: string;
  sequenceNumber: string;
  /** What came, envelope included: text, or base64 where it is no text. Cut. */
  raw: string;
  verdict:
    | { kind: 'row'; table: string; operation: string; row: string }
    | { kind: 'dropped' }
    | { kind: 'failed'; errorCode: string; errorMessage: string };
}

/** Most records shown in one window, and the window's length, ms. */
const windowRecords = 20;
const windowMs = 200;
/** Bytes of a record and characters of a row that are shown. */
const shownLength = 16 * 1024;

export class Watch {
  /** Whether somebody looks. */
  on = false;
  readonly #clock: Clock;
  readonly #show: (records: SeenRecord[]) => void;
  #windowStart = 0;
  #shown = 0;

  constructor(clock: Clock, show: (records: SeenRecord[]) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  /** Shows the last records of a batch, and rejections before others, as many as the window has room for. */
  seen(
    batch: readonly LogRecord[],
    settled: readonly Settled[],
    sequenceNumber: (shard: number, number: number) => string,
  ): void {
    const now = this.#clock.now();
    if (now - this.#windowStart >= windowMs) {
      this.#windowStart = now;
      this.#shown = 0;
    }
    const room = windowRecords - this.#shown;
    if (room <= 0) return;
    const chosen = choose(settled, room);
    this.#shown += chosen.length;
    this.#show(
      chosen.map((i) => {
        const { number, arrivalMs, shard, partitionKey, data } = batch[i]!;
        return {
          number,
          arrivalMs,
          shardId: shardId(shard),
          partitionKey,
          sequenceNumber: sequenceNumber(shard, number),
          raw: rawText(data),
          verdict: verdictOf(settled[i]!),
        };
      }),
    );
  }
}

/** Indexes of at most `room` outcomes, ascending: half of the room for what went wrong, if so much did. */
function choose(settled: readonly Settled[], room: number): number[] {
  const good: number[] = [];
  const bad: number[] = [];
  for (let i = settled.length - 1; i >= 0; i--) {
    const outcome = settled[i]!;
    const list = outcome.kind === 'row' && outcome.table !== 'rejected' ? good : bad;
    if (list.length < room) list.push(i);
  }
  const bads = bad.slice(0, Math.max(Math.ceil(room / 2), room - good.length));
  return [...bads, ...good.slice(0, room - bads.length)].sort((a, b) => a - b);
}

function verdictOf(outcome: Settled): SeenRecord['verdict'] {
  if (outcome.kind === 'dropped') return outcome;
  if (outcome.kind === 'failed') {
    return { kind: 'failed', errorCode: outcome.errorCode, errorMessage: outcome.errorMessage };
  }
  const { table, operation, data } = outcome;
  return { kind: 'row', table, operation, row: rawText(Buffer.from(data, 'base64')) };
}

function rawText(data: Buffer): string {
  const shown = data.subarray(0, shownLength);
  const text = shown.toString('utf8');
  return text.includes('\uFFFD') ? shown.toString('base64') : text;
}
