import type { Disk } from '../ports.ts';
import type { Predicate, ScanPlan, Table } from './types.ts';

/** The data files of a snapshot (default: the current one) that may hold rows that satisfy all predicates. */
export declare function planScan(
  disk: Disk,
  table: Table,
  options?: { snapshotId?: bigint; predicates?: readonly Predicate[] },
): Promise<ScanPlan>;
