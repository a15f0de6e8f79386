/** Kinesis's puts. Records go into the stream as they are; the gateway's envelope is only around its own. */
import { limits } from '../../lake/gateway.ts';
import type { Pieces } from '../log/frame.ts';
import { PutRefused } from '../log/log.ts';
import { shardOfHashKey } from '../log/shards.ts';
import type { Placed } from '../log/stream.ts';
import { blob, invalid, optionalText, requiredText, structures } from './input.ts';
import { ApiError, type Input, type Operation } from './json11.ts';

export interface DirectRecord {
  data: Pieces;
  partitionKey: string;
  shard?: number;
}

export interface KinesisPuts {
  readonly shards: number;
  /** Rejects with PutRefused. */
  put(records: readonly DirectRecord[]): Promise<Placed[]>;
}

/** `PutRecord` and `PutRecords` (Kinesis API reference). */
export function putOperations(stream: KinesisPuts): { PutRecord: Operation; PutRecords: Operation } {
  return {
    async PutRecord(input) {
      const ordering = optionalText(input, 'SequenceNumberForOrdering', { max: 129 });
      if (ordering !== undefined && !/^(0|[1-9]\d*)$/.test(ordering)) {
        throw new ApiError('InvalidArgumentException', 'SequenceNumberForOrdering must be a sequence number');
      }
      const record = readRecord(input, '', stream.shards);
      try {
        const [placed] = await stream.put([record]);
        return { ShardId: placed!.shardId, SequenceNumber: placed!.sequenceNumber, EncryptionType: 'NONE' };
      } catch (error) {
        throw putError(error);
      }
    },
    async PutRecords(input) {
      const entries = structures(input, 'Records', 1, limits.recordsPerCall);
      const records = entries.map((entry, i) => readRecord(entry, `Records[${i}].`, stream.shards));
      const size = records.reduce((sum, { data }) => sum + (data[0] as Uint8Array).length, 0);
      if (size > limits.bodyBytes) {
        const message = `Records hold ${size} bytes; the limit of a call is ${limits.bodyBytes}`;
        throw new ApiError('InvalidArgumentException', message);
      }
      try {
        const placed = await stream.put(records);
        return {
          FailedRecordCount: 0,
          Records: placed.map(({ shardId: ShardId, sequenceNumber: SequenceNumber }) => ({
            SequenceNumber,
            ShardId,
          })),
          EncryptionType: 'NONE',
        };
      } catch (error) {
        // A put is in the log whole or not at all. Kinesis tells of records that failed in an answer of 200.
        const { type: ErrorCode, message: ErrorMessage } = putError(error);
        const failed = records.map(() => ({ ErrorCode, ErrorMessage }));
        return { FailedRecordCount: failed.length, Records: failed, EncryptionType: 'NONE' };
      }
    },
  };
}

function readRecord(input: Input, at: string, shards: number): DirectRecord {
  try {
    const data = blob(input, 'Data');
    const partitionKey = requiredText(input, 'PartitionKey', { max: limits.partitionKeyCharacters });
    if (data.length + Buffer.byteLength(partitionKey) > limits.recordBytes) {
      throw invalid(`Data has ${data.length} bytes; with the key, the limit is ${limits.recordBytes}`);
    }
    const explicit = optionalText(input, 'ExplicitHashKey');
    if (explicit === undefined) return { data: [data], partitionKey };
    return { data: [data], partitionKey, shard: explicitShard(explicit, shards) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.type, `${at}${error.message}`);
  }
}

function explicitShard(hashKey: string, shards: number): number {
  const shard = /^(0|[1-9]\d{0,38})$/.test(hashKey) ? shardOfHashKey(BigInt(hashKey), shards) : undefined;
  if (shard !== undefined) return shard;
  throw new ApiError('InvalidArgumentException', 'ExplicitHashKey must be a number from 0 to 2^128-1');
}

/** Why a put is not in the log, as Kinesis tells it. Throws what is no refusal. */
export function putError(error: unknown): ApiError {
  if (!(error instanceof PutRefused)) throw error;
  if (!error.full) return new ApiError('ProvisionedThroughputExceededException', error.message);
  return new ApiError('InternalFailure', error.message, 500);
}
