/**
 * The Lambda function that Firehose calls with a batch of stream records; it answers each with a row and the
 * table it goes to. The local delivery engine calls this very handler.
 *
 * Shapes: Amazon Data Firehose developer guide, "Transform source data" and "Route incoming records".
 */
import { Rejection } from '../lake/errors.ts';
import { rejectedRow } from '../lake/rejected.ts';
import { compileTransform, rejectedTable, type StreamRecord, type Verdict } from '../lake/transform.ts';
import { contracts, published } from '../schemas/index.ts';
import { enrichSettings } from './enrichment.ts';

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
    otfMetadata: {
      destinationDatabaseName: string;
      destinationTableName: string;
      operation: 'insert' | 'update' | 'delete';
    };
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
  enrichment: enrichSettings(process.env),
  piiKey: process.env.FIRN_PII_KEY,
});

/**
 * In the cloud, one delivery stream appends rows and another replaces them (`FIRN_WRITES`: append, upsert or all). Of
 * a Kinesis stream, both are handed every record, and each leaves the other's alone. What is put directly is seen by
 * one alone: it rejects a record of the other's tables, and tells the other's name (`FIRN_OTHERS_GO_TO`).
 */
const writes = process.env.FIRN_WRITES ?? 'all';
const othersGoTo = process.env.FIRN_OTHERS_GO_TO;

/** Undefined: another stream has the record too, and writes its row. */
function own(verdict: Verdict, record: StreamRecord): Verdict | undefined {
  const { table, row } = verdict;
  if (writes === 'all' || contracts.get(table)?.write === writes) return verdict;
  if (othersGoTo === undefined) return undefined;
  const reason = `rows of ${table} replace others: expected them in the delivery stream ${othersGoTo}`;
  const told = { eventId: String(row.event_id), tableName: table, bytes: record.bytes };
  return {
    table: rejectedTable,
    row: rejectedRow(new Rejection('wrong_stream', reason), record, told),
  };
}

/** Bytes of an answer; Lambda allows Firehose 6 MB, of which each record's own members take some. */
const answerLimit = 6_000_000;
const recordOverhead = 400;
/** Bytes of an answer up to which rejections carry what came. */
const rawRoom = 4_500_000;

/**
 * One buffer for the bytes of one record after the other: Kinesis allows 1 MiB a record (10 where a stream is
 * set so), and a row's JSON is at most six times its record (every character escaped).
 */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

function decode(base64: string): Buffer {
  if (scratch.length < base64.length) scratch = Buffer.allocUnsafeSlow(base64.length * 2);
  return scratch.subarray(0, scratch.write(base64, 'base64'));
}

function encode(text: string): string {
  if (scratch.length < text.length * 3) scratch = Buffer.allocUnsafeSlow(text.length * 3);
  return scratch.toString('base64', 0, scratch.write(text, 'utf8'));
}

export async function handler(event: FirehoseEvent): Promise<FirehoseResult> {
  const stream = event.sourceKinesisStreamArn?.split('/').pop();
  let size = 0;
  let rejected = 0;
  const records = event.records.map((record): FirehoseResultRecord => {
    const { recordId, kinesisRecordMetadata: position } = record;
    const input: StreamRecord = {
      bytes: decode(record.data),
      arrivalMs: record.approximateArrivalTimestamp,
      stream,
      shardId: position?.shardId,
      sequenceNumber: position?.sequenceNumber,
      recordId,
    };
    const verdict = own(transform(input), input);
    if (verdict === undefined) return { recordId, result: 'Dropped' };
    const { table, row, operation = 'insert' as const } = verdict;
    if (table === rejectedTable) rejected += 1;
    let data = encode(JSON.stringify(row));
    // Rejections must find room: where it gets scarce, they tell length and hash of what came, and no more.
    if (table === rejectedTable && size + data.length > rawRoom) {
      data = encode(JSON.stringify({ ...row, raw: undefined }));
    }
    // An answer that is too long fails the whole batch, so the record that does not fit fails alone.
    if (size + data.length + recordOverhead > answerLimit) return { recordId, result: 'ProcessingFailed' };
    size += data.length + recordOverhead;
    const otfMetadata = {
      destinationDatabaseName: database,
      destinationTableName: table,
      operation,
    };
    return { recordId, result: 'Ok', data, metadata: { otfMetadata } };
  });
  // A metric is made from this line of the log (stacks/watch.ts); the table itself says why.
  if (rejected > 0 && process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) console.log({ rejected });
  return { records };
}
