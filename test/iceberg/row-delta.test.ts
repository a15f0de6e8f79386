import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { loadManifest, loadManifestList } from '../../local/iceberg/cache.ts';
import { currentSnapshot, specById } from '../../local/iceberg/metadata.ts';
import { openDuckdbWriter } from '../../local/iceberg/parquet.ts';
import { commitRowDelta } from '../../local/iceberg/row-delta.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { DataFile, ManifestFile, ParquetWriter, Ports, Table } from '../../local/iceberg/types.ts';
import { ports, readByIcebird, schemaOf, specOf, temporaryHome, unsorted } from './support.ts';
import { stageUpsert, upsertRows } from './upserts.ts';

const home = temporaryHome();
let writer: ParquetWriter;
beforeAll(async () => {
  writer = await openDuckdbWriter(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
});
afterAll(() => writer.close());

const schema = schemaOf({ key: 'string', place: 'string', value: 'int' });
const spec = specOf(schema, ['place', 'identity']);

let tables = 0;
function newTable(properties: Record<string, string> = {}): Promise<Table> {
  tables += 1;
  return createTable(ports, path.join(home, `t${tables}`), { schema, spec, sortOrder: unsorted, properties });
}

type Row = { key: string; place: string; value: number };

const upsert = (table: Table, rows: readonly Row[]) => upsertRows(writer, table, [1, 2], rows);

async function rowsOf({ directory }: Table): Promise<string[]> {
  return (await readByIcebird(directory)).map(({ key, place, value }) => `${key} ${place} ${value}`).sort();
}

async function manifestsOf({ metadata }: Table): Promise<readonly ManifestFile[]> {
  return loadManifestList(nodeDisk, currentSnapshot(metadata)!);
}

async function deletesOf(table: Table): Promise<DataFile[]> {
  const found: DataFile[] = [];
  for (const file of await manifestsOf(table)) {
    if (file.content !== 'deletes') continue;
    const entries = await loadManifest(nodeDisk, file, specById(table.metadata, file.partitionSpecId));
    found.push(...entries.map(({ dataFile }) => dataFile));
  }
  return found;
}

test('a delete file lists positions of one partition, and names the file where it is about one only', async () => {
  let table = await newTable();
  table = await upsert(table, [
    { key: 'a', place: 'x', value: 1 },
    { key: 'b', place: 'x', value: 1 },
    { key: 'a', place: 'y', value: 1 },
  ]);
  table = await upsert(table, [{ key: 'c', place: 'x', value: 1 }]);
  table = await upsert(table, [
    { key: 'b', place: 'x', value: 2 },
    { key: 'c', place: 'x', value: 2 },
    { key: 'a', place: 'y', value: 2 },
  ]);
  expect(await rowsOf(table)).toEqual(['a x 1', 'a y 2', 'b x 2', 'c x 2']);
  const deletes = await deletesOf(table);
  expect(deletes.map(({ partition, recordCount }) => [partition, recordCount]).sort()).toEqual([
    [['x'], 2],
    [['y'], 1],
  ]);
  const single = deletes.find(({ recordCount }) => recordCount === 1)!;
  expect(single.referencedDataFile).toMatch(/^file:.*\.parquet$/);
  // Not cut, as the bounds of other columns are.
  const bound = Buffer.from(single.lowerBounds!.get(2147483546)!).toString();
  expect(bound).toBe(single.referencedDataFile);
  expect(deletes.find(({ recordCount }) => recordCount === 2)!.referencedDataFile).toBe(undefined);
});

test('keys that no row has delete nothing, though files might have them', async () => {
  let table = await newTable();
  table = await upsert(table, [
    { key: 'a', place: 'x', value: 1 },
    { key: 'c', place: 'x', value: 1 },
  ]);
  table = await upsert(table, [{ key: 'b', place: 'x', value: 1 }]);
  expect(currentSnapshot(table.metadata)!.summary.operation).toBe('append');
  expect(await deletesOf(table)).toEqual([]);
});

test('small manifests of deletes are merged apart from those of data', async () => {
  let table = await newTable({ 'commit.manifest.min-count-to-merge': '4' });
  for (let value = 0; value < 12; value++) table = await upsert(table, [{ key: 'a', place: 'x', value }]);
  expect(await rowsOf(table)).toEqual(['a x 11']);
  expect((await deletesOf(table)).length).toBe(11);
  const counts = (content: string) =>
    manifestsOf(table).then((all) => all.filter((m) => m.content === content));
  expect((await counts('data')).length).toBeLessThan(6);
  expect((await counts('deletes')).length).toBeLessThan(6);
});

test('a commit that fails leaves neither deletes nor manifests behind', async () => {
  let table = await newTable();
  table = await upsert(table, [{ key: 'a', place: 'x', value: 1 }]);
  const { files, keysPath } = await stageUpsert(writer, table, [1, 2], [{ key: 'a', place: 'x', value: 2 }]);
  const refusing: Ports = {
    ...ports,
    disk: { ...nodeDisk, create: () => Promise.reject(new Error('the disk is full')) },
  };
  const before = await nodeDisk.list(path.join(table.directory, 'metadata'));
  let deletes: readonly DataFile[] = [];
  const failing = commitRowDelta(refusing, table, {
    files,
    async deletes(metadata) {
      deletes = await writer.deletes({ table: { ...table, metadata }, keysPath, filePrefix: 'lost-' });
      return deletes;
    },
  });
  await expect(failing).rejects.toThrow('the disk is full');
  expect(deletes).toHaveLength(1);
  expect(existsSync(new URL(deletes[0]!.filePath))).toBe(false);
  expect(await nodeDisk.list(path.join(table.directory, 'metadata'))).toEqual(before);
  expect(await rowsOf(table)).toEqual(['a x 1']);
});
