/** Upkeep of tables, for those who ask for it by name: SQL's `OPTIMIZE` and `VACUUM`, `npm run tables`. */
import type { Predicate } from '../iceberg/types.ts';

export interface Upkeep {
  /**
   * Compacts what pays, whatever its age: files in and out. `predicates`: only partitions that may hold matching
   * rows; empty for all. Rejects if there is no such table.
   */
  optimize(table: string, predicates: readonly Predicate[]): Promise<{ rewritten: number; added: number }>;
  /** Expires snapshots by the retention settings, and deletes files that no snapshot refers to. */
  vacuum(table: string): Promise<{ expired: number; removed: number }>;
}
