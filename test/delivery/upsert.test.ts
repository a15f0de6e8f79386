import path from 'node:path';
import { expect, test } from 'vitest';
import type { AvroRecord } from '../../lake/contract.ts';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { loadManifest, loadManifestList } from '../../local/iceberg/cache.ts';
import { currentSnapshot, specById } from '../../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { DataFile, Snapshot, Table } from '../../local/iceberg/types.ts';
import type { Disk } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird, stageRows } from '../iceberg/support.ts';
import { type Lakehouse, openLakehouse } from './lakehouse.ts';
import { click, deployment, order, orders } from './upserts.ts';

const ours = deployment();

async function open(home: string, change = ours, disk?: Disk): Promise<Lakehouse> {
  return openLakehouse(home, change.handler, { ...change, ...(disk && { disk }) });
}

/** Each list of events as a round of its own, in a lakehouse that is opened for it. */
async function deliver(home: string, rounds: readonly (readonly object[])[], change = ours): Promise<void> {
  for (const events of rounds) {
    const lakehouse = await open(home, change);
    await lakehouse.put(events);
    await lakehouse.finish();
  }
}

const folderOf = (home: string, table: string): string => path.join(home, 'warehouse/firn', table);

/** Rows as `order_id country state`, or the members named, as a reader that we did not write sees them. */
async function rowsOf(home: string, table = 'orders', ...names: string[]): Promise<string[]> {
  const members = names.length === 0 ? ['order_id', 'country', 'state'] : names;
  const rows = await readByIcebird(folderOf(home, table));
  return rows.map((row) => members.map((name) => String(row[name])).join(' ')).sort();
}

async function tableOf(home: string, table = 'orders'): Promise<Table> {
  return (await loadTable(nodeDisk, folderOf(home, table)))!;
}

async function snapshotOf(home: string): Promise<Snapshot> {
  return currentSnapshot((await tableOf(home)).metadata)!;
}

/** The live files of a table's current snapshot. */
async function filesOf(home: string): Promise<DataFile[]> {
  const { metadata } = await tableOf(home);
  const manifests = await loadManifestList(nodeDisk, currentSnapshot(metadata)!);
  const entries = await Promise.all(
    manifests.map((file) => loadManifest(nodeDisk, file, specById(metadata, file.partitionSpecId))),
  );
  return entries.flat().map(({ dataFile }) => dataFile);
}

test('the last write of a key counts: in a round, and over rounds', async () => {
  const home = temporaryFolder();
  await deliver(home, [
    [order('a', 'new'), order('b', 'new'), order('a', 'paid')],
    [order('b', 'paid'), order('c', 'new'), order('b', 'sent')],
  ]);
  expect(await rowsOf(home)).toEqual(['a CH paid', 'b CH sent', 'c CH new']);
});

test('a row whose delete field is true deletes, and a later one brings it back', async () => {
  const home = temporaryFolder();
  const gone = { deleted: true };
  await deliver(home, [
    [order('a', 'new'), order('b', 'new'), order('b', '', gone), order('c', '', gone), order('c', 'new')],
    [order('a', '', gone), order('never', '', gone)],
  ]);
  expect(await rowsOf(home)).toEqual(['c CH new']);
  expect((await snapshotOf(home)).summary).toMatchObject({
    operation: 'delete',
    'added-data-files': '0',
    'added-delete-files': '1',
    'added-position-deletes': '1',
    'total-position-deletes': '1',
    'total-records': '2',
  });
  await deliver(home, [[order('a', 'again')]]);
  expect(await rowsOf(home)).toEqual(['a CH again', 'c CH new']);
});

test('a commit that replaces rows is an overwrite, one that replaces none an append', async () => {
  const home = temporaryFolder();
  await deliver(home, [[order('a', 'new'), order('b', 'new')]]);
  expect((await snapshotOf(home)).summary.operation).toBe('append');
  await deliver(home, [[order('a', 'paid')]]);
  expect((await snapshotOf(home)).summary).toMatchObject({
    operation: 'overwrite',
    'added-records': '1',
    'added-position-delete-files': '1',
    'total-delete-files': '1',
  });
  // A row that is deleted is not deleted once more.
  await deliver(home, [[order('a', 'sent')]]);
  expect((await snapshotOf(home)).summary).toMatchObject({ 'added-position-deletes': '1' });
});

test('deletes have the partition of their data files, so a key in another country is another key', async () => {
  const home = temporaryFolder();
  const french = { country: 'FR' };
  await deliver(home, [
    [order('a', 'new'), order('a', 'new', french), order('b', 'new', french)],
    [order('a', 'paid'), order('b', 'paid', french), order('b', 'moved')],
  ]);
  expect(await rowsOf(home)).toEqual(['a CH paid', 'a FR new', 'b CH moved', 'b FR paid']);
  const deletes = (await filesOf(home)).filter(({ content }) => content === 'position-deletes');
  expect(deletes.map(({ partition, recordCount }) => [partition, recordCount]).sort()).toEqual([
    [['CH'], 1],
    [['FR'], 1],
  ]);
});

test('an event sent twice is one row of a table with dedupe', async () => {
  const home = temporaryFolder();
  const midnight = ['2026-01-02T23:59:59Z', '2026-01-03T00:00:01Z'] as const;
  await deliver(home, [
    [click('x'), click('x'), click('y', midnight[0]), click('z', midnight[1])],
    [click('z', midnight[1]), click('x'), click('w')],
  ]);
  expect(await rowsOf(home, 'clicks', 'event_id')).toEqual(['w', 'x', 'y', 'z']);
});

test('rows written under a former partition spec are replaced as well', async () => {
  const home = temporaryFolder();
  const bucketed: AvroRecord = {
    ...orders,
    iceberg: { 'partition-spec': [{ source: 'order_id', transform: 'bucket[4]' }] },
  };
  await deliver(home, [[order('a', 'new'), order('b', 'new')]]);
  await deliver(home, [[order('a', 'paid')], [order('a', 'sent'), order('c', 'new')]], deployment(bucketed));
  expect(await rowsOf(home)).toEqual(['a CH sent', 'b CH new', 'c CH new']);
});

test('a renamed identifier keeps its meaning', async () => {
  const home = temporaryFolder();
  const renamed: AvroRecord = {
    ...orders,
    fields: orders.fields.map((field) =>
      field.name === 'order_id' ? { ...field, name: 'number', aliases: ['order_id'] } : field,
    ),
    identifier: ['number', 'country'],
  };
  await deliver(home, [[order('a', 'new'), order('b', 'new')]]);
  await deliver(home, [[order('a', 'paid')]], deployment(renamed));
  expect(await rowsOf(home, 'orders', 'state')).toEqual(['new', 'paid']);
});

test('a row that another writer commits meanwhile is replaced too', async () => {
  const home = temporaryFolder();
  await deliver(home, [[order('a', 'new')]]);
  const writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  let isFirst = true;
  /** Before our metadata is published, another writer's is. */
  const disk: Disk = {
    ...nodeDisk,
    async create(file, data) {
      if (isFirst && file.startsWith(folderOf(home, 'orders'))) {
        isFirst = false;
        const table = await tableOf(home);
        const row = { event_id: 'f', received_at: 1, order_id: 'b', country: 'CH', state: 'foreign' };
        const staged = await stageRows(writer, table, [row, { ...row, order_id: 'c' }]);
        if ('files' in staged) await appendFiles(ports, table, staged.files);
      }
      return nodeDisk.create(file, data);
    },
  };
  const lakehouse = await open(home, ours, disk);
  await lakehouse.put([order('a', 'paid'), order('b', 'paid')]);
  await lakehouse.finish();
  await writer.close();
  expect(await rowsOf(home)).toEqual(['a CH paid', 'b CH paid', 'c CH foreign']);
  // The delete files of the lost attempt are gone, and so are the keys.
  const live = (await filesOf(home)).map(({ filePath }) => path.basename(filePath)).sort();
  expect(await nodeDisk.list(path.join(folderOf(home, 'orders'), 'data'))).toEqual(live);
});

test('more partitions than a commit may touch are several rounds, in order, deletes included', async () => {
  const home = temporaryFolder();
  const countries = ['AT', 'BE', 'CH', 'DE', 'FR'];
  const settings = { partitionsPerCommit: 2 };
  const lakehouse = await openLakehouse(home, ours.handler, { ...ours, settings });
  await lakehouse.put([
    ...countries.map((country) => order('a', 'new', { country })),
    order('a', '', { country: 'BE', deleted: true }),
    order('a', 'paid', { country: 'AT' }),
  ]);
  await lakehouse.finish();
  expect(await rowsOf(home)).toEqual(['a AT paid', 'a CH new', 'a DE new', 'a FR new']);
});

test('a row that does not fit fails alone, and the deletions behind it hit their own rows', async () => {
  const home = temporaryFolder();
  const { contracts, handler } = deployment();
  const spoilt: typeof handler = async (event) => {
    const { records } = await handler(event);
    const [first] = records;
    const row = JSON.parse(Buffer.from(first!.data!, 'base64').toString());
    first!.data = Buffer.from(JSON.stringify({ ...row, received_at: 'never' })).toString('base64');
    return { records };
  };
  const lakehouse = await openLakehouse(home, spoilt, { contracts });
  const gone = { deleted: true };
  await lakehouse.put([order('s', 'spoilt'), order('a', 'new'), order('b', 'new'), order('a', '', gone)]);
  await lakehouse.finish();
  expect(await rowsOf(home)).toEqual(['b CH new']);
  expect(lakehouse.delivery.done.sums).toMatchObject({ records: 4, rows: { orders: 3 }, failed: 1 });
});

test('a change to a table without identifier fields is an error object', async () => {
  const home = temporaryFolder();
  const { contracts, handler } = deployment();
  const lakehouse = await openLakehouse(
    home,
    async (event) => {
      const { records } = await handler(event);
      for (const { metadata } of records) metadata!.otfMetadata.destinationTableName = 'rejected';
      return { records };
    },
    { contracts },
  );
  await lakehouse.put([order('a', 'new')]);
  await lakehouse.finish();
  expect(lakehouse.delivery.done.sums).toMatchObject({ records: 1, rows: {}, failed: 1 });
});
