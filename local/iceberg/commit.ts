/**
 * Optimistic commits: the next version is made from the newest one and published by exclusive creation of its
 * metadata file; whoever comes second refreshes and tries again.
 */
import { Buffer } from 'node:buffer';
import type { Disk } from '../ports.ts';
import { stringifyJson } from './json.ts';
import { metadataDirectory, metadataFile, toPath, toUri } from './location.ts';
import { failedRequirement } from './metadata-requirements.ts';
import { applyUpdates, type MetadataUpdate } from './metadata-updates.ts';
import { randomFraction } from './random.ts';
import { refreshTable, writeHint } from './table.ts';
import type { Ports, Table, TableMetadata } from './types.ts';

/** `skipped`: `build` returned undefined; `table` is then the version that it saw. */
export interface CommitResult {
  outcome: 'landed' | 'skipped';
  table: Table;
}

/**
 * Why a commit failed. `did not land`: nothing happened, its files are garbage. `unknown`: it may have
 * happened; load the table to find out, and delete nothing.
 */
export class CommitError extends Error {
  override name = 'CommitError';
  readonly outcome: 'did not land' | 'unknown';

  constructor(outcome: CommitError['outcome'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}

/** Attempts until a commit gives up; each lost one means that another writer's landed. */
const ATTEMPTS_MAX = 20;
const BACKOFF_MIN_MS = 5;
const BACKOFF_MAX_MS = 1000;

/**
 * Makes the table's next version from the updates that `build` returns for the newest metadata; `build` runs
 * again after each conflict. Whatever `build` throws means that nothing landed; see also `CommitError`.
 */
export async function commit(
  ports: Ports,
  table: Table,
  build: (metadata: TableMetadata) => Promise<readonly MetadataUpdate[] | undefined>,
): Promise<CommitResult> {
  const { disk, clock, random } = ports;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const current = await refreshTable(disk, table);
    const requirement = { type: 'assert-table-uuid', uuid: table.metadata['table-uuid'] } as const;
    const failed = failedRequirement(current.metadata, [requirement]);
    if (failed) throw new CommitError('did not land', `${table.directory} was made anew: ${failed}`);
    const updates = await build(current.metadata);
    if (updates === undefined) return { outcome: 'skipped', table: current };

    const next = nextVersion(current, updates, clock.now());
    // The commit point.
    if (await publish(disk, next)) {
      await writeHint(disk, next.directory, next.version);
      await removeOldMetadata(disk, current.metadata, next.metadata);
      return { outcome: 'landed', table: next };
    }
    const backoff = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt - 1));
    await clock.sleep(backoff * (0.5 + randomFraction(random)));
  }
  throw new CommitError(
    'did not land',
    `other writers won all of ${ATTEMPTS_MAX} attempts to commit to ${table.directory}; try again later`,
  );
}

function nextVersion(current: Table, updates: readonly MetadataUpdate[], nowMs: number): Table {
  const { directory, version } = current;
  const previousFile = toUri(metadataFile(directory, version));
  const metadata = applyUpdates(current.metadata, updates, { nowMs, previousFile });
  return { directory, version: version + 1, metadata };
}

/** Writes a version's file: the commit point. True if it landed, false if another writer has that version. */
async function publish(disk: Disk, table: Table): Promise<boolean> {
  const path = metadataFile(table.directory, table.version);
  const bytes = Buffer.from(stringifyJson(table.metadata));
  try {
    await disk.create(path, bytes);
    return true;
  } catch (error) {
    // Also after EEXIST: a create that failed half-way may have been repeated below us.
    return await landedDespite(error, disk, table.directory, path, bytes);
  }
}

/** After a failed create: whether the version is ours all the same (true), another's (false), or unknown. */
async function landedDespite(
  error: unknown,
  disk: Disk,
  directory: string,
  path: string,
  bytes: Buffer,
): Promise<boolean> {
  const doing = `writing ${path}: ${(error as Error).message}`;
  let found: Buffer | undefined;
  try {
    found = (await disk.exists(path)) ? await disk.read(path) : undefined;
    if (found?.equals(bytes)) {
      await disk.sync(path);
      await disk.syncDir(metadataDirectory(directory));
      return true;
    }
  } catch {
    throw new CommitError('unknown', `${doing}; whether it landed cannot be read either`, { cause: error });
  }
  if (found !== undefined) return false;
  throw new CommitError('did not land', doing, { cause: error });
}

/**
 * Deletes the metadata files that just dropped out of `metadata-log`, if the table asks for it: each holds a
 * whole history of snapshots. Failing leaves garbage, which harms nobody.
 */
async function removeOldMetadata(disk: Disk, before: TableMetadata, after: TableMetadata): Promise<void> {
  if (after.properties['write.metadata.delete-after-commit.enabled'] !== 'true') return;
  const kept = new Set(after['metadata-log'].map((entry) => entry['metadata-file']));
  for (const { 'metadata-file': file } of before['metadata-log']) {
    if (!kept.has(file)) await disk.remove(toPath(file)).catch(() => undefined);
  }
}
