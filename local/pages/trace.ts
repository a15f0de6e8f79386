/** Finds an event by its id: where it is in the log, its row or its rejection, and the file and snapshot of that. */
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoteText } from '../../lake/duckdb.ts';
import type { Caller } from '../aws/caller.ts';
import { loadManifest, loadManifestList } from '../iceberg/cache.ts';
import { toPath } from '../iceberg/location.ts';
import { currentSnapshot, snapshotById, specById } from '../iceberg/metadata.ts';
import { planScan } from '../iceberg/scan.ts';
import { loadTable } from '../iceberg/table.ts';
import type { ManifestEntry, Table } from '../iceberg/types.ts';
import type { Disk } from '../ports.ts';
import type { Ask } from './ask.ts';
import { findInLog, type LoggedRecord, type LogPlace } from './find-in-log.ts';

export interface Trace {
  eventId: string;
  /** Its record, while the log has it. */
  log?: LoggedRecord;
  /** Whether its record has its verdict; undefined where the log does not have it any more. */
  delivered?: boolean;
  /** Its rows; one, unless a producer sent it twice. */
  rows: TracedRow[];
}

/** A row of a table; of `rejected`, why the event is no row of its own. */
export interface TracedRow {
  table: string;
  /** As SQL prints it. */
  row: Record<string, string | null>;
  /** Path within the warehouse, and the snapshot that added it. */
  file?: string;
  snapshotId?: string;
  committedMs?: number;
}

export interface Tracer {
  ask: Ask;
  disk: Disk;
  databaseDirectory: string;
  tables: readonly string[];
  log: LogPlace;
  /** Number past the last record that has its verdict. */
  delivered: () => number;
}

/** Looks everywhere. The caller must be one who may see personal data. */
export async function traceEvent(tracer: Tracer, eventId: string, caller: Caller): Promise<Trace> {
  const rows: TracedRow[] = [];
  for (const table of tracer.tables) rows.push(...(await findRows(tracer, table, eventId, caller)));
  const receivedMs = rows.map(({ row }) => millis(row.received_at)).filter((at) => at !== undefined);
  const log = await findInLog(
    tracer.log,
    eventId,
    receivedMs.length === 0 ? undefined : Math.min(...receivedMs),
  );
  const delivered = log && log.number < tracer.delivered();
  return { eventId, ...(log && { log }), ...(delivered !== undefined && { delivered }), rows };
}

async function findRows(
  { ask, disk, databaseDirectory }: Tracer,
  table: string,
  eventId: string,
  caller: Caller,
): Promise<TracedRow[]> {
  const literal = `'${eventId.replaceAll("'", "''")}'`;
  const { columns, rows } = await ask(
    `SELECT * FROM "${table}" WHERE event_id = ? LIMIT 10`,
    [literal],
    caller,
  );
  if (rows.length === 0) return [];
  const loaded = await loadTable(disk, path.join(databaseDirectory, table));
  const added = loaded === undefined ? undefined : await addedBy(disk, loaded, eventId);
  return rows.map((values) => ({
    table,
    row: Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null])),
    ...(added && { file: path.relative(path.dirname(databaseDirectory), added.file), ...added.snapshot }),
  }));
}

/** The data file that holds an event, and the snapshot that added it. */
async function addedBy(
  disk: Disk,
  table: Table,
  eventId: string,
): Promise<{ file: string; snapshot: { snapshotId: string; committedMs?: number } } | undefined> {
  const { files } = await planScan(disk, table, {
    predicates: [{ column: 'event_id', op: '=', values: [eventId] }],
  });
  const file = await holding(
    files.map((candidate) => candidate.path),
    eventId,
  );
  if (file === undefined) return undefined;
  const entry = await entryOf(disk, table, file);
  if (entry === undefined) return undefined;
  const committedMs = snapshotById(table.metadata, entry.snapshotId)?.['timestamp-ms'];
  return {
    file,
    snapshot: {
      snapshotId: String(entry.snapshotId),
      ...(committedMs !== undefined && { committedMs }),
    },
  };
}

async function entryOf(disk: Disk, { metadata }: Table, file: string): Promise<ManifestEntry | undefined> {
  const snapshot = currentSnapshot(metadata);
  if (snapshot === undefined) return undefined;
  for (const manifest of await loadManifestList(disk, snapshot)) {
    const entries = await loadManifest(disk, manifest, specById(metadata, manifest.partitionSpecId));
    const found = entries.find(({ dataFile }) => toPath(dataFile.filePath) === file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Which of these Parquet files has a row of this event. */
async function holding(files: readonly string[], eventId: string): Promise<string | undefined> {
  if (files.length === 0) return undefined;
  const connection = await connect();
  try {
    const list = files.map(quoteText).join(', ');
    const reader = await connection.runAndReadAll(
      `SELECT filename FROM read_parquet([${list}], filename = true, hive_partitioning = false)
       WHERE event_id = ${quoteText(eventId)} LIMIT 1`,
    );
    const [row] = reader.getRows();
    return row === undefined ? undefined : String(row[0]);
  } finally {
    connection.closeSync();
  }
}

let instance: Promise<DuckDBInstance> | undefined;

async function connect(): Promise<DuckDBConnection> {
  instance ??= DuckDBInstance.create(':memory:', { memory_limit: '128MiB', threads: '1' });
  return (await instance).connect();
}

/** `2026-11-22 10:00:00.000000` → milliseconds since 1970. */
function millis(text: string | null | undefined): number | undefined {
  const at = Date.parse(`${text?.replace(' ', 'T')}Z`);
  return Number.isNaN(at) ? undefined : at;
}
