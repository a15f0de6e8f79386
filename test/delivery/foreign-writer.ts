/**
 * Another process that writes to a table: `node --import tsx foreign-writer.ts <table directory> <commits>`.
 * Each commit has one row, whose `event_id` is `f-0`, `f-1`, …; every third expires all snapshots but the last.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { dataDirectory } from '../../local/iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { systemClock } from '../../local/ports.ts';

const [directory, commits] = [process.argv[2]!, Number(process.argv[3])];
const ports = { disk: nodeDisk, clock: systemClock, random: { bytes: randomBytes } };
const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '128MiB', threads: 1 });
let table = (await loadTable(nodeDisk, directory))!;
for (let i = 0; i < commits; i++) {
  const ndjsonPath = path.join(directory, `foreign-${i}.ndjson`);
  const time = Date.UTC(2026, 0, 1) * 1000;
  const row = { event_id: `f-${i}`, received_at: time, user_id: 'u', session_id: 's', event: 'foreign' };
  const rest = { ip: '203.0.113.9', hostname: 'h', timestamp: time, uri: '/' };
  writeFileSync(ndjsonPath, `${JSON.stringify({ ...row, ...rest })}\n`);
  const staged = await writer.stage({
    ndjsonPath,
    schema: currentSchema(table.metadata),
    spec: defaultSpec(table.metadata),
    sortOrder: defaultSortOrder(table.metadata),
    directory: dataDirectory(directory),
    filePrefix: `foreign-${i}-`,
    maxPartitions: 10,
  });
  if (!('files' in staged)) throw new Error('too many partitions');
  table = (await appendFiles(ports, table, staged.files)).table;
  if (i % 3 === 2) {
    const result = await commit(ports, table, async ({ snapshots, refs }) => {
      const kept = new Set(Object.values(refs).map((ref) => ref['snapshot-id']));
      const ids = snapshots.map((snapshot) => snapshot['snapshot-id']).filter((id) => !kept.has(id));
      return [{ action: 'remove-snapshots', 'snapshot-ids': ids }];
    });
    table = result.table;
  }
}
await writer.close();
