import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { openCompactor } from '../../local/iceberg/compactor.ts';
import { currentSnapshot } from '../../local/iceberg/metadata.ts';
import { RewriteConflict } from '../../local/iceberg/rewrite.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { compactGroups } from '../../local/upkeep/compact.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird } from '../iceberg/support.ts';
import { append, filesOf, makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

test('many small files become one for each partition, with the same rows', async () => {
  const database = temporaryFolder();
  const { directory, metadata } = await makeTable(database, smallCommits(9));
  const before = await rowsOf(directory);
  expect(await upkeepOf(database).optimize('events', [])).toEqual({ rewritten: 18, added: 2 });

  expect(await rowsOf(directory)).toEqual(before);
  expect(await filesOf(directory)).toHaveLength(2);
  const after = (await loadTable(nodeDisk, directory))!.metadata;
  expect(currentSnapshot(after)!.summary).toMatchObject({
    operation: 'replace',
    'added-data-files': '2',
    'deleted-data-files': '18',
    'added-records': '18',
    'deleted-records': '18',
    'total-records': '18',
    'total-data-files': '2',
  });
  expect(after.snapshots).toHaveLength(metadata.snapshots.length + 1);
});

test('other readers see the compacted table', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(4));
  await upkeepOf(database).optimize('events', []);
  const rows = await readByIcebird(directory);
  expect(rows.map((row) => row.id).sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3']);
});

test('a compacted file is sorted as the table asks, says so, and has bounds and NaN counts', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(9));
  await upkeepOf(database).optimize('events', []);
  const files = await filesOf(directory);
  expect(files.map(({ dataFile }) => dataFile.sortOrderId)).toEqual([1, 1]);
  const a = files.find(({ partition }) => partition[0] === 'a')!.dataFile;
  expect(a.nanValueCounts?.has(4)).toBe(false);
  const b = files.find(({ partition }) => partition[0] === 'b')!.dataFile;
  expect(b.nanValueCounts?.get(4)).toBe(0);
  expect(b.lowerBounds?.has(3)).toBe(true);
});

test('what an older snapshot had can still be read after compaction', async () => {
  const database = temporaryFolder();
  const { directory, metadata } = await makeTable(database, smallCommits(3));
  await upkeepOf(database).optimize('events', []);
  expect(await rowsOf(directory, 'id', metadata.snapshots[0]!['snapshot-id'])).toEqual([['a0'], ['b0']]);
});

test('only the partitions that were asked for are compacted', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(4));
  const predicate = { column: 'kind', op: '=', values: ['a'] } as const;
  expect(await upkeepOf(database).optimize('events', [predicate])).toEqual({ rewritten: 4, added: 1 });
  expect(await filesOf(directory)).toHaveLength(5);
});

test('compacting twice does nothing the second time', async () => {
  const database = temporaryFolder();
  await makeTable(database, smallCommits(3));
  const upkeep = upkeepOf(database);
  await upkeep.optimize('events', []);
  expect(await upkeep.optimize('events', [])).toEqual({ rewritten: 0, added: 0 });
});

test('a table that is not there is told', async () => {
  await expect(upkeepOf(temporaryFolder()).optimize('nothing', [])).rejects.toThrow(
    'there is no table nothing',
  );
});

test('an append meanwhile survives a rewrite that was planned before it', async () => {
  const database = temporaryFolder();
  const table = await makeTable(database, smallCommits(3));
  const planned = await filesOf(table.directory);
  await append(table, [{ id: 'new', kind: 'a', n: 0, x: 0 }]);
  const compactor = await openCompactor(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  const groups = [planned.filter(({ partition }) => partition[0] === 'a')];
  expect(await compactGroups(ports, table, compactor, groups)).toMatchObject({ rewritten: 3, added: 1 });
  expect(await rowsOf(table.directory, 'id')).toHaveLength(7);
  compactor.close();
});

test('a rewrite whose file is gone by now changes nothing and leaves nothing', async () => {
  const database = temporaryFolder();
  const table = await makeTable(database, smallCommits(3));
  const planned = await filesOf(table.directory);
  await upkeepOf(database).optimize('events', []);
  const names = await nodeDisk.list(path.join(table.directory, 'data'));
  const compactor = await openCompactor(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  await expect(compactGroups(ports, table, compactor, [planned.slice(0, 2)])).rejects.toThrow(
    RewriteConflict,
  );
  compactor.close();
  expect(await nodeDisk.list(path.join(table.directory, 'data'))).toEqual(names);
  expect(await rowsOf(table.directory, 'id')).toHaveLength(6);
});

test('old files stay on disk until their snapshots expire', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(3));
  const old = (await filesOf(directory)).map((file) => file.path);
  const upkeep = upkeepOf(database, { settings: { snapshotsMax: 1 } });
  await upkeep.optimize('events', []);
  expect(old.every((file) => existsSync(file))).toBe(true);
  const { expired } = await upkeep.vacuum('events');
  expect(expired).toBe(3);
  expect(old.some((file) => existsSync(file))).toBe(false);
  expect(await rowsOf(directory, 'id')).toHaveLength(6);
});
