import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { openCompactor } from '../../local/iceberg/compactor.ts';
import { toUri } from '../../local/iceberg/location.ts';
import { currentSnapshot } from '../../local/iceberg/metadata.ts';
import { RewriteConflict } from '../../local/iceberg/rewrite.ts';
import { commitRowDelta } from '../../local/iceberg/row-delta.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { DataFile, ScanFile, Table } from '../../local/iceberg/types.ts';
import { compactGroups } from '../../local/upkeep/compact.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird } from '../iceberg/support.ts';
import { filesOf, makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

let written = 0;

/** Deletes the first row of a data file, as an upsert does. */
async function deleteFirstRow(table: Table, file: ScanFile): Promise<Table> {
  written += 1;
  const target = path.join(table.directory, 'data', `r000000000${written}-deletes.parquet`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT '${file.dataFile.filePath}' AS file_path, 0::BIGINT AS pos) TO '${target}'
     (FORMAT parquet, FIELD_IDS {file_path: 2147483546, pos: 2147483545})`,
  );
  connection.closeSync();
  instance.closeSync();
  const deletes: DataFile = {
    content: 'position-deletes',
    filePath: toUri(target),
    fileFormat: 'PARQUET',
    specId: file.specId,
    partition: file.partition,
    recordCount: 1,
    fileSizeInBytes: await nodeDisk.size(target),
  };
  const delta = { files: [], deletes: async () => [deletes] };
  return (await commitRowDelta(ports, table, delta)).table;
}

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
