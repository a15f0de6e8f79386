/** Appends: data files become a snapshot. */
import type { CommitResult } from './commit.ts';
import { type CommitOptions, commitRowDelta } from './row-delta.ts';
import type { DataFile, Ports, Table } from './types.ts';

/** Commits data files (durable already) as one append; see `commitRowDelta`. */
export function appendFiles(
  ports: Ports,
  table: Table,
  files: readonly DataFile[],
  options: CommitOptions = {},
): Promise<CommitResult> {
  return commitRowDelta(ports, table, { files, deletes: async () => [] }, options);
}
