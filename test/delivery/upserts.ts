/** A table of orders that are changed and deleted, one of clicks that are deduplicated, and their transform. */
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import { compileTransform } from '../../lake/transform.ts';
import type { Contract } from '../../lake/types.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { contracts as shipped } from '../../schemas/index.ts';

export const orders: AvroRecord = {
  type: 'record',
  name: 'orders',
  fields: [
    { name: 'order_id', type: 'string', 'field-id': 3 },
    { name: 'country', type: 'string', 'field-id': 4 },
    { name: 'state', type: ['null', 'string'], default: null, 'field-id': 5 },
    { name: 'deleted', type: ['null', 'boolean'], default: null, 'field-id': 6 },
  ],
  iceberg: { 'partition-spec': [{ source: 'country', transform: 'identity' }] },
  write: 'upsert',
  identifier: ['order_id', 'country'],
  'delete-field': 'deleted',
};

const clicks: AvroRecord = {
  type: 'record',
  name: 'clicks',
  fields: [
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' }, 'field-id': 3 },
    { name: 'page', type: 'string', 'field-id': 4 },
  ],
  iceberg: { 'partition-spec': [{ source: 'at', transform: 'day' }] },
  dedupe: true,
};

export interface Deployment {
  contracts: ReadonlyMap<string, Contract>;
  handler: Handler;
}

/** What `orders`, or a changed one, and `clicks` make of a lakehouse. */
export function deployment(changedOrders = orders): Deployment {
  const own = [changedOrders, clicks].map((avro) => parseContract(avro, `schemas/${avro.name}.avsc`));
  const contracts = new Map([
    ...own.map((contract) => [contract.table, contract] as const),
    ['rejected', shipped.get('rejected')!],
  ]);
  const transform = compileTransform({ contracts, published: [], defaultTable: 'orders' });
  const handler: Handler = async ({ records }) => ({
    records: records.map(({ recordId, data, approximateArrivalTimestamp, kinesisRecordMetadata }) => {
      const { table, row, operation } = transform({
        bytes: Buffer.from(data, 'base64'),
        arrivalMs: approximateArrivalTimestamp,
        stream: undefined,
        shardId: kinesisRecordMetadata?.shardId,
        sequenceNumber: kinesisRecordMetadata?.sequenceNumber,
        recordId,
      });
      const otfMetadata = {
        destinationDatabaseName: 'firn',
        destinationTableName: table,
        operation: operation ?? ('insert' as const),
      };
      const bytes = Buffer.from(JSON.stringify(row));
      return { recordId, result: 'Ok', data: bytes.toString('base64'), metadata: { otfMetadata } };
    }),
  });
  return { contracts, handler };
}

let events = 0;

/** An event of an order; every one has an `event_id` of its own. */
export function order(id: string, state: string, change: object = {}): object {
  return { event_id: `e-${events++}`, order_id: id, country: 'CH', state, ...change };
}

export function click(id: string, at = '2026-01-02T03:04:05Z', page = '/'): object {
  return { $table: 'clicks', event_id: id, at, page };
}
