/** A catalog over a folder of its own, and a client that appends rows through it as any engine would. */
import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Contract } from '../../lake/types.ts';
import type { Caller } from '../../local/aws/caller.ts';
import type { ApiError } from '../../local/aws/json11.ts';
import { nodeDisk } from '../../local/disk.ts';
import { loadManifestList } from '../../local/iceberg/cache.ts';
import { parseJson, stringifyJson } from '../../local/iceberg/json.ts';
import { dataDirectory, toPath } from '../../local/iceberg/location.ts';
import {
  currentSchema,
  currentSnapshot,
  defaultSortOrder,
  defaultSpec,
} from '../../local/iceberg/metadata.ts';
import type { MetadataUpdate } from '../../local/iceberg/metadata-updates.ts';
import { newSnapshot, writeAddedManifests } from '../../local/iceberg/new-snapshot.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { randomSnapshotId } from '../../local/iceberg/random.ts';
import { SnapshotFiles } from '../../local/iceberg/snapshot-files.ts';
import type { TableMetadata } from '../../local/iceberg/types.ts';
import type { Disk } from '../../local/ports.ts';
import type { KeyFinder } from '../../local/rest/auth.ts';
import { icebergCatalogApi } from '../../local/rest/catalog.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports } from '../iceberg/support.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of a protocol, which each test looks into in its own way.
export type Any = any;

/** Sends one request; answers its status and what its JSON says. */
export type Ask = (
  method: string,
  route: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: Any; headers: Record<string, string> }>;

export interface TestCatalog {
  home: string;
  ask: Ask;
}

export const nobody: KeyFinder = { configured: false, find: () => undefined };

export function openCatalog(
  options: {
    home?: string;
    contracts?: ReadonlyMap<string, Contract>;
    keys?: KeyFinder;
    caller?: Caller | ApiError;
    disk?: Disk;
    now?: () => number;
  } = {},
): TestCatalog {
  const home = options.home ?? temporaryFolder();
  const { now = ports.clock.now } = options;
  const api = icebergCatalogApi('/iceberg', {
    ports: { ...ports, disk: options.disk ?? nodeDisk, clock: { ...ports.clock, now } },
    places: {
      warehouse: path.join(home, 'warehouse'),
      dropped: path.join(home, 'dropped'),
      namespacesFile: path.join(home, 'namespaces.json'),
      database: 'firn',
      views: new Set(['taken']),
    },
    contracts: options.contracts ?? new Map(),
    keys: options.keys ?? nobody,
    removeFolder: (directory) => rm(directory, { recursive: true, force: true }),
    onBug: () => {},
  });
  const caller = options.caller ?? { role: 'engineer' };
  return {
    home,
    async ask(method, route, body, headers = {}) {
      const [route_, query = ''] = `/iceberg/v1/${route}`.split('?');
      const text = body === undefined ? '' : typeof body === 'string' ? body : stringifyJson(body);
      const request = { method, path: route_!, query, headers, body: Buffer.from(text) };
      const answer = await api(request, caller);
      return { ...answer, body: answer.body === '' ? undefined : parseJson(answer.body) };
    },
  };
}

/** Asks a whole lakehouse over HTTP. */
export function askOver(url: string): Ask {
  return async (method, route, body) => {
    const init = body === undefined ? {} : { body: stringifyJson(body) };
    const response = await fetch(`${url}/iceberg/v1/${route}`, { method, ...init });
    const text = await response.text();
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, body: text === '' ? undefined : parseJson(text), headers };
  };
}

export const columns = (...names: string[]) => ({
  type: 'struct',
  fields: names.map((name, i) => ({ id: i + 1, name, required: false, type: 'string' })),
});

let files = 0;

/** The updates of an append, on top of what `metadata` says; its files are there. Rows are spelt as in lake/duckdb.ts. */
export async function prepareAppend(
  metadata: TableMetadata,
  rows: readonly object[],
): Promise<MetadataUpdate[]> {
  const directory = toPath(metadata.location);
  await nodeDisk.mkdir(path.join(directory, 'metadata'));
  const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '128MiB', threads: 1 });
  files += 1;
  const ndjsonPath = path.join(path.dirname(directory), `rows-${process.pid}-${files}.ndjson`);
  writeFileSync(ndjsonPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const staged = await writer.stage({
    ndjsonPath,
    schema: currentSchema(metadata),
    spec: defaultSpec(metadata),
    sortOrder: defaultSortOrder(metadata),
    directory: dataDirectory(directory),
    filePrefix: `client-${files}-`,
    maxPartitions: 10,
  });
  await writer.close();
  rmSync(ndjsonPath);
  if (!('files' in staged)) throw new Error('too many partitions');
  const written = new SnapshotFiles(ports, directory, randomSnapshotId(ports.random));
  const sequenceNumber = metadata['last-sequence-number'] + 1;
  const added = await writeAddedManifests(written, staged.files, metadata);
  const parent = currentSnapshot(metadata);
  const manifests = [
    ...added.map((file) => ({ ...file, sequenceNumber, minSequenceNumber: sequenceNumber })),
    ...(parent ? await loadManifestList(nodeDisk, parent) : []),
  ];
  const { updates } = await newSnapshot(ports, written, metadata, manifests, { operation: 'append' });
  return updates;
}

/** What an engine asserts when it appends. */
export function mainIs(metadata: TableMetadata): object[] {
  return [
    { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
    { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': metadata['current-snapshot-id'] },
  ];
}

/** Appends rows as an engine does: prepared on what it loaded, again and again until nobody else was faster. */
export async function append(ask: Ask, table: string, rows: readonly object[]): Promise<number> {
  for (let attempt = 1; attempt <= 50; attempt++) {
    const { body } = await ask('GET', table);
    const { metadata } = body as { metadata: TableMetadata };
    const updates = await prepareAppend(metadata, rows);
    const { status, body: answer } = await ask('POST', table, { requirements: mainIs(metadata), updates });
    if (status === 200) return attempt;
    if (status !== 409) throw new Error(JSON.stringify(answer.error));
  }
  throw new Error('others were always faster');
}
