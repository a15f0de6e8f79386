/**
 * The delivery engine: takes the log to the tables in rounds, so that every acknowledged record becomes
 * exactly one row, through any crash.
 *
 * 1. Records are transformed and staged; Parquet files of all tables are written and fsynced.
 * 2. The round's file is written: the commit point.
 * 3. Each table named in it commits, with the round's number in its properties; one that has it skips.
 * 4. The round is done, and the log may drop its records.
 *
 * While a round is written and committed, the next one is gathered.
 */
import { Fault } from '../../lake/errors.ts';
import type { Settings } from '../../lake/settings.ts';
import type { LogIdentity } from '../log/identity.ts';
import type { LogEnd } from '../log/log.ts';
import type { Clock } from '../ports.ts';
import type { Committer } from './commit.ts';
import type { Gatherer } from './gather.ts';
import { dueIn, isFull } from './policy.ts';
import { addSums, checkSums, type Done, noSums, type Round, type RoundStore } from './round.ts';
import type { Sealer } from './seal.ts';
import type { Staging } from './staging.ts';

export interface DeliveryOptions {
  log: LogIdentity;
  clock: Clock;
  settings: Settings;
  rounds: RoundStore;
  gatherer: Gatherer;
  sealer: Sealer;
  committer: Committer;
  newStaging: (from: number) => Staging;
  /** Told after each round. */
  onDone: (done: Done) => void;
  /** Told when a round fails and will be tried again, and how often it has failed in a row. */
  onRetry: (error: Error, failures: number) => void;
}

const longestBackoffMs = 30_000;
/** Bytes of a table's rows that are kept in memory before they are written to its file. */
const stagedBytes = 1024 * 1024;

export class Delivery {
  readonly #options: DeliveryOptions;
  #done: Done;
  #end: LogEnd = { number: 0, base: 0, bytes: 0 };
  #stopping = false;
  #wake: () => void = () => {};

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#done = { round: 0, logId: options.log.id, to: 0, sums: noSums };
  }

  get done(): Done {
    return this.#done;
  }

  /** Tells how far the log is durable. */
  advance(end: LogEnd): void {
    this.#end = end;
    this.#wake();
  }

  /** `run` delivers what the log has by now, and resolves. */
  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  /** Finishes the round that a crash left open. Throws a Fault if log, rounds and tables do not fit together. */
  async recover(end: LogEnd): Promise<void> {
    const { rounds, committer, log } = this.#options;
    this.#end = end;
    const { done, open } = await rounds.load();
    if (done?.logId === log.id) this.#done = done;
    if (open !== undefined) {
      // Also a round of a log that was moved away since: its verdicts are fixed, and its files are all there.
      await committer.commit(open);
      if (open.logId === log.id) await this.#close(open);
      else await rounds.discard(open);
    }
    committer.checkProgress(this.#done);
    if (this.#done.to > end.number) {
      throw new Fault(
        `the log ends at record ${end.number}, but records up to ${this.#done.to} were delivered from it: ` +
          'it is an older copy. Restore the newer one, or move the folder log away to begin a new log',
      );
    }
  }

  /** Delivers until `stop` is called and the log is delivered. Rejects when it cannot go on. */
  async run(): Promise<void> {
    const { clock, settings, gatherer, newStaging } = this.#options;
    let staging = newStaging(this.#done.to);
    let delivering: Promise<void> | undefined;
    let fault: { error: unknown } | undefined;
    for (;;) {
      const full = isFull(staging, settings);
      const came = !full && (await gatherer.gather(staging, this.#end));
      const gathered = staging;
      if (came) await this.#persist(() => gathered.flush(stagedBytes));
      if (fault !== undefined) throw fault.error;
      const due = this.#stopping && !came ? 0 : dueIn(staging, clock.now(), settings);
      if (staging.records > 0 && due === 0 && delivering === undefined) {
        delivering = this.#deliver(staging)
          .catch((error: unknown) => {
            fault = { error };
          })
          .finally(() => {
            delivering = undefined;
            this.#wake();
          });
        staging = newStaging(staging.to);
      } else if (full) {
        await delivering;
      } else if (!came && staging.to >= this.#end.number) {
        if (this.#stopping && staging.records === 0 && delivering === undefined) return;
        await this.#pause(delivering === undefined ? due : Number.POSITIVE_INFINITY);
      }
    }
  }

  /** Takes a staging through its round; through several, if it touches too many partitions for one commit. */
  async #deliver(staging: Staging): Promise<void> {
    const { sealer, rounds, committer } = this.#options;
    const queue = [staging];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const current = next;
      const sealed = await this.#persist(() => sealer.seal(current, this.#done.round + 1));
      if ('cuts' in sealed) {
        queue.unshift(...(await current.split(sealed.cuts)));
        continue;
      }
      checkSums(sealed.sums);
      await this.#persist(() => rounds.open(sealed));
      await this.#persist(() => committer.commit(sealed));
      await this.#persist(() => this.#close(sealed));
      await current.discard();
    }
  }

  async #close({ round, to, sums }: Round): Promise<void> {
    const done = { round, logId: this.#options.log.id, to, sums: addSums(this.#done.sums, sums) };
    await this.#options.rounds.close(done);
    this.#done = done;
    this.#options.onDone(done);
  }

  /** Tries until it works: a full disk is mended by a person, and nothing may be lost until then. */
  async #persist<T>(step: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await step();
      } catch (error) {
        if (error instanceof Fault) throw error;
        this.#options.onRetry(error as Error, failures);
        await this.#options.clock.sleep(Math.min(longestBackoffMs, 100 * 2 ** failures));
      }
    }
  }

  /** Until something happens, or `ms` have passed. */
  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (Number.isFinite(ms)) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}
