/** The stream as producers see it: puts in, sequence numbers out, over the log. */
import type { StreamDescription } from '../../lake/gateway.ts';
import { memoize } from '../../lake/memo.ts';
import type { Pieces } from './frame.ts';
import type { LogIdentity } from './identity.ts';
import type { Log } from './log.ts';
import { directShard, hashKeyRange, sequenceNumbers, shardId, shardOf } from './shards.ts';

export interface StreamRecord {
  data: Pieces;
  partitionKey: string;
  /** The shard it goes to, whatever its key says. */
  shard?: number;
}

export interface Placed {
  sequenceNumber: string;
  shardId: string;
}

/** Partition keys whose shards are remembered. */
const keysRemembered = 10_000;

export class Stream {
  readonly name: string;
  readonly arn: string;
  readonly #log: Log;
  readonly #shards: number;
  readonly #retentionHours: number;
  readonly #shardOf: (partitionKey: string) => number;
  readonly #sequenceNumber: (shard: number, number: number) => string;

  /** Id of the log behind it, and when that was made. */
  get log(): LogIdentity {
    return this.#log.identity;
  }

  get shards(): number {
    return this.#shards;
  }

  /** Place of the oldest record that is still there. */
  get start(): number {
    return this.#log.start;
  }

  /** Place past the last record. */
  get end(): number {
    return this.#log.end.number;
  }

  constructor(log: Log, options: { name: string; arn: string; shards: number; retentionHours: number }) {
    this.#log = log;
    this.name = options.name;
    this.arn = options.arn;
    this.#shards = options.shards;
    // Keys repeat, and a hash costs as much as the rest of placing a record.
    this.#shardOf = memoize((key) => shardOf(key, options.shards), keysRemembered);
    this.#retentionHours = options.retentionHours;
    this.#sequenceNumber = sequenceNumbers(log.identity.createdMs);
  }

  /** Puts records, all or none, and answers where each is once they are durable. Rejects with PutRefused. */
  async put(records: readonly StreamRecord[]): Promise<Placed[]> {
    const placed = records.map(({ data, partitionKey, shard = this.#shardOf(partitionKey) }) => ({
      data,
      partitionKey,
      shard,
    }));
    const first = await this.#log.append(placed);
    return placed.map(({ shard }, i) => ({
      sequenceNumber: this.#sequenceNumber(shard, first + i),
      shardId: shardId(shard),
    }));
  }

  /**
   * Puts records that are delivered like all others but are in no shard, and answers the place of the first.
   * Rejects with PutRefused.
   */
  putDirect(data: readonly Pieces[]): Promise<number> {
    return this.#log.append(data.map((pieces) => ({ data: pieces, partitionKey: '', shard: directShard })));
  }

  describe(): StreamDescription {
    const { createdMs } = this.#log.identity;
    return {
      name: this.name,
      arn: this.arn,
      createdMs,
      retentionHours: this.#retentionHours,
      shards: Array.from({ length: this.#shards }, (_, shard) => {
        const { first, last } = hashKeyRange(shard, this.#shards);
        return {
          id: shardId(shard),
          startingHashKey: String(first),
          endingHashKey: String(last),
          startingSequence: this.#sequenceNumber(shard, -1),
        };
      }),
    };
  }
}
