/**
 * Upkeep: keeps every table of a database fit, one small step after the other. Each step is one commit, made
 * beside delivery and as optimistic as any other writer's: what loses a race is planned anew at the next look.
 */
import path from 'node:path';
import type { Settings } from '../../lake/settings.ts';
import { columnsNotRewritten, openCompactor } from '../iceberg/compactor.ts';
import { metadataDirectory } from '../iceberg/location.ts';
import { currentSchema } from '../iceberg/metadata.ts';
import { RewriteConflict } from '../iceberg/rewrite.ts';
import { planScan } from '../iceberg/scan.ts';
import { loadTable } from '../iceberg/table.ts';
import type { Ports, Predicate, Table } from '../iceberg/types.ts';
import { type Compacted, compactGroups } from './compact.ts';
import { expireSnapshots, filesOfExpired } from './expire.ts';
import { Garbage, isInside } from './garbage.ts';
import type { Optimized, Upkeep, Vacuumed } from './index.ts';
import { listOurs, roundOf, unreferenced } from './orphans.ts';
import { type CompactionPolicy, compactionSteps, planCompaction } from './plan-compaction.ts';
import { compactionPolicy, everything, expiryPolicy, hourMs } from './policies.ts';

export interface UpkeepOptions {
  ports: Ports;
  settings: Settings;
  /** Directory of the database: each table is a folder in it. */
  databaseDirectory: string;
  /** Scratch for sorts that do not fit into memory. */
  temporaryDirectory: string;
  /** The last round that all tables have: files of later ones are on their way. */
  doneRound: () => number;
  /** How long a query may go on reading files that were planned before they became garbage. */
  readersMs: number;
  /** Told when a step fails; it is tried again later. */
  onError: (table: string, error: Error) => void;
}

/** Snapshots expire once they are this part of those that are kept, or once an hour. */
const EXPIRY_SHARE = 4;
const ORPHAN_LOOK_MS = 24 * hourMs;
const ATTEMPTS_MAX = 5;
/** A step beside ingest takes this part of a whole file's bytes, unless one file of its own needs more. */
const STEP_SHARE = 16;
/** Then it pauses this many times as long as it took: a fifth of one core, at most. */
const PAUSE_FACTOR = 4;
/** How long a table is left alone after a step failed. */
const FAILED_REST_MS = 600_000;

export class TableUpkeep implements Upkeep {
  readonly #options: UpkeepOptions;
  /** Snapshot and time of the last look that found nothing to compact. */
  readonly #fit = new Map<string, { snapshot: bigint | null; atMs: number }>();
  readonly #restUntil = new Map<string, number>();
  readonly #expiredAt = new Map<string, number>();
  readonly #orphansLookedAt = new Map<string, number>();
  readonly #garbage: Garbage;
  #last: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #wake: () => void = () => {};

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#garbage = new Garbage(options.ports, options.readersMs);
  }

  /** Removes what rounds that never came to their commit point left; before any new round begins. */
  async clearAbortedRounds(): Promise<void> {
    const { ports, doneRound } = this.#options;
    for (const table of await this.tables()) {
      await this.#trying(table, async () => {
        const aborted = (await listOurs(ports.disk, this.#directory(table))).filter(
          (file) => (roundOf(file) ?? 0) > doneRound(),
        );
        if (aborted.length === 0) return;
        // A log that began anew counts its rounds anew: the table knows which files are its own.
        for (const file of await unreferenced(ports.disk, this.#directory(table), aborted)) {
          await ports.disk.remove(file);
        }
      });
    }
  }

  /** Looks after the tables until `stop`. */
  async run(): Promise<void> {
    const { settings } = this.#options;
    if (settings.upkeepSeconds === 0) return;
    while (!this.#stopping) {
      await this.#pause(settings.upkeepSeconds * 1000);
      for (const table of await this.tables()) {
        const isResting = this.#options.ports.clock.now() < (this.#restUntil.get(table) ?? 0);
        if (!this.#stopping && !isResting) await this.#trying(table, () => this.#look(table));
      }
      await this.#oneAtATime(() => this.#garbage.remove());
    }
  }

  /** Ends after the step that is being done. */
  stop(): void {
    this.#stopping = true;
    this.#wake();
  }

  /** Names of the tables. */
  async tables(): Promise<string[]> {
    const { disk } = this.#options.ports;
    const tables: string[] = [];
    for (const name of await disk.list(this.#options.databaseDirectory)) {
      if (await disk.exists(metadataDirectory(this.#directory(name)))) tables.push(name);
    }
    return tables;
  }

  optimize(table: string, predicates: readonly Predicate[]): Promise<Optimized> {
    return this.#oneAtATime(async () => {
      const sum = { rewritten: 0, added: 0 };
      for (let attempts = 0; ; ) {
        try {
          const loaded = await this.#load(table);
          const foreign = columnsNotRewritten(currentSchema(loaded.metadata));
          if (foreign.length > 0) {
            throw new Error(
              `${table} is not compacted here: another engine gave ${foreign.join(', ')} a type that our files ` +
                'cannot hold; compact the table with that engine',
            );
          }
          const done = await this.#compactOnce(loaded, everything(this.#options.settings), predicates);
          if (done === undefined || this.#stopping) return sum;
          sum.rewritten += done.rewritten;
          sum.added += done.added;
          attempts = 0;
        } catch (error) {
          attempts += 1;
          if (!(error instanceof RewriteConflict) || attempts === ATTEMPTS_MAX) throw error;
        }
      }
    });
  }

  vacuum(table: string): Promise<Vacuumed> {
    return this.#oneAtATime(async () => {
      const expired = await this.#expire(await this.#load(table), 1);
      await this.#findOrphans(table);
      const directory = this.#directory(table);
      const removed = (await this.#garbage.remove()).filter((file) => isInside(directory, file));
      return { expired, removed: removed.length, ...this.#garbage.waitingIn(directory) };
    });
  }

  /** What one table needs by now. */
  async #look(name: string): Promise<void> {
    const { settings, ports } = this.#options;
    await this.#oneAtATime(async () => {
      const table = await this.#load(name);
      const sinceMs = (times: ReadonlyMap<string, number>): number =>
        ports.clock.now() - (times.get(name) ?? Number.NEGATIVE_INFINITY);
      const many = Math.max(1, Math.floor(settings.snapshotsMax / EXPIRY_SHARE));
      await this.#expire(table, sinceMs(this.#expiredAt) >= hourMs ? 1 : many);
      if (sinceMs(this.#orphansLookedAt) >= ORPHAN_LOOK_MS) await this.#findOrphans(name);
    });
    await this.#compactDue(name);
  }

  /** Failing harms nothing: a lost race is run again at the next look, anything else when the table has rested. */
  async #trying(table: string, work: () => Promise<void>): Promise<void> {
    const { ports, onError } = this.#options;
    try {
      await work();
    } catch (error) {
      if (error instanceof RewriteConflict) return;
      this.#restUntil.set(table, ports.clock.now() + FAILED_REST_MS);
      onError(table, error as Error);
    }
  }

  /** Small steps of compaction until none is due, with long pauses: delivery needs the machine too. */
  async #compactDue(name: string): Promise<void> {
    const { settings, ports } = this.#options;
    const { clock } = ports;
    while (!this.#stopping) {
      const began = clock.now();
      const done = await this.#oneAtATime(async () => {
        const table = await this.#load(name);
        if (this.#isFit(name, table)) return undefined;
        if (columnsNotRewritten(currentSchema(table.metadata)).length > 0) return undefined;
        const policy = compactionPolicy(settings, table.metadata, clock.now());
        return this.#compactOnce(table, policy, [], policy.targetBytes / STEP_SHARE);
      });
      if (done === undefined) return;
      await this.#pause((clock.now() - began) * PAUSE_FACTOR);
    }
  }

  /** The first step of what is to be compacted; undefined if nothing is. */
  async #compactOnce(
    table: Table,
    policy: CompactionPolicy,
    predicates: readonly Predicate[],
    stepBytes = policy.targetBytes,
  ): Promise<Compacted | undefined> {
    const { ports, settings, temporaryDirectory } = this.#options;
    const { files, snapshotId } = await planScan(ports.disk, table, { predicates });
    const [groups] = compactionSteps(planCompaction(files, policy), stepBytes);
    if (groups === undefined) {
      const look = { snapshot: snapshotId, atMs: ports.clock.now() };
      if (predicates.length === 0) this.#fit.set(path.basename(table.directory), look);
      return undefined;
    }
    const compactor = await openCompactor(ports.disk, {
      memoryLimit: `${settings.upkeepMemoryMiB}MiB`,
      threads: 1,
      temporaryDirectory,
    });
    try {
      return await compactGroups(ports, table, compactor, groups);
    } finally {
      compactor.close();
    }
  }

  /** Whether the table is as it was when nothing was due, and not long enough ago for a partition to have come to rest. */
  #isFit(name: string, { metadata }: Table): boolean {
    const { ports, settings } = this.#options;
    const fit = this.#fit.get(name);
    const quietMs = settings.compactQuietMinutes * 60_000;
    return fit?.snapshot === metadata['current-snapshot-id'] && ports.clock.now() - fit.atMs < quietMs;
  }

  async #expire(table: Table, atLeast: number): Promise<number> {
    const { ports, settings } = this.#options;
    const policy = expiryPolicy(settings);
    if (atLeast === 1) this.#expiredAt.set(path.basename(table.directory), ports.clock.now());
    const { table: after, snapshots } = await expireSnapshots(ports, table, policy, atLeast);
    if (snapshots.length > 0) this.#garbage.add(await filesOfExpired(ports.disk, after, snapshots));
    return snapshots.length;
  }

  /** Files that are old enough, unknown to the table, and of no round that is on its way. */
  async #findOrphans(table: string): Promise<void> {
    const { ports, settings, doneRound } = this.#options;
    const { disk, clock } = ports;
    const listed = (await listOurs(disk, this.#directory(table))).filter(
      (file) => (roundOf(file) ?? 0) <= doneRound(),
    );
    this.#orphansLookedAt.set(table, clock.now());
    for (const file of await unreferenced(disk, this.#directory(table), listed)) {
      // It may have been removed by now: a temporary file is soon renamed.
      const writtenMs = await disk.modified(file).catch(() => Number.POSITIVE_INFINITY);
      const isOld = clock.now() - writtenMs >= settings.orphanHours * hourMs;
      if (isOld && !this.#garbage.has(file)) this.#garbage.add([file]);
    }
  }

  #directory(table: string): string {
    return path.join(this.#options.databaseDirectory, table);
  }

  async #load(name: string): Promise<Table> {
    const isThere = (await this.tables()).includes(name);
    const table = isThere ? await loadTable(this.#options.ports.disk, this.#directory(name)) : undefined;
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return table;
  }

  /** Steps never overlap: two would rewrite the same files. */
  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Until `ms` have passed, or `stop` is called. */
  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#stopping) resolve();
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }
}
