/** Tables that other engines wrote (test/golden/tables/README.md), read by us after a move to where the test runs. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { appendFiles } from '../../local/iceberg/append.ts';
import { relocateTable } from '../../local/iceberg/relocate.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { sorted } from '../helpers/canonical.ts';
import { readTable } from '../helpers/read-table.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird } from './support.ts';

const golden = fileURLToPath(new URL('../golden/tables/', import.meta.url));
const names = readdirSync(golden).filter((name) => !name.endsWith('.md'));

async function moved(name: string): Promise<string> {
  const directory = path.join(temporaryFolder(), name);
  cpSync(path.join(golden, name), directory, { recursive: true });
  expect(await relocateTable(ports, directory)).toBe(true);
  return directory;
}

function expectedRows(name: string): Record<string, unknown>[] {
  return JSON.parse(readFileSync(path.join(golden, name, 'rows.json'), 'utf8')).rows;
}

test.each(names)('%s reads as its own engine reads it', async (name) => {
  const directory = await moved(name);
  expect(sorted(await readTable(directory))).toEqual(sorted(expectedRows(name)));
});

test.each(names)('%s takes a commit of ours, and keeps its rows', async (name) => {
  const directory = await moved(name);
  const table = (await loadTable(nodeDisk, directory))!;
  await appendFiles(ports, table, [], { summary: { by: 'us' } });
  expect(sorted(await readTable(directory))).toEqual(sorted(expectedRows(name)));
});

test('position deletes come along with a moved table, for another reader too', async () => {
  const directory = await moved('java-position-deletes');
  const ids = (await readByIcebird(directory)).map((row) => Number(row.id)).sort();
  expect(ids).toEqual([1, 2, 4]);
});
