/** Kinesis's reads: an iterator for a shard, and the records from there on. */
import type { StreamDescription } from '../../lake/gateway.ts';
import type { ReadLimits, ShardRecords } from '../log/consumer.ts';
import { parseSequenceNumber, sequenceNumbers, shardId } from '../log/shards.ts';
import { optionalInteger, requiredText } from './input.ts';
import { ApiError, type Input, type Operation } from './json11.ts';
import { decodeIterator, encodeIterator } from './kinesis-iterator.ts';

/** The stream that is read. */
export interface ReadableStream {
  readonly log: { id: string; createdMs: number };
  /** Place of the oldest record that is still there. */
  readonly start: number;
  /** Place past the last record. */
  readonly end: number;
  describe(): StreamDescription;
}

/** Its records. */
export interface ShardReads {
  read(shard: number, position: number, limits: ReadLimits): Promise<ShardRecords>;
  /** Place of the first record that arrived at `ms` or later. */
  placeAt(ms: number): Promise<number>;
}

/** Of one answer (Kinesis API reference, "GetRecords"). */
const recordsMax = 10_000;
const bytesMax = 10 * 1024 * 1024;

export function readOperations(
  stream: ReadableStream,
  consumer: ShardReads,
  now: () => number,
): { GetShardIterator: Operation; GetRecords: Operation } {
  const sequenceNumber = sequenceNumbers(stream.log.createdMs);
  return {
    async GetShardIterator(input) {
      const shard = knownShard(input, stream);
      const next = await startPlace(input, shard, stream, consumer, now());
      return { ShardIterator: encodeIterator({ log: stream.log.id, shard, next, atMs: now() }) };
    },
    async GetRecords(input) {
      const text = requiredText(input, 'ShardIterator', { max: 512 });
      const limit = input.Limit as number | undefined;
      if (typeof limit === 'number' && limit > recordsMax) {
        throw new ApiError('InvalidArgumentException', `Limit must be at most ${recordsMax}, found ${limit}`);
      }
      const records = optionalInteger(input, 'Limit', 1, recordsMax) ?? recordsMax;
      const { shards } = stream.describe();
      const range = { log: stream.log.id, shards: shards.length, end: stream.end, nowMs: now() };
      const { shard, next } = decodeIterator(text, range);
      const read = await consumer.read(shard, next, { records, bytes: bytesMax });
      const { behindSinceMs } = read;
      return {
        Records: read.records.map(({ number, arrivalMs, data, partitionKey }) => ({
          SequenceNumber: sequenceNumber(shard, number),
          ApproximateArrivalTimestamp: arrivalMs / 1000,
          Data: data.toString('base64'),
          PartitionKey: partitionKey,
          EncryptionType: 'NONE',
        })),
        NextShardIterator: encodeIterator({ log: stream.log.id, shard, next: read.next, atMs: now() }),
        MillisBehindLatest: behindSinceMs === undefined ? 0 : Math.max(0, now() - behindSinceMs),
      };
    },
  };
}

function knownShard(input: Input, stream: ReadableStream): number {
  const id = requiredText(input, 'ShardId');
  const shard = stream.describe().shards.findIndex((known) => known.id === id);
  if (shard >= 0) return shard;
  throw new ApiError('ResourceNotFoundException', `Shard ${id.slice(0, 128)} does not exist in this stream`);
}

/** The place that an iterator of the asked type begins at. */
async function startPlace(
  input: Input,
  shard: number,
  stream: ReadableStream,
  consumer: ShardReads,
  nowMs: number,
): Promise<number> {
  const type = requiredText(input, 'ShardIteratorType');
  switch (type) {
    case 'TRIM_HORIZON':
      return stream.start;
    case 'LATEST':
      return stream.end;
    case 'AT_SEQUENCE_NUMBER':
      return Math.max(0, sequencePlace(input, shard, stream));
    case 'AFTER_SEQUENCE_NUMBER':
      return sequencePlace(input, shard, stream) + 1;
    case 'AT_TIMESTAMP':
      return await consumer.placeAt(timestamp(input, nowMs));
    default: {
      const known = 'AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, AT_TIMESTAMP, TRIM_HORIZON or LATEST';
      throw new ApiError('ValidationException', `ShardIteratorType must be ${known}`);
    }
  }
}

/** The place of `StartingSequenceNumber`; -1 for the number that the shard begins with. */
function sequencePlace(input: Input, shard: number, stream: ReadableStream): number {
  const text = requiredText(input, 'StartingSequenceNumber', { max: 129 });
  const place = parseSequenceNumber(text, stream.log.createdMs);
  if (place?.shard === shard && place.number < stream.end) return place.number;
  throw new ApiError(
    'InvalidArgumentException',
    `StartingSequenceNumber ${text} used in GetShardIterator on ${shardId(shard)} is invalid because it did not ` +
      'come from this stream.',
  );
}

/** `Timestamp`, seconds since 1970 with a fraction, in milliseconds. */
function timestamp(input: Input, nowMs: number): number {
  const { Timestamp: seconds } = input;
  if (typeof seconds !== 'number') {
    throw new ApiError('InvalidArgumentException', 'Must specify Timestamp (a number) with AT_TIMESTAMP.');
  }
  const ms = Math.round(seconds * 1000);
  if (ms <= nowMs) return ms;
  throw new ApiError('InvalidArgumentException', 'Timestamp must not lie in the future.');
}
