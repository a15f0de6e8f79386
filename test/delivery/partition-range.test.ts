import { expect, test } from 'vitest';
import type { AvroRecord } from '../../lake/contract.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { openLakehouse, readRows } from './lakehouse.ts';
import { deployment } from './upserts.ts';

const price = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
const steps: AvroRecord = {
  type: 'record',
  name: 'steps',
  fields: [
    { name: 'n', type: 'int', 'field-id': 3 },
    { name: 'price', type: price, 'field-id': 4 },
  ],
  iceberg: {
    'partition-spec': [
      { source: 'n', transform: 'truncate[10]' },
      { source: 'price', transform: 'truncate[50]' },
    ],
  },
};

test('a value whose partition lies beyond its type fails alone, and holds nothing up', async () => {
  const home = temporaryFolder();
  const { handler, contracts } = deployment(steps);
  const lakehouse = await openLakehouse(home, handler, { contracts });
  const event = (event_id: string, n: number, amount: string) => ({
    $table: 'steps',
    event_id,
    n,
    price: amount,
  });
  await lakehouse.put([
    event('least', -2147483648, '1.00'),
    event('good', -2147483640, '1.00'),
    event('cheapest', 5, '-9999999.99'),
  ]);
  await lakehouse.finish();
  expect(await readRows(home, 'steps', 'event_id')).toEqual([['good']]);
  expect(lakehouse.delivery.done.sums).toMatchObject({ records: 3, rows: { steps: 1 }, failed: 2 });
});
