/** Records as they first came, read from the stream by their sequence numbers, as far as it still has them. */
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';

export interface OriginalRecord {
  bytes: Buffer;
  partitionKey: string;
}

/** Where a record was put. */
export interface Position {
  shardId: string;
  sequenceNumber: string;
}

/** The records at these positions, by `shardId:sequenceNumber`; those that the stream has no more are not among them. */
export async function readOriginals(
  kinesis: KinesisClient,
  stream: string,
  positions: readonly Position[],
): Promise<Map<string, OriginalRecord>> {
  const byShard = new Map<string, bigint[]>();
  for (const { shardId, sequenceNumber } of positions) {
    byShard.set(shardId, [...(byShard.get(shardId) ?? []), BigInt(sequenceNumber)]);
  }
  const found = new Map<string, OriginalRecord>();
  for (const [shardId, numbers] of byShard) await readShard(kinesis, stream, shardId, numbers, found);
  return found;
}

/** Jumps to the first record that is wanted, takes what its answer has of the others, and jumps on from there. */
async function readShard(
  kinesis: KinesisClient,
  stream: string,
  shardId: string,
  numbers: bigint[],
  found: Map<string, OriginalRecord>,
): Promise<void> {
  const missing = new Set(numbers);
  const wanted = [...missing].sort((a, b) => (a < b ? -1 : 1));
  while (wanted.length > 0) {
    const records = await recordsFrom(kinesis, stream, { shardId, sequenceNumber: String(wanted[0]) });
    for (const { SequenceNumber, Data, PartitionKey } of records) {
      const number = BigInt(SequenceNumber!);
      if (!missing.has(number)) continue;
      found.set(positionKey({ shardId, sequenceNumber: SequenceNumber! }), {
        bytes: Buffer.from(Data!),
        partitionKey: PartitionKey!,
      });
    }
    // Nothing at or after it: the stream has none of the others either.
    if (records.length === 0) return;
    const last = BigInt(records.at(-1)!.SequenceNumber!);
    while (wanted.length > 0 && wanted[0]! <= last) wanted.shift();
  }
}

/** Answers may be empty although more is to come (Kinesis developer guide, "GetRecords returns an empty records array"). */
const emptyAnswers = 50;
const recordsAsked = 1000;

async function recordsFrom(kinesis: KinesisClient, stream: string, { shardId, sequenceNumber }: Position) {
  const asked = new GetShardIteratorCommand({
    StreamName: stream,
    ShardId: shardId,
    ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    StartingSequenceNumber: sequenceNumber,
  });
  const { ShardIterator: first } = await kinesis.send(asked).catch((error: Error) => {
    // The position is of a stream of before, or its shard is gone.
    if (error.name === 'InvalidArgumentException' || error.name === 'ResourceNotFoundException')
      return { ShardIterator: undefined };
    throw error;
  });
  let iterator = first;
  for (let empty = 0; iterator !== undefined && empty < emptyAnswers; empty += 1) {
    const answer = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: recordsAsked }),
    );
    if (answer.Records?.length || answer.MillisBehindLatest === 0) return answer.Records ?? [];
    iterator = answer.NextShardIterator;
  }
  return [];
}

export function positionKey({ shardId, sequenceNumber }: Position): string {
  return `${shardId}:${sequenceNumber}`;
}
