/** Log → transform → staging: gathers a round's rows, a batch of records at a time. */
import type { FirehoseRecord } from '../../functions/transform.ts';
import type { Settings } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { type Frame, frameRecords, type LogRecord } from '../log/frame.ts';
import type { LogIdentity } from '../log/identity.ts';
import type { LogEnd } from '../log/log.ts';
import type { LogReader } from '../log/reader.ts';
import { directRecordId, directShard, sequenceNumbers, shardId } from '../log/shards.ts';
import type { Clock } from '../ports.ts';
import { errorLine } from './errors.ts';
import { type Handler, invoke, type Settled } from './invoke.ts';
import type { Staging } from './staging.ts';
import type { Watch } from './watch.ts';

export interface GatherOptions {
  log: LogIdentity;
  reader: LogReader;
  handler: Handler;
  clock: Clock;
  settings: Settings;
  streamArn: string;
  deliveryStreamArn: string;
  /** Of the delivery stream whose records have no stream before it. */
  directStreamArn: string;
  transformArn: string;
  region: string;
  database: string;
  /** Of the tables that rows may go to. */
  contracts: ReadonlyMap<string, Contract>;
  /** Told of what is gathered while somebody looks. */
  watch?: Watch;
}

export class Gatherer {
  readonly #options: GatherOptions;
  readonly #sequenceNumber: (shard: number, number: number) => string;
  #invocations = 0;
  #frame: Frame | undefined;
  #records: LogRecord[] = [];

  constructor(options: GatherOptions) {
    this.#options = options;
    this.#sequenceNumber = sequenceNumbers(options.log.createdMs);
  }

  /**
   * Gathers the next batch of records that the log has for this staging; false if it has none now.
   * `until` bounds the records taken (a number past the last).
   */
  async gather(staging: Staging, end: LogEnd, until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const batch = await this.#nextBatch(staging.to, end, until);
    if (batch.length === 0) return false;
    await this.#transform(batch, staging);
    return true;
  }

  /** Records from `next` on, up to the size of a call of the transform; always at least one if there is one. */
  async #nextBatch(next: number, end: LogEnd, until: number): Promise<LogRecord[]> {
    const { reader, settings } = this.#options;
    const batch: LogRecord[] = [];
    let bytes = 0;
    while (next < until) {
      const frame = await reader.frameOf(next, end);
      if (frame === undefined) return batch;
      for (const record of this.#recordsOf(frame)) {
        if (record.number < next) continue;
        bytes += record.data.length;
        const full =
          batch.length === settings.transformBatchRecords || bytes > settings.transformBatchKiB * 1024;
        if (record.number >= until || (full && batch.length > 0)) return batch;
        batch.push(record);
        next += 1;
      }
    }
    return batch;
  }

  /** A frame often holds several batches, so its records are kept until the next frame. */
  #recordsOf(frame: Frame): LogRecord[] {
    if (this.#frame !== frame) {
      this.#frame = frame;
      this.#records = frameRecords(frame);
    }
    return this.#records;
  }

  async #transform(batch: readonly LogRecord[], staging: Staging): Promise<void> {
    const { clock, watch } = this.#options;
    const settled = await this.#settle(batch, staging);
    for (let i = 0; i < batch.length; i++) this.#stage(batch[i]!, settled[i]!, staging);
    if (watch?.on === true) watch.seen(batch, settled, this.#sequenceNumber);
    const now = clock.now();
    if (staging.records === 0) staging.startedMs = now;
    staging.newestMs = now;
    staging.records += batch.length;
    for (const record of batch) staging.bytes += record.data.length;
  }

  /** What became of each record, in order. Records without a stream come to the transform in a call of their own. */
  async #settle(batch: readonly LogRecord[], staging: Staging): Promise<Settled[]> {
    const { streamArn, deliveryStreamArn, directStreamArn } = this.#options;
    const direct = batch.filter(isDirect);
    const streamed = direct.length === 0 ? batch : batch.filter((record) => !isDirect(record));
    const ofStream = await this.#invoke(streamed, staging, {
      deliveryStreamArn,
      sourceKinesisStreamArn: streamArn,
    });
    if (direct.length === 0) return ofStream;
    const ofDirect = await this.#invoke(direct, staging, { deliveryStreamArn: directStreamArn });
    let [s, d] = [0, 0];
    return batch.map((record) => (isDirect(record) ? ofDirect[d++]! : ofStream[s++]!));
  }

  async #invoke(
    records: readonly LogRecord[],
    staging: Staging,
    streams: { deliveryStreamArn: string; sourceKinesisStreamArn?: string },
  ): Promise<Settled[]> {
    if (records.length === 0) return [];
    const { handler, settings, clock, region, log } = this.#options;
    const event = {
      invocationId: `${log.id}-${staging.from}-${this.#invocations++}`,
      ...streams,
      region,
      records: records.map((record) => this.#firehoseRecord(record)),
    };
    return await invoke(handler, event, settings.transformRetries, clock);
  }

  #firehoseRecord({ data, shard, number, arrivalMs, partitionKey }: LogRecord): FirehoseRecord {
    if (shard === directShard) {
      return {
        recordId: directRecordId(this.#options.log.id, number),
        approximateArrivalTimestamp: arrivalMs,
        data: data.toString('base64'),
      };
    }
    const position = this.#sequenceNumber(shard, number);
    return {
      recordId: `${position}000000`,
      approximateArrivalTimestamp: arrivalMs,
      data: data.toString('base64'),
      kinesisRecordMetadata: {
        sequenceNumber: position,
        subsequenceNumber: 0,
        partitionKey,
        shardId: shardId(shard),
        approximateArrivalTimestamp: arrivalMs,
      },
    };
  }

  #stage(record: LogRecord, outcome: Settled, staging: Staging): void {
    if (outcome.kind === 'dropped') {
      staging.drop(record.number);
    } else if (outcome.kind === 'failed') {
      staging.fail(record.number, 'processing-failed', this.#line(record, record.data, outcome));
    } else {
      const fault = routeFault(outcome, this.#options.database, this.#options.contracts);
      if (fault !== undefined) {
        const answer = Buffer.from(outcome.data, 'base64');
        staging.fail(record.number, 'iceberg-failed', this.#line(record, answer, fault));
        return;
      }
      staging.row(outcome.table, record.number, outcome.data, 'base64');
      if (outcome.operation === 'delete') staging.deletes(record.number);
    }
  }

  #line(
    record: LogRecord,
    raw: Buffer,
    error: { errorCode: string; errorMessage: string; attemptsMade?: number },
  ): string {
    const { errorCode, errorMessage, attemptsMade = 1 } = error;
    const { clock, transformArn } = this.#options;
    const endedMs = clock.now();
    const { arrivalMs } = record;
    return errorLine({
      raw,
      errorCode,
      errorMessage,
      attemptsMade,
      arrivalMs,
      endedMs,
      lambdaArn: transformArn,
    });
  }
}

function isDirect({ shard }: LogRecord): boolean {
  return shard === directShard;
}

/**
 * Why a row cannot go where the transform sent it (Firehose: such rows go to the error prefix). A row of a table
 * with identifier fields replaces, whether the transform says insert or update: the contract decides.
 */
function routeFault(
  { database, table, operation }: Settled & { kind: 'row' },
  ours: string,
  contracts: ReadonlyMap<string, Contract>,
): { errorCode: string; errorMessage: string } | undefined {
  const contract = contracts.get(table);
  if (database !== ours || contract === undefined) {
    return { errorCode: 'Iceberg.NoSuchTable', errorMessage: `there is no table ${database}.${table}` };
  }
  if (operation === 'insert') return undefined;
  if (operation !== 'update' && operation !== 'delete') {
    return refused(`expected insert, update or delete, not ${JSON.stringify(operation)}`);
  }
  if (contract.identifier.length === 0) return refused(`${operation} needs unique keys; ${table} has none`);
  return undefined;
}

function refused(errorMessage: string): { errorCode: string; errorMessage: string } {
  return { errorCode: 'Iceberg.InvalidOperation', errorMessage };
}
