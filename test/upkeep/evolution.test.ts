import path from 'node:path';
import { expect, test } from 'vitest';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { createTable } from '../../local/iceberg/table.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports, readByIcebird, unpartitioned, unsorted } from '../iceberg/support.ts';
import { append, filesOf, makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

const field = (id: number, name: string, type: IcebergField['type']): IcebergField => ({
  id,
  name,
  required: false,
  type,
});

function schemaWith(id: number, members: IcebergField[], further: IcebergField[] = []): IcebergSchema {
  const item = field(2, 'item', { type: 'struct', fields: members });
  return { type: 'struct', 'schema-id': id, fields: [field(1, 'id', 'string'), item, ...further] };
}

test('files of several schemas become one: members renamed, added and reordered are told by their ids', async () => {
  const database = temporaryFolder();
  const before = schemaWith(0, [field(3, 'name', 'string'), field(4, 'size', 'int')]);
  const after = schemaWith(
    1,
    [field(4, 'amount', 'long'), field(5, 'colour', 'string'), field(3, 'title', 'string')],
    [field(6, 'note', 'string')],
  );
  const pieces = { schema: before, spec: unpartitioned, sortOrder: unsorted, properties: {} };
  let table = await createTable(ports, path.join(database, 'events'), pieces);
  table = await append(table, [{ id: 'old', item: { name: 'shoe', size: 7 } }]);
  table = (
    await commit(ports, table, async () => [
      { action: 'add-schema', schema: after },
      { action: 'set-current-schema', 'schema-id': -1 },
    ])
  ).table;
  table = await append(table, [{ id: 'new', item: { amount: 8, colour: 'red', title: 'hat' }, note: 'x' }]);
  const rows = await rowsOf(table.directory);

  expect(await upkeepOf(database).optimize('events', [])).toEqual({ rewritten: 2, added: 1 });
  expect(await rowsOf(table.directory)).toEqual(rows);
  const [old] = (await readByIcebird(table.directory)).filter((row) => row.id === 'old');
  expect(old).toMatchObject({ item: { amount: 7n, title: 'shoe' } });
});

test('files of an older partition spec stay under it', async () => {
  const database = temporaryFolder();
  let table = await makeTable(database, smallCommits(2));
  table = (
    await commit(ports, table, async () => [
      { action: 'add-spec', spec: { 'spec-id': 1, fields: [] } },
      { action: 'set-default-spec', 'spec-id': -1 },
    ])
  ).table;
  for (const rows of smallCommits(2, 2)) table = await append(table, rows);
  const rows = await rowsOf(table.directory);
  await upkeepOf(database).optimize('events', []);
  expect(await rowsOf(table.directory)).toEqual(rows);
  const files = await filesOf(table.directory);
  expect(files.map(({ specId, partition }) => [specId, ...partition]).sort()).toEqual([
    [0, 'a'],
    [0, 'b'],
    [1],
  ]);
  expect(await readByIcebird(table.directory)).toHaveLength(8);
});

test.each(['uuid', 'fixed[16]', 'time'])(
  'a table to which another engine gave a %s column is left to that engine',
  async (type) => {
    const database = temporaryFolder();
    const table = await makeTable(database, smallCommits(3));
    const [schema] = table.metadata.schemas;
    const changed = { ...schema!, 'schema-id': 1, fields: [...schema!.fields, field(9, 'theirs', type)] };
    await commit(ports, table, async () => [
      { action: 'add-schema', schema: changed },
      { action: 'set-current-schema', 'schema-id': -1 },
    ]);
    await expect(upkeepOf(database).optimize('events', [])).rejects.toThrow(
      'another engine gave theirs a type',
    );
    expect(await filesOf(table.directory)).toHaveLength(6);
  },
);
