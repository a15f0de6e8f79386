/**
 * Error objects: records that the transform or the delivery could not turn into rows, as Firehose writes them
 * to the error prefix (Firehose developer guide, "Data transformation failure handling"): one JSON object a
 * line, in a file named for stream and time.
 */
import path from 'node:path';

/** `processing-failed`: the transform failed. `iceberg-failed`: its answer fits no table. */
export const errorKinds = ['processing-failed', 'iceberg-failed'] as const;
export type ErrorKind = (typeof errorKinds)[number];

export interface FailedRecord {
  /** Bytes of the record as it came from the stream (processing-failed), or of the transform's answer. */
  raw: Buffer;
  errorCode: string;
  errorMessage: string;
  attemptsMade: number;
  arrivalMs: number;
  endedMs: number;
  lambdaArn: string;
}

/** One line of an error object. */
export function errorLine(record: FailedRecord): string {
  return `${JSON.stringify({
    rawData: record.raw.toString('base64'),
    errorCode: record.errorCode,
    errorMessage: record.errorMessage,
    attemptsMade: record.attemptsMade,
    arrivalTimestamp: record.arrivalMs,
    attemptEndingTimestamp: record.endedMs,
    lambdaARN: record.lambdaArn,
  })}\n`;
}

/** Where an error object goes below the error prefix: `<kind>/yyyy/MM/dd/HH/<stream>-1-<time>-<id>`. */
export function errorPath(kind: ErrorKind, stream: string, atMs: number, id: string): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T');
  const stamp = `${date}-${time.slice(0, 8).replaceAll(':', '-')}`;
  return path.join(kind, ...date.split('-'), time.slice(0, 2), `${stream}-1-${stamp}-${id}`);
}
