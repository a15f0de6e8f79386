import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { openCompactor } from '../../local/iceberg/compactor.ts';
import { currentSnapshot } from '../../local/iceberg/metadata.ts';
import { RewriteConflict } from '../../local/iceberg/rewrite.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { ScanFile } from '../../local/iceberg/types.ts';
import { compactGroups } from '../../local/upkeep/compact.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird } from '../iceberg/support.ts';
import { deleteFirstRow, filesOf, makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

const ofKind = (files: readonly ScanFile[], kind: string) =>
  files.filter(({ partition }) => partition[0] === kind);

test('deleted rows are left out, and their delete files go with the last file that they apply to', async () => {
  const database = temporaryFolder();
  let table = await makeTable(database, smallCommits(3));
  const [a] = ofKind(await filesOf(table.directory), 'a');
  table = await deleteFirstRow(table, a!);
  const rows = await rowsOf(table.directory);
  expect(rows).toHaveLength(5);
  await upkeepOf(database).optimize('events', []);

  expect(await rowsOf(table.directory)).toEqual(rows);
  expect(await readByIcebird(table.directory)).toHaveLength(5);
  expect((await filesOf(table.directory)).flatMap(({ deletes }) => deletes)).toEqual([]);
  expect(currentSnapshot((await loadTable(nodeDisk, table.directory))!.metadata)!.summary).toMatchObject({
    'removed-position-delete-files': '1',
    'removed-position-deletes': '1',
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-records': '5',
  });
});

test('a delete file stays as long as it applies to a file that was not rewritten', async () => {
  const database = temporaryFolder();
  let table = await makeTable(database, smallCommits(3));
  const [first] = ofKind(await filesOf(table.directory), 'a');
  table = await deleteFirstRow(table, first!);
  const rows = await rowsOf(table.directory);
  const group = ofKind(await filesOf(table.directory), 'a').filter(({ path: file }) => file !== first!.path);
  const compactor = await openCompactor(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  await compactGroups(ports, table, compactor, [group]);
  compactor.close();
  expect(await rowsOf(table.directory)).toEqual(rows);
  expect((await filesOf(table.directory)).filter(({ deletes }) => deletes.length > 0)).toHaveLength(1);
});

test('a delete meanwhile makes the rewrite begin anew', async () => {
  const database = temporaryFolder();
  const table = await makeTable(database, smallCommits(3));
  const planned = ofKind(await filesOf(table.directory), 'a');
  await deleteFirstRow(table, planned[0]!);
  const rows = await rowsOf(table.directory);
  const compactor = await openCompactor(nodeDisk, { memoryLimit: '256MiB', threads: 1 });
  await expect(compactGroups(ports, table, compactor, [planned])).rejects.toThrow(RewriteConflict);
  compactor.close();
  expect(await rowsOf(table.directory)).toEqual(rows);
});

test('a file without any row left goes without another in its place', async () => {
  const database = temporaryFolder();
  let table = await makeTable(database, smallCommits(1));
  for (const file of await filesOf(table.directory)) table = await deleteFirstRow(table, file);
  expect(await upkeepOf(database).optimize('events', [])).toEqual({ rewritten: 2, added: 0 });
  expect(await filesOf(table.directory)).toEqual([]);
  expect(await rowsOf(table.directory)).toEqual([]);
});
