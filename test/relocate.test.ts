import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { handler } from '../functions/transform.ts';
import { nodeDisk } from '../local/disk.ts';
import { dataDirectory } from '../local/iceberg/location.ts';
import { planScan } from '../local/iceberg/scan.ts';
import { loadTable } from '../local/iceberg/table.ts';
import type { Disk } from '../local/ports.ts';
import { relocate, relocateHome } from '../local/relocate.ts';
import { contracts } from '../schemas/index.ts';
import { openLakehouse, order, readRows, visit } from './delivery/lakehouse.ts';
import { startTestRuntime } from './helpers/runtime.ts';
import { temporaryFolder } from './helpers/temporary.ts';
import { ports, readByIcebird } from './iceberg/support.ts';

/** The parts of a home that are named in its files. */
const placeOf = (directory: string) => ({
  directory,
  rounds: path.join(directory, 'rounds'),
  warehouse: path.join(directory, 'warehouse'),
});

const tableOf = (home: string, name = 'web_log') => path.join(home, 'warehouse/firn', name);

/** A home with rows from two rounds. */
async function madeHome(): Promise<string> {
  const home = path.join(temporaryFolder(), 'before');
  for (const id of ['v-1', 'v-2']) {
    const lakehouse = await openLakehouse(home, handler);
    await lakehouse.put([visit(id), order(`o-${id}`)]);
    await lakehouse.finish();
  }
  return home;
}

function moved(home: string, name = 'after é'): string {
  const place = path.join(path.dirname(home), name);
  mkdirSync(path.dirname(place), { recursive: true });
  renameSync(home, place);
  return place;
}

/** Every text and Avro name in a table's metadata that still speaks of a place. */
async function namesOf(home: string, place: string): Promise<string[]> {
  const table = (await loadTable(nodeDisk, tableOf(home)))!;
  const text = JSON.stringify(table.metadata, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const { files } = await planScan(nodeDisk, table);
  return [text, ...files.map((file) => file.path)].filter((name) => name.includes(place));
}

test('a moved home reads as before, by us and by another reader, and takes rows', async () => {
  const before = await madeHome();
  const home = moved(before);
  expect((await relocateHome(ports, placeOf(home))).sort()).toEqual(
    [...contracts.keys()].sort().map((name) => tableOf(home, name)),
  );
  expect(await namesOf(home, before)).toEqual([]);
  const lakehouse = await openLakehouse(home, handler);
  await lakehouse.put([visit('v-3')]);
  await lakehouse.finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1'], ['v-2'], ['v-3']]);
  const theirs = await readByIcebird(tableOf(home));
  expect(theirs.map((row) => row.event_id).sort()).toEqual(['v-1', 'v-2', 'v-3']);
  expect(await readRows(home, 'ecommerce_event', 'event_id')).toEqual([['o-v-1'], ['o-v-2']]);
});

test('older snapshots come along, and what named the old place is gone', async () => {
  const before = await madeHome();
  const home = moved(before);
  await relocateHome(ports, placeOf(home));
  const table = (await loadTable(nodeDisk, tableOf(home)))!;
  const [first] = table.metadata.snapshots;
  const { files } = await planScan(nodeDisk, table, { snapshotId: first!['snapshot-id'] });
  expect(files.map(({ recordCount }) => recordCount)).toEqual([1]);
  const metadata = path.join(table.directory, 'metadata');
  const left = readdirSync(metadata).filter((name) => name.endsWith('.json'));
  expect(left).toEqual([`v${table.version}.metadata.json`]);
  expect(readFileSync(path.join(metadata, 'version-hint.text'), 'utf8')).toBe(String(table.version));
});

test('relocation of a home that lies where it says does nothing', async () => {
  const home = await madeHome();
  expect(await relocateHome(ports, placeOf(home))).toEqual([]);
  const again = moved(home);
  await relocateHome(ports, placeOf(again));
  const { version } = (await loadTable(nodeDisk, tableOf(again)))!;
  expect(await relocateHome(ports, placeOf(again))).toEqual([]);
  expect((await loadTable(nodeDisk, tableOf(again)))!.version).toBe(version);
});

test('a copy is relocated without a change to the original', async () => {
  const original = await madeHome();
  const files = () => readdirSync(original, { recursive: true }).sort();
  const listed = files();
  const copy = path.join(temporaryFolder(), 'copy');
  cpSync(original, copy, { recursive: true });
  await relocateHome(ports, placeOf(copy));
  expect(files()).toEqual(listed);
  expect(await readRows(original, 'web_log', 'event_id')).toEqual([['v-1'], ['v-2']]);
  expect(await readRows(copy, 'web_log', 'event_id')).toEqual([['v-1'], ['v-2']]);
  expect(await namesOf(copy, original)).toEqual([]);
});

test('a folder that is no home is told, and left as it was', async () => {
  const folder = path.join(temporaryFolder(), 'nothing');
  await expect(relocate(folder)).rejects.toThrow('is not a home of Firn');
  expect(existsSync(folder)).toBe(false);
});

test('a home that was moved refuses to start, and says what to do', async () => {
  const home = moved(await madeHome());
  writeFileSync(path.join(home, 'home.json'), '{"firn":"home","version":1}');
  await expect(startTestRuntime({ home })).rejects.toThrow(`npm run relocate -- --home ${home}`);
  expect((await relocate(home)).length).toBeGreaterThan(0);
  const runtime = await startTestRuntime({ home });
  expect(runtime.sums().accepted).toBe(4);
});

test('killed at any change to the disk, a relocation goes on when called again', async () => {
  const before = await madeHome();
  const count = { done: 0, dieAt: Number.POSITIVE_INFINITY };
  const step = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      count.done += 1;
      if (count.done >= count.dieAt) throw new Error('the process is gone');
      return run(...args);
    };
  };
  const { write, create, replace, sync, syncDir, remove } = nodeDisk;
  const disk: Disk = {
    ...nodeDisk,
    write: step(write),
    create: step(create),
    replace: step(replace),
    sync: step(sync),
    syncDir: step(syncDir),
    remove: step(remove),
  };
  const run = async (dieAt: number) => {
    const home = path.join(temporaryFolder(), 'after');
    cpSync(before, home, { recursive: true });
    count.done = 0;
    count.dieAt = dieAt;
    await relocateHome({ ...ports, disk }, placeOf(home)).catch(() => {});
    return home;
  };
  await run(Number.POSITIVE_INFINITY);
  const total = count.done;
  expect(total).toBeGreaterThan(30);
  for (let at = 1; at <= total; at += 3) {
    const home = await run(at);
    await relocateHome(ports, placeOf(home));
    expect(await namesOf(home, before), `killed at ${at}`).toEqual([]);
    expect(await readRows(home, 'web_log', 'event_id'), `killed at ${at}`).toEqual([['v-1'], ['v-2']]);
  }
}, 60_000);

test('an open round comes along, also into a folder inside the old home', async () => {
  const before = path.join(temporaryFolder(), 'before');
  let commits = 0;
  const disk: Disk = {
    ...nodeDisk,
    async create(file, data) {
      if (/v[2-9]\.metadata\.json$/.test(file)) {
        commits += 1;
        throw new Error('the power is gone');
      }
      return nodeDisk.create(file, data);
    },
  };
  const crashed = await openLakehouse(before, handler, { disk });
  crashed.delivery.run().catch(() => {});
  await crashed.put([visit('v-1'), order('o-1')]);
  while (commits === 0) await new Promise((resolve) => setTimeout(resolve, 2));

  const home = path.join(before, 'inner');
  const aside = path.join(path.dirname(before), 'aside');
  cpSync(before, aside, { recursive: true });
  cpSync(aside, home, { recursive: true });
  await relocateHome(ports, placeOf(home));
  const again = await openLakehouse(home, handler);
  await again.finish();
  const table = (await loadTable(nodeDisk, tableOf(home)))!;
  const { files } = await planScan(nodeDisk, table);
  expect(files.map((file) => path.dirname(file.path))).toEqual([dataDirectory(tableOf(home))]);
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1']]);
});
