/**
 * A table on disk: versions are files `metadata/v{N}.metadata.json`, and `version-hint.text` says about where
 * the newest is (Iceberg spec, "File System Tables"). `commit.ts` makes versions after the first.
 */
import { Buffer } from 'node:buffer';
import { Fault } from '../../lake/errors.ts';
import type { Disk } from '../ports.ts';
import { stringifyJson } from './json.ts';
import { dataDirectory, metadataDirectory, metadataFile, toUri, versionHint } from './location.ts';
import { newMetadata, parseMetadata, type TablePieces } from './metadata.ts';
import { randomUuid } from './random.ts';
import type { Ports, Table, TableMetadata } from './types.ts';

/** Makes `directory` (absolute path) a table without a snapshot. Fails with EEXIST if it already is a table. */
export function createTable(ports: Ports, directory: string, pieces: TablePieces): Promise<Table> {
  const metadata = newMetadata(pieces, {
    uuid: randomUuid(ports.random),
    location: toUri(directory),
    nowMs: ports.clock.now(),
  });
  return publishTable(ports.disk, { directory, version: 1, metadata });
}

/** Makes `table.directory` a table whose first version here is the given one. Fails with EEXIST if it is there. */
export async function publishTable(disk: Disk, table: Table): Promise<Table> {
  const { directory, version, metadata } = table;
  await disk.mkdir(metadataDirectory(directory));
  await disk.mkdir(dataDirectory(directory));
  await disk.create(metadataFile(directory, version), Buffer.from(stringifyJson(metadata)));
  await writeHint(disk, directory, version);
  return table;
}

/** The newest version of the table at `directory` (absolute path), or undefined if there is none. */
export async function loadTable(disk: Disk, directory: string): Promise<Table | undefined> {
  const hint = await readHint(disk, directory);
  const version =
    (hint === undefined ? undefined : await walkForward(disk, directory, hint)) ??
    (await newestListed(disk, directory));
  return version === undefined ? undefined : readVersion(disk, directory, version);
}

/** The table's newest version; `table` itself if that is it. */
export async function refreshTable(disk: Disk, table: Table): Promise<Table> {
  const { directory } = table;
  const version =
    (await walkForward(disk, directory, table.version)) ?? (await newestListed(disk, directory));
  if (version === undefined) {
    throw new Error(`${directory} held version ${table.version} of a table, and now holds no table`);
  }
  return version === table.version ? table : readVersion(disk, directory, version);
}

/**
 * The newest version at or after `version`; undefined if `version` itself is not there (a stale or copied hint,
 * or old versions were cleaned away), so that nothing is known.
 */
async function walkForward(disk: Disk, directory: string, version: number): Promise<number | undefined> {
  if (!(await disk.exists(metadataFile(directory, version)))) return undefined;
  let newest = version;
  while (await disk.exists(metadataFile(directory, newest + 1))) newest++;
  return newest;
}

async function newestListed(disk: Disk, directory: string): Promise<number | undefined> {
  const versions = (await disk.list(metadataDirectory(directory)))
    .map((name) => Number(/^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? 0))
    .filter((version) => version > 0);
  return versions.length === 0 ? undefined : Math.max(...versions);
}

async function readVersion(disk: Disk, directory: string, version: number): Promise<Table> {
  const metadata = await readMetadata(disk, metadataFile(directory, version));
  return { directory, version, metadata };
}

/** A metadata file, whatever its name. Throws a Fault if it is damaged, or of another version than 2. */
export async function readMetadata(disk: Disk, path: string): Promise<TableMetadata> {
  return parseVersion((await disk.read(path)).toString('utf8'), path);
}

/** Members without which nothing can be read (Iceberg spec, "Table Metadata Fields", required in version 2). */
const REQUIRED = [
  ...['table-uuid', 'location', 'last-sequence-number', 'last-column-id', 'last-partition-id'],
  ...['schemas', 'current-schema-id', 'partition-specs', 'default-spec-id'],
  ...['sort-orders', 'default-sort-order-id'],
] as const;

function parseVersion(text: string, path: string): TableMetadata {
  try {
    const metadata = parseMetadata(text, path);
    const missing = REQUIRED.filter((name) => metadata[name] === undefined);
    if (missing.length > 0) throw new SyntaxError(`it has no ${missing.join(', ')}`);
    return metadata;
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'SyntaxError') throw new Fault(message, { cause: error });
    throw new Fault(
      `${path}: is damaged (${message}). Restore it from a copy; or move it away, and the table goes back to ` +
        'the version before it, without what was committed since',
      { cause: error },
    );
  }
}

async function readHint(disk: Disk, directory: string): Promise<number | undefined> {
  const path = versionHint(directory);
  if (!(await disk.exists(path))) return undefined;
  const text = (await disk.read(path)).toString('utf8').trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Mends the hint where a crash came between a commit and its hint: some readers look no further. */
export async function mendHint(disk: Disk, { directory, version }: Table): Promise<void> {
  if ((await readHint(disk, directory)) !== version) await writeHint(disk, directory, version);
}

/** The hint saves readers a walk and nothing else: failing to write it harms nobody. */
export async function writeHint(disk: Disk, directory: string, version: number): Promise<void> {
  await disk.replace(versionHint(directory), Buffer.from(String(version))).catch(() => undefined);
}
