/** A table that many small commits made, and what is left of it. */
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { IcebergPartitionSpec, IcebergSchema, IcebergSortOrder } from '../../lake/iceberg.ts';
import { parseSettings, type SettingName } from '../../lake/settings.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { toUri } from '../../local/iceberg/location.ts';
import { currentSchema } from '../../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { commitRowDelta } from '../../local/iceberg/row-delta.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { createTable, loadTable } from '../../local/iceberg/table.ts';
import type { DataFile, Ports, ScanFile, Table } from '../../local/iceberg/types.ts';
import { scanSource } from '../../local/sql/iceberg-catalog.ts';
import { TableUpkeep } from '../../local/upkeep/upkeep.ts';
import { ports as realPorts, schemaOf, specOf, stageRows } from '../iceberg/support.ts';

export const schema: IcebergSchema = schemaOf({ id: 'string', kind: 'string', n: 'long', x: 'double' });
export const byKind: IcebergPartitionSpec = specOf(schema, ['kind', 'identity']);
export const byN: IcebergSortOrder = {
  'order-id': 1,
  fields: [{ 'source-id': 3, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }],
};

/** Makes `database/events`, with a commit for each list of rows. */
export async function makeTable(
  database: string,
  commits: readonly (readonly object[])[],
  ports: Ports = realPorts,
): Promise<Table> {
  const pieces = { schema, spec: byKind, sortOrder: byN, properties: {} };
  let table = await createTable(ports, path.join(database, 'events'), pieces);
  const writer = await openDuckdbWriter(ports.disk, { memoryLimit: '256MiB', threads: 1 });
  for (const rows of commits) table = await append(table, rows, ports, writer);
  await writer.close();
  return table;
}

/** Appends rows in one commit. */
export async function append(
  table: Table,
  rows: readonly object[],
  ports: Ports = realPorts,
  given?: Awaited<ReturnType<typeof openDuckdbWriter>>,
): Promise<Table> {
  const writer = given ?? (await openDuckdbWriter(ports.disk, { memoryLimit: '256MiB', threads: 1 }));
  const { files } = (await stageRows(writer, table, rows)) as { files: DataFile[] };
  if (given === undefined) await writer.close();
  return (await appendFiles(ports, table, files)).table;
}

/** `count` commits of two rows each, of the kinds `a` and `b`. */
export function smallCommits(count: number, from = 0): object[][] {
  return Array.from({ length: count }, (_, i) => [
    { id: `a${from + i}`, kind: 'a', n: count - i, x: i === 0 ? 'NaN' : i },
    { id: `b${from + i}`, kind: 'b', n: i, x: null },
  ]);
}

export interface UpkeepChange {
  ports?: Ports;
  settings?: Partial<Record<SettingName, number>>;
  doneRound?: () => number;
  readersMs?: number;
}

export function upkeepOf(database: string, change: UpkeepChange = {}): TableUpkeep {
  return new TableUpkeep({
    ports: change.ports ?? realPorts,
    settings: parseSettings({ ...change.settings }),
    databaseDirectory: database,
    temporaryDirectory: '',
    doneRound: change.doneRound ?? (() => 0),
    readersMs: change.readersMs ?? 0,
    onError: (_, error) => {
      throw error;
    },
  });
}

/** The rows as our SQL sees them: deletes applied. */
export async function rowsOf(directory: string, columns = '*', snapshotId?: bigint): Promise<unknown[][]> {
  const table = (await loadTable(realPorts.disk, directory))!;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const plan = await planScan(realPorts.disk, table, snapshotId === undefined ? {} : { snapshotId });
  const { sql } = await scanSource(
    async (text) => (await connection.runAndReadAll(text)).getRows(),
    { ...plan, schema: currentSchema(table.metadata) },
    table.metadata.schemas,
    'events',
  );
  const rows = (await connection.runAndReadAll(`SELECT ${columns} FROM (${sql}) ORDER BY ALL`)).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return rows as unknown[][];
}

export async function filesOf(directory: string) {
  return (await planScan(realPorts.disk, (await loadTable(realPorts.disk, directory))!)).files;
}

let written = 0;

/** Deletes the first row of a data file, as an upsert does. */
export async function deleteFirstRow(table: Table, file: ScanFile): Promise<Table> {
  written += 1;
  const target = path.join(table.directory, 'data', `r000000000${written}-deletes.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT '${file.dataFile.filePath}' AS file_path, 0::BIGINT AS pos) TO '${target}'
     (FORMAT parquet, FIELD_IDS {file_path: 2147483546, pos: 2147483545})`,
  );
  connection.closeSync();
  instance.closeSync();
  const deletes: DataFile = {
    content: 'position-deletes',
    filePath: toUri(target),
    fileFormat: 'PARQUET',
    specId: file.specId,
    partition: file.partition,
    recordCount: 1,
    fileSizeInBytes: await realPorts.disk.size(target),
  };
  const delta = { files: [], deletes: async () => [deletes] };
  return (await commitRowDelta(realPorts, table, delta)).table;
}
