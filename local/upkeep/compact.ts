/** One step of compaction: groups of files become a file each, in one commit. */
import path from 'node:path';
import { CommitError } from '../iceberg/commit.ts';
import type { Compactor } from '../iceberg/compactor.ts';
import { dataDirectory } from '../iceberg/location.ts';
import { currentSchema, defaultSortOrder } from '../iceberg/metadata.ts';
import { randomUuid } from '../iceberg/random.ts';
import { rewriteFiles } from '../iceberg/rewrite.ts';
import type { DataFile, Ports, ScanFile, Table } from '../iceberg/types.ts';
import { scanSource } from '../sql/iceberg-catalog.ts';
import { withRecord } from './record.ts';

export interface Compacted {
  table: Table;
  /** Data files that went, and that came. */
  rewritten: number;
  added: number;
}

/**
 * Rewrites `groups`, which were planned on `table`. Throws a `RewriteConflict` where another commit took one of
 * the files or deleted rows of it meanwhile; the table is then as it was.
 */
export async function compactGroups(
  ports: Ports,
  table: Table,
  compactor: Compactor,
  groups: readonly (readonly ScanFile[])[],
): Promise<Compacted> {
  const added: DataFile[] = [];
  const directory = dataDirectory(table.directory);
  const targets: string[] = [];
  try {
    for (const group of groups) {
      const target = path.join(directory, `compact-${randomUuid(ports.random)}.parquet`);
      targets.push(target);
      const file = await compactor.compact(request(table, group, target));
      if (file !== undefined) added.push(file);
    }
    await ports.disk.syncDir(directory);
    const replaced = groups.flat();
    const at = new Date(ports.clock.now()).toISOString();
    const done = { rewritten: replaced.length, added: added.length };
    const result = await rewriteFiles(ports, table, {
      replaced,
      added,
      properties: (metadata) => withRecord(metadata, { compaction: { at, ...done } }),
    });
    return { table: result.table, ...done };
  } catch (error) {
    // What may be part of the table is never deleted.
    const mayHaveLanded = error instanceof CommitError && error.outcome === 'unknown';
    if (!mayHaveLanded) for (const target of targets) await ports.disk.remove(target).catch(() => undefined);
    throw error;
  }
}

function request({ metadata }: Table, group: readonly ScanFile[], target: string) {
  const schema = currentSchema(metadata);
  const plan = { snapshotId: null, schema, files: group, filesTotal: group.length };
  return {
    rows: async (ask: Parameters<typeof scanSource>[0]) =>
      (await scanSource(ask, plan, metadata.schemas, metadata.location)).sql,
    schema,
    sortOrder: defaultSortOrder(metadata),
    like: group[0]!,
    target,
  };
}
