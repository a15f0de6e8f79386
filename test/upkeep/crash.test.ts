import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { toPath } from '../../local/iceberg/location.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { Disk } from '../../local/ports.ts';
import { entriesOf, manifestsOf } from '../../local/upkeep/expire.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports } from '../iceberg/support.ts';
import { makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

/** A disk whose process is gone at the operation number `at` that changes something, before or after its effect. */
function crashingDisk(at: number, after: boolean) {
  let operations = 0;
  const step =
    <A extends unknown[], T>(run: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      operations += 1;
      if (operations < at) return run(...given);
      if (operations === at && after) await run(...given);
      throw new Error(`crashed at operation ${at}`);
    };
  const disk: Disk = {
    ...nodeDisk,
    write: step(nodeDisk.write),
    create: step(nodeDisk.create),
    replace: step(nodeDisk.replace),
    sync: step(nodeDisk.sync),
    syncDir: step(nodeDisk.syncDir),
    remove: step(nodeDisk.remove),
  };
  return { disk, operations: () => operations };
}

/** Compaction, then expiry with all that it makes garbage. */
async function upkeep(database: string, disk: Disk): Promise<void> {
  const tables = upkeepOf(database, { ports: { ...ports, disk }, settings: { snapshotsMax: 1 } });
  await tables.optimize('events', []);
  await tables.vacuum('events');
}

/** `npm test` dies at every fifth operation, the heavier suites at each. */
const stride = Number(process.env.FIRN_CRASH_STRIDE ?? 5);

test('killed at any change to the disk inside compaction or expiry, no row and no file that is needed is lost', async () => {
  // Locations are absolute, so every life is lived in the same place, from a copy.
  const home = temporaryFolder();
  const [database, untouched] = [path.join(home, 'firn'), path.join(home, 'copy')];
  const { directory } = await makeTable(database, smallCommits(5));
  const rows = await rowsOf(directory);
  cpSync(database, untouched, { recursive: true });
  const { disk, operations } = crashingDisk(Number.POSITIVE_INFINITY, false);
  await upkeep(database, disk);
  const total = operations();
  expect(total).toBeGreaterThan(20);

  for (let at = 1; at <= total; at += stride) {
    rmSync(database, { recursive: true });
    cpSync(untouched, database, { recursive: true });
    await upkeep(database, crashingDisk(at, at % 2 === 0).disk).catch(() => {});
    expect(await missingFiles(directory), `files lost by a crash at ${at}`).toEqual([]);
    expect(await rowsOf(directory), `rows changed by a crash at ${at}`).toEqual(rows);

    // What a crash left undone is done by the next life.
    await upkeep(database, nodeDisk);
    expect(await rowsOf(directory), `rows changed after a crash at ${at}`).toEqual(rows);
    expect(await missingFiles(directory), `files lost after a crash at ${at}`).toEqual([]);
    const table = (await loadTable(nodeDisk, directory))!;
    expect((await planScan(nodeDisk, table)).files).toHaveLength(2);
    expect(table.metadata.snapshots.length).toBe(1);
  }
}, 120_000);

/** Files that some snapshot refers to, and that are not there. */
async function missingFiles(directory: string): Promise<string[]> {
  const { metadata } = (await loadTable(nodeDisk, directory))!;
  const files = metadata.snapshots.map((snapshot) => snapshot['manifest-list']);
  for (const manifest of (await manifestsOf(nodeDisk, metadata.snapshots)).values()) {
    files.push(manifest.manifestPath);
    for (const { status, dataFile } of await entriesOf(nodeDisk, manifest, metadata)) {
      if (status !== 'deleted') files.push(dataFile.filePath);
    }
  }
  return files.map(toPath).filter((file) => !existsSync(file));
}
