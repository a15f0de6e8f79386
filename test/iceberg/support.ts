/** What the Iceberg tests share: a table of every type, a temporary home, an independent reader. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { icebergRead } from 'icebird';
import { afterAll } from 'vitest';
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import { nodeDisk } from '../../local/disk.ts';
import { dataDirectory, toUri } from '../../local/iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../../local/iceberg/metadata.ts';
import type { ParquetWriter, Ports, StageResult, Table } from '../../local/iceberg/types.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

export const ports: Ports = {
  disk: nodeDisk,
  clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
  random: { bytes: (size) => randomBytes(size) },
};

/** A directory that goes away after the file's tests. */
export function temporaryHome(): string {
  const folder = makeTemporaryFolder();
  afterAll(folder.remove);
  return folder.path;
}

/** Schema fields from `name: type` pairs, numbered from 1. */
export function schemaOf(columns: Record<string, IcebergSchema['fields'][number]['type']>): IcebergSchema {
  return {
    type: 'struct',
    'schema-id': 0,
    fields: Object.entries(columns).map(([name, type], i) => ({ id: i + 1, name, required: false, type })),
  };
}

export const unpartitioned: IcebergPartitionSpec = { 'spec-id': 0, fields: [] };
export const unsorted: IcebergSortOrder = { 'order-id': 0, fields: [] };

/** A partition spec from `[source column, transform]` pairs. */
export function specOf(schema: IcebergSchema, ...parts: [string, string][]): IcebergPartitionSpec {
  return {
    'spec-id': 0,
    fields: parts.map(([source, transform], i) => ({
      'source-id': schema.fields.find((field) => field.name === source)!.id,
      'field-id': 1000 + i,
      name: `${source}_${transform.replace(/\W/g, '')}`,
      transform,
    })),
  };
}

let staged = 0;

/** Writes rows as NDJSON and stages them into the table's data directory. */
export async function stageRows(
  writer: ParquetWriter,
  table: Table,
  rows: readonly object[],
  maxPartitions = 100,
): Promise<StageResult> {
  staged += 1;
  const ndjsonPath = path.join(table.directory, `staged-${staged}.ndjson`);
  writeFileSync(ndjsonPath, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return writer.stage({
    ndjsonPath,
    schema: currentSchema(table.metadata),
    spec: defaultSpec(table.metadata),
    sortOrder: defaultSortOrder(table.metadata),
    directory: dataDirectory(table.directory),
    filePrefix: `t${staged}-`,
    maxPartitions,
  });
}

/** All rows of a table as icebird, an Iceberg reader of other people, sees them. */
export async function readByIcebird(directory: string): Promise<Record<string, unknown>[]> {
  const fetchBefore = globalThis.fetch;
  globalThis.fetch = fetchFile as typeof fetch;
  try {
    return await icebergRead({ tableUrl: toUri(directory) });
  } finally {
    globalThis.fetch = fetchBefore;
  }
}

/** fetch() of `file://` URLs, with the byte ranges that a Parquet reader asks for. */
async function fetchFile(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const file = String(input instanceof Request ? input.url : input).replace(/^file:\/\//, '');
  if (!existsSync(file)) return new Response('not found', { status: 404 });
  const bytes = readFileSync(file);
  const headers = { 'content-length': String(bytes.length) };
  if (init?.method === 'HEAD') return new Response(null, { status: 200, headers });
  const range = /^bytes=(\d+)-(\d*)$/.exec(new Headers(init?.headers).get('range') ?? '');
  if (range === null) return new Response(new Uint8Array(bytes), { status: 200, headers });
  const end = range[2] === '' ? bytes.length : Number(range[2]) + 1;
  return new Response(new Uint8Array(bytes.subarray(Number(range[1]), end)), { status: 206 });
}
