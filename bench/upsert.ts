/** How long an upsert takes: rows in a file, as delivery stages them, until they are in the table, every fsync included. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseContract } from '../lake/contract.ts';
import { icebergPartitionSpec, icebergProperties, icebergSchema, icebergSortOrder } from '../lake/iceberg.ts';
import { nodeDisk } from '../local/disk.ts';
import { dataDirectory } from '../local/iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../local/iceberg/parquet.ts';
import { commitRowDelta } from '../local/iceberg/row-delta.ts';
import { createTable } from '../local/iceberg/table.ts';
import type { ParquetWriter, Table } from '../local/iceberg/types.ts';
import { systemClock } from '../local/ports.ts';
import { type Figures, round } from './ingest.ts';
import { percentile } from './load.ts';

const contract = parseContract(
  {
    type: 'record',
    name: 'orders',
    fields: [
      { name: 'order_id', type: 'string', 'field-id': 3 },
      { name: 'country', type: 'string', 'field-id': 4 },
      { name: 'customer', type: 'string', 'field-id': 5 },
      { name: 'state', type: 'string', 'field-id': 6 },
      { name: 'amount', type: 'long', 'field-id': 7 },
    ],
    iceberg: { 'partition-spec': [{ source: 'country', transform: 'identity' }] },
    write: 'upsert',
    identifier: ['order_id', 'country'],
  },
  'bench',
);
const ports = { disk: nodeDisk, clock: systemClock, random: { bytes: (size: number) => randomBytes(size) } };
const tableRows = 1_000_000;
const countries = ['AT', 'CH', 'DE', 'FR', 'IT', 'LI'];

/** Upserts of 20,000 keys out of a million, from all over the table, one after the other. */
export async function upserts(): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-bench-'));
  const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '1GiB', threads: 1 });
  try {
    let table = await createTable(ports, path.join(folder, 'orders'), {
      schema: icebergSchema(contract),
      spec: icebergPartitionSpec(contract),
      sortOrder: icebergSortOrder(contract),
      properties: icebergProperties(contract),
    });
    const chunk = 100_000;
    for (let first = 0; first < tableRows; first += chunk) {
      const numbers = Array.from({ length: chunk }, (_, i) => first + i);
      table = await upsert(writer, table, stagedFile(folder, numbers, 'new'));
    }
    const took: number[] = [];
    for (let batch = 0; batch < 10; batch++) {
      const file = stagedFile(folder, numbersOf(20_000), `paid-${batch}`);
      const began = performance.now();
      table = await upsert(writer, table, file);
      took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    return { 'median ms': round(percentile(took, 0.5)), 'slowest ms': round(took.at(-1)!) };
  } finally {
    await writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

let files = 0;

async function upsert(writer: ParquetWriter, table: Table, ndjsonPath: string): Promise<Table> {
  const { metadata, directory } = table;
  files += 1;
  const staged = await writer.stage({
    ndjsonPath,
    schema: currentSchema(metadata),
    spec: defaultSpec(metadata),
    sortOrder: defaultSortOrder(metadata),
    directory: dataDirectory(directory),
    filePrefix: `b${files}-`,
    maxPartitions: countries.length,
    upsert: { fieldIds: [3, 4], deletedRows: [] },
  });
  if (!('files' in staged)) throw new Error('the rows touch more partitions than there are countries');
  const { keysPath = '' } = staged;
  const result = await commitRowDelta(ports, table, {
    files: staged.files,
    deletes: (newest) =>
      writer.deletes({ table: { ...table, metadata: newest }, keysPath, filePrefix: `b${files}-deletes-` }),
  });
  return result.table;
}

/** Different numbers of rows, no two of them neighbours. */
function numbersOf(count: number): number[] {
  const start = Math.floor(Math.random() * tableRows);
  return Array.from({ length: count }, (_, i) => (start + i * 37_199) % tableRows);
}

function stagedFile(folder: string, numbers: readonly number[], state: string): string {
  const file = path.join(folder, 'staged.ndjson');
  const lines = numbers.map((number) =>
    JSON.stringify({
      event_id: `e-${number}-${state}`,
      received_at: 1_767_323_045_000_000 + number,
      order_id: `o-${number}`,
      country: countries[number % countries.length],
      customer: `c-${number % 5000}`,
      state,
      amount: number * 7,
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
