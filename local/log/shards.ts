/** Shards as Kinesis has them: ranges of the MD5 of the partition key (Kinesis, "Partition key"). */
import { hash } from 'node:crypto';

/** The shard that a partition key belongs to. */
export function shardOf(partitionKey: string, shards: number): number {
  const top = Number.parseInt(hash('md5', partitionKey, 'hex').slice(0, 8), 16);
  return Math.floor((top * shards) / 2 ** 32);
}

const shardIds: string[] = [];

/** `shardId-000000000003` */
export function shardId(shard: number): string {
  shardIds[shard] ??= `shardId-${String(shard).padStart(12, '0')}`;
  return shardIds[shard];
}

/** Where a record stands that has no shard: it was put into a delivery stream directly (Firehose's Direct PUT). */
export const directShard = 0xffff;

/** The id of a record that has no shard: its producer hears it, and the transform. */
export function directRecordId(log: string, number: number): string {
  return `direct-${log}-${number}`;
}

const hashKeys = 2n ** 128n;

/** The range of hash keys that is a shard's, both ends included. */
export function hashKeyRange(shard: number, shards: number): { first: bigint; last: bigint } {
  const width = hashKeys / BigInt(shards);
  const first = BigInt(shard) * width;
  return { first, last: shard + 1 === shards ? hashKeys - 1n : first + width - 1n };
}

/** The shard whose range a hash key lies in; undefined for one that is no hash key. */
export function shardOfHashKey(hashKey: bigint, shards: number): number | undefined {
  if (hashKey < 0n || hashKey >= hashKeys) return undefined;
  return Math.min(shards - 1, Number(hashKey / (hashKeys / BigInt(shards))));
}

/**
 * A record's sequence number: 56 digits that grow within a shard, as Kinesis's do. It holds the second in
 * which the log was made, so that numbers of a new log are larger than those of the one before.
 * `sequenceNumbers` of a log answers the number of a record by its shard and its place in the log; place -1 is
 * where a shard begins, before any record.
 */
export function sequenceNumbers(createdMs: number): (shard: number, number: number) => string {
  const created = createdText(createdMs);
  const heads: string[] = [];
  return (shard, number) => {
    heads[shard] ??= `49${created}${String(shard).padStart(4, '0')}${'0'.repeat(23)}`;
    return heads[shard] + String(number + 1).padStart(16, '0');
  };
}

/** The shard and the place that a sequence number of this log says; undefined for any other text. */
export function parseSequenceNumber(
  text: string,
  createdMs: number,
): { shard: number; number: number } | undefined {
  const match = /^49(\d{11})(\d{4})0{23}(\d{16})$/.exec(text);
  if (match === null || match[1] !== createdText(createdMs)) return undefined;
  return { shard: Number(match[2]), number: Number(match[3]) - 1 };
}

function createdText(createdMs: number): string {
  return String(Math.floor(createdMs / 1000)).padStart(11, '0');
}
