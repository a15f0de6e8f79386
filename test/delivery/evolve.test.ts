import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { Disk } from '../../local/ports.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { changed } from './changed-contract.ts';
import { crashingDisk } from './crashing.ts';
import { openLakehouse, order, readRows, visit } from './lakehouse.ts';

const asShipped = changed((avro) => avro);
const withColour = changed((avro) => ({
  ...avro,
  fields: [...avro.fields, { name: 'colour', type: ['null', 'string'], default: null, 'field-id': 50 }],
}));

test('an added column reaches the live table at the next start', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, asShipped.handler);
  await first.put([visit('v-1')]);
  await first.finish();
  const second = await openLakehouse(home, withColour.handler, withColour);
  await second.put([visit('v-2', { colour: 'red' })]);
  await second.finish();
  const rows = await readRows(home, 'web_log', 'event_id, colour');
  expect(rows).toEqual([
    ['v-1', null],
    ['v-2', 'red'],
  ]);
});

test('a renamed column keeps its data, by its id', async () => {
  const home = temporaryFolder();
  const renamed = changed((avro) => ({
    ...avro,
    fields: avro.fields.map((field) =>
      field.name === 'uri' ? { ...field, name: 'page', aliases: ['uri'] } : field,
    ),
  }));
  const first = await openLakehouse(home, asShipped.handler);
  await first.put([visit('v-1', { uri: '/before' })]);
  await first.finish();
  const second = await openLakehouse(home, renamed.handler, renamed);
  await second.put([visit('v-2', { uri: '/after' })]);
  await second.finish();
  expect(await readRows(home, 'web_log', 'event_id, page')).toEqual([
    ['v-1', '/before'],
    ['v-2', '/after'],
  ]);
});

test('a changed partition spec holds for new files, and the old ones stay', async () => {
  const home = temporaryFolder();
  const byUser = changed((avro) => ({
    ...avro,
    iceberg: {
      'partition-spec': [
        { source: 'user_id', transform: 'bucket[4]' },
        { source: 'timestamp', transform: 'day' },
      ],
    },
  }));
  const first = await openLakehouse(home, asShipped.handler);
  await first.put([visit('v-1')]);
  await first.finish();
  const second = await openLakehouse(home, byUser.handler, byUser);
  await second.put([visit('v-2')]);
  await second.finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1'], ['v-2']]);
});

test('a change that Iceberg forbids stops the start with field and rule, and changes no table', async () => {
  const home = temporaryFolder();
  const first = await openLakehouse(home, asShipped.handler);
  await first.finish();
  const forbidden = changed((avro) => ({
    ...avro,
    fields: [...avro.fields, { name: 'colour', type: 'string', 'field-id': 50 }],
  }));
  await expect(openLakehouse(home, forbidden.handler, forbidden)).rejects.toThrow(
    'table web_log cannot follow schemas/web_log.avsc:\n  colour: a new field must be optional',
  );
  const again = await openLakehouse(home, asShipped.handler);
  await again.put([visit('v-1')]);
  await again.finish();
  expect(await readRows(home, 'web_log', 'event_id')).toEqual([['v-1']]);
});

test('a round that a crash left open is finished as it was staged, then the contract changes', async () => {
  const home = temporaryFolder();
  await leaveRoundOpen(home, [visit('v-1'), order('o-1'), visit('b-1', { ip: 7 })]);

  const again = await openLakehouse(home, withColour.handler, withColour);
  await again.put([visit('v-2', { colour: 'red' })]);
  await again.finish();
  expect(await readRows(home, 'web_log', 'event_id, colour')).toEqual([
    ['v-1', null],
    ['v-2', 'red'],
  ]);
  expect(await readRows(home, 'ecommerce_event', 'event_id')).toEqual([['o-1']]);
  expect(await readRows(home, 'rejected', 'event_id')).toEqual([['b-1']]);
});

/** `npm test` dies at every fifth operation, the heavier suites at each. */
const stride = Number(process.env.FIRN_CRASH_STRIDE ?? 5);

test('killed at any change to the disk while the contract changes, no row is lost or doubled', async () => {
  const recoloured = changed((avro) => ({
    ...avro,
    fields: [
      ...avro.fields
        .filter(({ name }) => name !== 'os')
        .map((field) => (field.name === 'uri' ? { ...field, name: 'page', aliases: ['uri'] } : field)),
      { name: 'colour', type: ['null', 'string'], default: null, 'field-id': 50 },
    ],
    iceberg: {
      'partition-spec': [{ source: 'user_id', transform: 'bucket[4]' }],
      'sort-order': [{ source: 'user_id' }],
    },
  }));
  // Locations are absolute, so every life is lived in the same place, from a copy.
  const folder = temporaryFolder();
  const [home, untouched] = [path.join(folder, 'home'), path.join(folder, 'copy')];
  mkdirSync(home);
  const first = await openLakehouse(home, asShipped.handler);
  await first.put([visit('v-1')]);
  await first.finish();
  await leaveRoundOpen(home, [visit('v-2'), order('o-1')]);
  cpSync(home, untouched, { recursive: true });

  const start = async (at: number) => {
    rmSync(home, { recursive: true });
    cpSync(untouched, home, { recursive: true });
    const { disk, operations, closeFiles } = crashingDisk(at);
    const started = openLakehouse(home, recoloured.handler, { disk, contracts: recoloured.contracts });
    await started.then(
      ({ finish }) => finish(),
      () => {},
    );
    await closeFiles();
    return operations();
  };
  const total = await start(Number.POSITIVE_INFINITY);
  expect(total).toBeGreaterThan(12);
  for (let at = 1; at <= total; at += stride) {
    await start(at);
    const again = await openLakehouse(home, recoloured.handler, recoloured);
    await again.put([visit('v-3', { uri: '/after', colour: 'red' })]);
    await again.finish();
    const rows = await readRows(home, 'web_log', 'event_id, page, colour');
    expect(rows, `after a crash at ${at}`).toEqual([
      ['v-1', '/', null],
      ['v-2', '/', null],
      ['v-3', '/after', 'red'],
    ]);
    expect(await readRows(home, 'ecommerce_event', 'event_id'), `after a crash at ${at}`).toEqual([['o-1']]);
    const { metadata } = (await loadTable(nodeDisk, path.join(home, 'warehouse/firn/web_log')))!;
    expect(metadata.schemas, `after a crash at ${at}`).toHaveLength(2);
    expect(metadata['partition-specs'], `after a crash at ${at}`).toHaveLength(2);
  }
}, 240_000);

/** A life that ends when the round of these events is open and none of its tables has it. */
async function leaveRoundOpen(home: string, events: readonly object[]): Promise<void> {
  let refused = () => {};
  const reached = new Promise<void>((resolve) => {
    refused = resolve;
  });
  const { disk: whole, closeFiles } = crashingDisk(Number.POSITIVE_INFINITY);
  const disk: Disk = {
    ...whole,
    async create(file, data) {
      // The tables are made, or are there; then none can be committed any more.
      if (!/v([2-9]|\d\d+)\.metadata\.json$/.test(file)) return nodeDisk.create(file, data);
      refused();
      throw new Error('the power is gone');
    },
  };
  const lakehouse = await openLakehouse(home, asShipped.handler, { disk });
  lakehouse.delivery.run().catch(() => {});
  await lakehouse.put(events);
  await reached;
  await closeFiles();
}
