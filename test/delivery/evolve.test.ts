import { expect, test } from 'vitest';
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import { compileTransform } from '../../lake/transform.ts';
import type { Contract } from '../../lake/types.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { nodeDisk } from '../../local/disk.ts';
import type { Disk } from '../../local/ports.ts';
import { contracts as shipped } from '../../schemas/index.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, order, readRows, visit } from './lakehouse.ts';

/** The shipped contracts with a changed one of the web log, and the transform that they make. */
function changed(change: (avro: AvroRecord) => AvroRecord): {
  contracts: Map<string, Contract>;
  handler: Handler;
} {
  const avro = change(structuredClone(shipped.get('web_log')!.avro) as AvroRecord);
  const contract = parseContract(avro, 'schemas/web_log.avsc');
  const contracts = new Map([...shipped, ['web_log', contract]]);
  const transform = compileTransform({ contracts, published: [], defaultTable: 'web_log' });
  return {
    contracts,
    handler: async ({ records }) => ({
      records: records.map((record) => {
        const { table, row } = transform({
          bytes: Buffer.from(record.data, 'base64'),
          arrivalMs: record.approximateArrivalTimestamp,
          stream: undefined,
          shardId: undefined,
          sequenceNumber: undefined,
          recordId: record.recordId,
        });
        const otfMetadata = {
          destinationDatabaseName: 'firn',
          destinationTableName: table,
          operation: 'insert' as const,
        };
        const data = Buffer.from(JSON.stringify(row)).toString('base64');
        return { recordId: record.recordId, result: 'Ok', data, metadata: { otfMetadata } };
      }),
    }),
  };
}

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
  let commits = 0;
  // The round's file is written, and then no table can be committed any more.
  const disk: Disk = {
    ...nodeDisk,
    async create(file, data) {
      if (/v\d+\.metadata\.json$/.test(file) && ++commits > shipped.size)
        throw new Error('the power is gone');
      return nodeDisk.create(file, data);
    },
  };
  const crashed = await openLakehouse(home, asShipped.handler, { disk });
  const running = crashed.delivery.run();
  running.catch(() => {});
  await crashed.put([visit('v-1'), order('o-1'), visit('b-1', { ip: 7 })]);
  while (commits <= shipped.size) await new Promise((resolve) => setTimeout(resolve, 2));

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
