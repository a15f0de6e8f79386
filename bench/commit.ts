/** How long a commit takes when a table has many snapshots: metadata, manifests and every fsync. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { icebergPartitionSpec, icebergProperties, icebergSchema, icebergSortOrder } from '../lake/iceberg.ts';
import { nodeDisk } from '../local/disk.ts';
import { appendFiles } from '../local/iceberg/append.ts';
import { createTable } from '../local/iceberg/table.ts';
import type { DataFile } from '../local/iceberg/types.ts';
import { systemClock } from '../local/ports.ts';
import { contracts } from '../schemas/index.ts';
import { type Figures, round } from './ingest.ts';
import { percentile } from './load.ts';

/** Commits of six files each, up to 1,000 snapshots. */
export async function commits(): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-bench-'));
  const ports = {
    disk: nodeDisk,
    clock: systemClock,
    random: { bytes: (size: number) => randomBytes(size) },
  };
  const contract = contracts.get('web_log')!;
  try {
    let table = await createTable(ports, path.join(folder, 'web_log'), {
      schema: icebergSchema(contract),
      spec: icebergPartitionSpec(contract),
      sortOrder: icebergSortOrder(contract),
      properties: icebergProperties(contract),
    });
    const took: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const began = performance.now();
      table = (await appendFiles(ports, table, dataFiles(i), {})).table;
      took.push(performance.now() - began);
    }
    const median = (list: number[]): number =>
      round(
        percentile(
          list.sort((a, b) => a - b),
          0.5,
        ),
      );
    const last = took.slice(900);
    return {
      'first 100, median ms': median(took.slice(0, 100)),
      '901 to 1,000, median ms': median(last),
      '901 to 1,000, slowest ms': round(last.at(-1)!),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Six entries as a round makes them; a commit does not open the files. */
function dataFiles(commit: number): DataFile[] {
  return ['visit', 'view', 'list', 'like', 'cart', 'purchase'].map((event) => ({
    content: 'data',
    filePath: `file:///data/${commit}-${event}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [event, 20_000 + (commit % 7)],
    recordCount: 1000,
    fileSizeInBytes: 100_000,
    lowerBounds: new Map(
      contracts.get('web_log')!.fields.map(({ id }) => [id, Buffer.from('a lower bound')]),
    ),
    upperBounds: new Map(
      contracts.get('web_log')!.fields.map(({ id }) => [id, Buffer.from('an upper bound')]),
    ),
  }));
}
