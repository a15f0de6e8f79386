/** How long a commit takes when a table has many snapshots: metadata, manifests and every fsync. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { icebergPartitionSpec, icebergProperties, icebergSchema, icebergSortOrder } from '../lake/iceberg.ts';
import { parseSettings } from '../lake/settings.ts';
import { nodeDisk } from '../local/disk.ts';
import { appendFiles } from '../local/iceberg/append.ts';
import { createTable } from '../local/iceberg/table.ts';
import type { DataFile } from '../local/iceberg/types.ts';
import { systemClock } from '../local/ports.ts';
import { expireSnapshots, filesOfExpired } from '../local/upkeep/expire.ts';
import { expiryPolicy } from '../local/upkeep/policies.ts';
import { contracts } from '../schemas/index.ts';
import { type Figures, round } from './ingest.ts';
import { percentile } from './load.ts';

/** 10,000 commits of six files each, with expiry as upkeep does it. */
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
    for (let i = 0; i < 10_000; i++) {
      const began = performance.now();
      table = (await appendFiles(ports, table, dataFiles(i), {})).table;
      took.push(performance.now() - began);
      if (i % 25 !== 0) continue;
      const expired = await expireSnapshots(ports, table, expiryPolicy(parseSettings({})), 25);
      const garbage = await filesOfExpired(nodeDisk, expired.table, expired.snapshots);
      for (const file of garbage) await nodeDisk.remove(file);
      table = expired.table;
    }
    const around = (commit: number): number =>
      round(
        percentile(
          took.slice(Math.floor(commit * 0.9) - 5, commit).sort((a, b) => a - b),
          0.5,
        ),
      );
    return {
      '10 made, median ms': around(10),
      '100 made, median ms': around(100),
      '1,000 made, median ms': around(1000),
      '10,000 made, median ms': around(10_000),
      'slowest of the last 1,000, ms': round(Math.max(...took.slice(9000))),
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
