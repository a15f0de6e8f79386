/** Columns that other writers add to our tables, or call by another name. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { handler } from '../../functions/transform.ts';
import type { IcebergField, IcebergSchema } from '../../lake/iceberg.ts';
import { contractIds, withForeignColumns } from '../../local/delivery/foreign-columns.ts';
import { nodeDisk } from '../../local/disk.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { currentSchema } from '../../local/iceberg/metadata.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports } from '../iceberg/support.ts';
import { type Lakehouse, openLakehouse, readRows, visit } from './lakehouse.ts';

const schema = (fields: readonly IcebergField[]): IcebergSchema => ({
  type: 'struct',
  'schema-id': 0,
  fields,
});
const column = (id: number, name: string, type: IcebergField['type'] = 'string', required = false) => ({
  id,
  name,
  type,
  required,
});
const struct = (...fields: IcebergField[]): IcebergField['type'] => ({ type: 'struct', fields });

const own = [column(1, 'event_id', 'string', true), column(3, 'place', struct(column(4, 'city')))];
const known = contractIds(schema(own));

function plan(wanted: readonly IcebergField[], live: readonly IcebergField[]) {
  const { schema: planned, faults } = withForeignColumns(schema(wanted), schema(live), known);
  return { fields: planned.fields, faults };
}

test('columns and members that others added stay, behind those of the contract', () => {
  const [id] = own;
  const place = column(3, 'place', struct(column(4, 'city'), column(8, 'country')));
  const live = [column(7, 'score', 'double'), id!, place];
  expect(plan(own, live)).toEqual({ fields: [id, place, column(7, 'score', 'double')], faults: [] });
});

test('a column that the contract had goes, and one that it never had stays', () => {
  const [id] = own;
  expect(plan([id!], [...own, column(7, 'score')]).fields).toEqual([id, column(7, 'score')]);
});

test.each<[string, IcebergField, IcebergField, string[]]>([
  ['takes over a foreign column by its id and name', column(7, 'score'), column(7, 'score'), []],
  [
    'uses the id of a foreign column for something else',
    column(7, 'colour'),
    column(7, 'score'),
    ['colour: field-id 7 is that of score, which another writer added; choose a new one'],
  ],
  [
    'uses the name of a foreign column',
    column(8, 'score'),
    column(7, 'Score'),
    [
      'Score: another writer added a column of this name; give the field its field-id 7 to take it over, or another name',
    ],
  ],
])('a contract that %s', (_, field, foreign, faults) => {
  expect(plan([...own, field], [...own, foreign]).faults).toEqual(faults);
});

test('a foreign column that requires values is refused: rows of the contract have none', () => {
  const [fault] = plan(own, [...own, column(7, 'score', 'double', true)]).faults;
  expect(fault).toContain('score: another writer added this column and requires values');
});

test('a table of which nobody kept the ids follows its contract alone', () => {
  const live = schema([...own, column(7, 'score')]);
  expect(withForeignColumns(schema(own), live, undefined)).toEqual({ schema: schema(own), faults: [] });
});

/** Puts an event and waits until its round is done, after which delivery knows the table as others left it. */
async function deliver({ put, log, delivery }: Lakehouse, ...events: object[]): Promise<void> {
  await put(events);
  while (delivery.done.to < log.end.number) await new Promise((resolve) => setTimeout(resolve, 2));
}

const webLog = (home: string) => path.join(home, 'warehouse/firn/web_log');

/** Another writer's change of the live schema. */
async function changeSchema(
  home: string,
  change: (fields: readonly IcebergField[]) => IcebergField[],
): Promise<void> {
  await commit(ports, (await loadTable(nodeDisk, webLog(home)))!, async (metadata) => {
    const live = currentSchema(metadata);
    const id = 1 + Math.max(...metadata.schemas.map((known) => known['schema-id']));
    return [
      { action: 'add-schema', schema: { ...live, 'schema-id': id, fields: change(live.fields) } },
      { action: 'set-current-schema', 'schema-id': -1 },
    ];
  });
}

test('a foreign column of any type survives the next start, and delivery goes on beside it', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, handler);
  await first.put([visit('v-1')]);
  await changeSchema(home, (fields) => [
    ...fields,
    column(90, 'opens', 'time'),
    column(91, 'score', 'double'),
  ]);
  await first.put([visit('v-2')]);
  await first.finish();
  const second = await openLakehouse(home, handler);
  await second.put([visit('v-3')]);
  await second.finish();
  const { metadata } = (await loadTable(nodeDisk, webLog(home)))!;
  const names = currentSchema(metadata).fields.map(({ name }) => name);
  expect(names.slice(-2)).toEqual(['opens', 'score']);
  await changeSchema(home, (fields) => fields.filter(({ name }) => name !== 'opens'));
  expect(await readRows(home, 'web_log', 'event_id, score')).toEqual([
    ['v-1', null],
    ['v-2', null],
    ['v-3', null],
  ]);
});

test('a column that another writer renames under running delivery loses no value', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler);
  const running = lakehouse.delivery.run();
  await deliver(lakehouse, visit('v-1', { uri: '/a', os: 'Linux' }));
  const rename = (name: string) => (['uri', 'os'].includes(name) ? `${name}_2` : name);
  await changeSchema(home, (fields) => fields.map((field) => ({ ...field, name: rename(field.name) })));
  await deliver(lakehouse, visit('v-2', { uri: '/b', os: 'macOS' }));
  await deliver(lakehouse, visit('v-3', { uri: '/c', os: 'iOS' }));
  lakehouse.delivery.stop();
  await running;
  await lakehouse.finish();
  expect(await readRows(home, 'web_log', 'event_id, uri_2, os_2')).toEqual([
    ['v-1', '/a', 'Linux'],
    ['v-2', '/b', 'macOS'],
    ['v-3', '/c', 'iOS'],
  ]);
  // The next start gives the columns the names that the contract has.
  await (await openLakehouse(home, handler)).finish();
  expect(await readRows(home, 'web_log', 'uri')).toHaveLength(3);
});

test('partitions that another writer makes from its own column are left to it', async () => {
  const home = temporaryFolder();
  const lakehouse = await openLakehouse(home, handler);
  const running = lakehouse.delivery.run();
  await deliver(lakehouse, visit('v-1'));
  await changeSchema(home, (fields) => [...fields, column(90, 'theirs')]);
  await commit(ports, (await loadTable(nodeDisk, webLog(home)))!, async () => [
    {
      action: 'add-spec',
      spec: {
        'spec-id': 7,
        fields: [{ 'source-id': 90, 'field-id': 1900, name: 'theirs', transform: 'identity' }],
      },
    },
    { action: 'set-default-spec', 'spec-id': -1 },
    {
      action: 'add-sort-order',
      'sort-order': {
        'order-id': 9,
        fields: [{ 'source-id': 90, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }],
      },
    },
    { action: 'set-default-sort-order', 'sort-order-id': -1 },
  ]);
  await deliver(lakehouse, visit('v-2'));
  await deliver(lakehouse, visit('v-3'));
  lakehouse.delivery.stop();
  await running;
  await lakehouse.finish();
  await (await openLakehouse(home, handler)).finish();
  expect((await readRows(home, 'web_log', 'event_id')).flat()).toEqual(['v-1', 'v-2', 'v-3']);
  expect((await loadTable(nodeDisk, webLog(home)))!.metadata['default-spec-id']).toBe(0);
});
