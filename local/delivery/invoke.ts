/**
 * Calls the transform as Firehose calls its Lambda, and settles what each record's answer means
 * (Firehose developer guide, "Transform failure handling").
 */
import type {
  FirehoseEvent,
  FirehoseRecord,
  FirehoseResult,
  FirehoseResultRecord,
} from '../../functions/transform.ts';
import type { Clock } from '../ports.ts';

export type Handler = (event: FirehoseEvent) => Promise<FirehoseResult>;

/** What became of one record. */
export type Settled =
  | { kind: 'row'; database: string; table: string; operation: string; data: string }
  | { kind: 'dropped' }
  | { kind: 'failed'; errorCode: string; errorMessage: string; attemptsMade: number };

/** Calls the handler, again if it throws; one outcome for each record, in order. Never rejects. */
export async function invoke(
  handler: Handler,
  event: FirehoseEvent,
  retries: number,
  clock: Clock,
): Promise<Settled[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return settle(event.records, await handler(event));
    } catch (error) {
      if (attempt > retries) {
        const errorMessage = error instanceof Error ? error.message : String(error);
        return event.records.map(() => failed('Lambda.FunctionError', errorMessage, attempt));
      }
      await clock.sleep(Math.min(1000, 50 * 2 ** attempt));
    }
  }
}

/** Matches an answer to the records that it is for. */
export function settle(records: readonly FirehoseRecord[], answer: FirehoseResult): Settled[] {
  const results = Array.isArray(answer?.records) ? answer.records : [];
  // A transform nearly always answers in order, which needs no index of the answers.
  const inOrder =
    results.length === records.length &&
    records.every(({ recordId }, i) => results[i]?.recordId === recordId);
  if (inOrder) return results.map(settleOne);
  const byId = new Map<string, FirehoseResultRecord[]>();
  for (const result of results) byId.set(result.recordId, [...(byId.get(result.recordId) ?? []), result]);
  return records.map(({ recordId }) => {
    const [result, second] = byId.get(recordId) ?? [];
    if (result === undefined)
      return failed('Lambda.MissingRecordId', 'the transform did not answer this record');
    if (second === undefined) return settleOne(result);
    return failed('Lambda.DuplicatedRecordId', 'the transform answered this record more than once');
  });
}

function settleOne({ result, data, metadata }: FirehoseResultRecord): Settled {
  if (result === 'Dropped') return { kind: 'dropped' };
  if (result === 'ProcessingFailed') {
    return failed('Lambda.ProcessingFailedStatus', 'ProcessingFailed status set for record');
  }
  if (result !== 'Ok' || typeof data !== 'string') {
    return failed(
      'Lambda.InvalidReturnFormat',
      'expected result Ok, Dropped or ProcessingFailed, and data for Ok',
    );
  }
  const target = metadata?.otfMetadata;
  return {
    kind: 'row',
    database: target?.destinationDatabaseName ?? '',
    table: target?.destinationTableName ?? '',
    operation: target?.operation ?? 'insert',
    data,
  };
}

function failed(errorCode: string, errorMessage: string, attemptsMade = 1): Settled {
  return { kind: 'failed', errorCode, errorMessage, attemptsMade };
}
