/**
 * The Lambda function that Firehose calls with a batch of stream records; it answers each with a row and the
 * table it goes to. The local delivery engine calls this very handler.
 *
 * Shapes: Amazon Data Firehose developer guide, "Transform source data" and "Route incoming records".
 */
import { compileTransform } from '../lake/transform.ts';
import { contracts, published } from '../schemas/index.ts';

export interface FirehoseRecord {
  /** Opaque. */
  recordId: string;
  /** Milliseconds since 1970. */
  approximateArrivalTimestamp: number;
  /** Base64. */
  data: string;
  /** Absent for Direct PUT. */
  kinesisRecordMetadata?: {
    sequenceNumber: string;
    subsequenceNumber?: number | string;
    partitionKey: string;
    shardId: string;
    approximateArrivalTimestamp: number;
  };
}

export interface FirehoseEvent {
  invocationId: string;
  deliveryStreamArn: string;
  /** Absent for Direct PUT. */
  sourceKinesisStreamArn?: string;
  region: string;
  records: FirehoseRecord[];
}

export interface FirehoseResultRecord {
  recordId: string;
  result: 'Ok' | 'Dropped' | 'ProcessingFailed';
  /** Base64 of one JSON object. */
  data?: string;
  metadata?: {
    otfMetadata: { destinationDatabaseName: string; destinationTableName: string; operation: 'insert' };
  };
}

export interface FirehoseResult {
  records: FirehoseResultRecord[];
}

const database = process.env.FIRN_DATABASE ?? 'firn';
const transform = compileTransform({
  contracts,
  published,
  defaultTable: process.env.FIRN_DEFAULT_TABLE ?? 'web_log',
});

/** Bytes of an answer; Lambda allows Firehose 6 MB, of which each record's own members take some. */
const answerLimit = 6_000_000;
const recordOverhead = 400;

export async function handler(event: FirehoseEvent): Promise<FirehoseResult> {
  const stream = event.sourceKinesisStreamArn?.split('/').pop();
  let size = 0;
  const records = event.records.map((record): FirehoseResultRecord => {
    const { recordId, kinesisRecordMetadata: position } = record;
    const { table, row } = transform({
      bytes: Buffer.from(record.data, 'base64'),
      arrivalMs: record.approximateArrivalTimestamp,
      stream,
      shardId: position?.shardId,
      sequenceNumber: position?.sequenceNumber,
      recordId,
    });
    const data = Buffer.from(JSON.stringify(row)).toString('base64');
    // An answer that is too long fails the whole batch, so the record that does not fit fails alone.
    if (size + data.length + recordOverhead > answerLimit) return { recordId, result: 'ProcessingFailed' };
    size += data.length + recordOverhead;
    const otfMetadata = {
      destinationDatabaseName: database,
      destinationTableName: table,
      operation: 'insert' as const,
    };
    return { recordId, result: 'Ok', data, metadata: { otfMetadata } };
  });
  return { records };
}
