/** The shipped contracts with a changed one of the web log, and the transform that they make. */
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import { compileTransform } from '../../lake/transform.ts';
import type { Contract } from '../../lake/types.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { contracts as shipped } from '../../schemas/index.ts';

export function changed(change: (avro: AvroRecord) => AvroRecord): {
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
