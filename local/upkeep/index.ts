/** Upkeep of tables, for those who ask for it by name: SQL's `OPTIMIZE` and `VACUUM`, `npm run tables`. */
import type { Predicate } from '../iceberg/types.ts';

export interface Upkeep {
  /**
   * Compacts what pays, whatever its age. `predicates`: only partitions that may hold matching rows; empty for all.
   * Rejects if there is no such table, or its files cannot be rewritten here.
   */
  optimize(table: string, predicates: readonly Predicate[]): Promise<Optimized>;
  /** Expires snapshots by the retention settings, and deletes files that no snapshot refers to. */
  vacuum(table: string): Promise<Vacuumed>;
}

/** Files in and out. */
export interface Optimized {
  rewritten: number;
  added: number;
}

export interface Vacuumed {
  /** Snapshots. */
  expired: number;
  /** Files that are deleted, and those that still wait for queries that may be reading them. */
  removed: number;
  waiting: number;
  /** When the last of those goes, ms from now. */
  waitMs: number;
}

/** What was done, for a person. */
export function describeUpkeep(done: Optimized | Vacuumed): string {
  if ('rewritten' in done) return `${done.rewritten} files made ${done.added}`;
  const { expired, removed, waiting, waitMs } = done;
  const told = `${expired} snapshots expired, ${removed} files removed`;
  const seconds = Math.ceil(waitMs / 1000);
  return waiting === 0
    ? told
    : `${told}, ${waiting} more within ${seconds} s, when no query can be reading them any more`;
}
