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

/**
 * A record's sequence number: 56 digits that grow within a shard, as Kinesis's do. It holds the second in
 * which the log was made, so that numbers of a new log are larger than those of the one before.
 * `sequenceNumbers` of a log answers the number of a record by its shard and its place in the log.
 */
export function sequenceNumbers(createdMs: number): (shard: number, number: number) => string {
  const created = String(Math.floor(createdMs / 1000)).padStart(11, '0');
  const heads: string[] = [];
  return (shard, number) => {
    heads[shard] ??= `49${created}${String(shard).padStart(4, '0')}${'0'.repeat(23)}`;
    return heads[shard] + String(number).padStart(16, '0');
  };
}
