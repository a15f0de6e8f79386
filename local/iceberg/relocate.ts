/**
 * A table that was moved: its metadata names files by absolute location, all the way down to position deletes.
 * Whatever names a file of the old place is written anew beside what was there, as one more version of the table:
 * that version's metadata file is the commit point, and only after it the old files go.
 */
import { Buffer } from 'node:buffer';
import path from 'node:path';
import { exactType } from '../../lake/exact-avro.ts';
import { readAvro, writeAvro } from './avro.ts';
import { stringifyJson } from './json.ts';
import { metadataDirectory, metadataFile, toPath, toUri } from './location.ts';
import { relocatePositionDeletes } from './relocate-deletes.ts';
import { loadTable, writeHint } from './table.ts';
import type { Ports, TableMetadata } from './types.ts';

/** Where the table in `directory` (absolute path) was when its metadata was written; undefined if it is there. */
export function movedFrom(metadata: TableMetadata, directory: string): string | undefined {
  const said = path.resolve(toPath(metadata.location));
  return said === path.resolve(directory) ? undefined : said;
}

/**
 * Makes all locations of a moved table point to where it lies. Answers whether there was anything to do.
 * Files that lay outside of the table's old directory keep their locations.
 */
export async function relocateTable(ports: Ports, directory: string): Promise<boolean> {
  const table = await loadTable(ports.disk, directory);
  const from = table && movedFrom(table.metadata, directory);
  if (table === undefined || from === undefined) return false;

  const move = new Move(ports, directory, from);
  const lists = new Map<string, string>();
  for (const { 'manifest-list': list } of table.metadata.snapshots) {
    if (!lists.has(list)) lists.set(list, await move.manifestList(list));
  }
  const moved = move.strings(table.metadata) as TableMetadata;
  const metadata: TableMetadata = {
    ...moved,
    snapshots: moved.snapshots.map((snapshot, i) => ({
      ...snapshot,
      'manifest-list': lists.get(table.metadata.snapshots[i]!['manifest-list'])!,
    })),
    // Older versions speak of the old place; they go.
    'metadata-log': [],
  };
  await ports.disk.syncDir(metadataDirectory(directory));
  const version = table.version + 1;
  // The commit point.
  await ports.disk.create(metadataFile(directory, version), Buffer.from(stringifyJson(metadata)));
  await writeHint(ports.disk, directory, version);
  for (const { 'metadata-file': file } of moved['metadata-log']) move.replaced.add(toPath(file));
  move.replaced.add(metadataFile(directory, table.version));
  // Failing leaves garbage, which harms nobody.
  for (const file of move.replaced) await ports.disk.remove(file).catch(() => undefined);
  return true;
}

/** A location under `from`, as it is under `to`; any other as it was. */
export function relocated(location: string, from: string, to: string): string {
  const local = location.replace(/^file:(\/\/(?=\/))?/, '');
  if (local !== from && !local.startsWith(`${from}/`)) return location;
  const moved = to + local.slice(from.length);
  return local === location ? moved : toUri(moved);
}

/** One table's move: what was written anew, and what that replaces. */
class Move {
  readonly #ports: Ports;
  readonly #directory: string;
  readonly #from: string;
  readonly #manifests = new Map<string, { path: string; length: bigint }>();
  readonly #deletes = new Map<string, Record<string, unknown>>();
  /** Paths of files that nobody needs once the move is done. */
  readonly replaced = new Set<string>();

  constructor(ports: Ports, directory: string, from: string) {
    this.#ports = ports;
    this.#directory = directory;
    this.#from = from;
  }

  /** Where the file of an old location is now. */
  location(old: string): string {
    return relocated(old, this.#from, this.#directory);
  }

  /** A JSON value with every string that is a location under the old place moved. */
  strings(value: unknown): unknown {
    if (typeof value === 'string') return this.location(value);
    if (Array.isArray(value)) return value.map((item) => this.strings(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.strings(member)]));
  }

  /** Writes a manifest list anew, and all its manifests. Answers the new one's location. */
  async manifestList(old: string): Promise<string> {
    const list = await this.#rewrite(old, async (record) => {
      const before = record.manifest_path as string;
      const manifest = this.#manifests.get(before) ?? (await this.#manifest(before));
      this.#manifests.set(before, manifest);
      record.manifest_path = manifest.path;
      record.manifest_length = manifest.length;
    });
    return list.path;
  }

  async #manifest(old: string): Promise<{ path: string; length: bigint }> {
    return this.#rewrite(old, async (record) => {
      const file = record.data_file as Record<string, unknown>;
      const before = file.file_path as string;
      file.file_path = this.location(before);
      if (typeof file.referenced_data_file === 'string') {
        file.referenced_data_file = this.location(file.referenced_data_file);
      }
      // A file that was deleted is named for the record, and may be gone.
      if (file.content !== 1 || record.status === 2) return;
      const rewritten = this.#deletes.get(before) ?? (await this.#positionDeletes(before));
      this.#deletes.set(before, rewritten);
      Object.assign(file, rewritten);
    });
  }

  async #positionDeletes(old: string): Promise<Record<string, unknown>> {
    const file = toPath(this.location(old));
    this.replaced.add(file);
    const target = this.#freshName(file);
    return relocatePositionDeletes(this.#ports.disk, file, target, { from: this.#from, to: this.#directory });
  }

  /** Writes an Avro file anew under another name, each record changed; the rest of it stays as its writer had it. */
  async #rewrite(
    old: string,
    change: (record: Record<string, unknown>) => Promise<void>,
  ): Promise<{ path: string; length: bigint }> {
    const { disk, random } = this.#ports;
    const file = toPath(this.location(old));
    const { metadata, schema, records } = readAvro(await disk.read(file), file);
    for (const record of records) await change(record);
    const { 'avro.schema': _, 'avro.codec': __, ...further } = Object.fromEntries(metadata);
    const type = exactType(schema as object);
    const bytes = writeAvro(schema as object, type, records, further, random.bytes(16));
    const target = this.#freshName(file);
    await disk.write(target, bytes);
    this.replaced.add(file);
    return { path: toUri(target), length: BigInt(bytes.length) };
  }

  /** A name beside `file` that nobody has yet. A second move does not make it longer. */
  #freshName(file: string): string {
    const name = path.basename(file).replace(/^moved-[0-9a-f]{16}-/, '');
    const id = Buffer.from(this.#ports.random.bytes(8)).toString('hex');
    return path.join(path.dirname(file), `moved-${id}-${name}`);
  }
}
