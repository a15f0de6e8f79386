/** The stream as producers see it: puts in, sequence numbers out, over the log. */
import type { StreamDescription } from '../../lake/gateway.ts';
import type { Pieces } from './frame.ts';
import type { Log } from './log.ts';
import { sequenceNumbers, shardId, shardOf } from './shards.ts';

export interface StreamRecord {
  data: Pieces;
  partitionKey: string;
}

export interface Placed {
  sequenceNumber: string;
  shardId: string;
}

export class Stream {
  readonly name: string;
  readonly arn: string;
  readonly #log: Log;
  readonly #shards: number;
  readonly #retentionHours: number;
  readonly #sequenceNumber: (shard: number, number: number) => string;

  constructor(log: Log, options: { name: string; arn: string; shards: number; retentionHours: number }) {
    this.#log = log;
    this.name = options.name;
    this.arn = options.arn;
    this.#shards = options.shards;
    this.#retentionHours = options.retentionHours;
    this.#sequenceNumber = sequenceNumbers(log.identity.createdMs);
  }

  /** Puts records, all or none, and answers where each is once they are durable. Rejects with PutRefused. */
  async put(records: readonly StreamRecord[]): Promise<Placed[]> {
    const placed = records.map(({ data, partitionKey }) => ({
      data,
      partitionKey,
      shard: shardOf(partitionKey, this.#shards),
    }));
    const first = await this.#log.append(placed);
    return placed.map(({ shard }, i) => ({
      sequenceNumber: this.#sequenceNumber(shard, first + i),
      shardId: shardId(shard),
    }));
  }

  describe(): StreamDescription {
    const { createdMs } = this.#log.identity;
    const width = 2n ** 128n / BigInt(this.#shards);
    return {
      name: this.name,
      arn: this.arn,
      createdMs,
      retentionHours: this.#retentionHours,
      shards: Array.from({ length: this.#shards }, (_, shard) => ({
        id: shardId(shard),
        startingHashKey: String(BigInt(shard) * width),
        endingHashKey: String(shard + 1 === this.#shards ? 2n ** 128n - 1n : BigInt(shard + 1) * width - 1n),
        startingSequence: this.#sequenceNumber(shard, 0),
      })),
    };
  }
}
