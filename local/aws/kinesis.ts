/** Kinesis Data Streams over the one stream that there is (API reference, 2013-12-02). */
import { describeStreamAnswer, listStreamsAnswer, type StreamDescription } from '../../lake/gateway.ts';
import { forRoles, withInvalidAs } from './access.ts';
import { optionalInteger, optionalText, requiredText } from './input.ts';
import { ApiError, type Input, type Operation, type Operations } from './json11.ts';
import { type KinesisPuts, putOperations } from './kinesis-put.ts';
import { type ReadableStream, readOperations, type ShardReads } from './kinesis-read.ts';
import { pageOf } from './paging.ts';

/** The stream, as far as these operations need it. */
export interface KinesisStream extends KinesisPuts, ReadableStream {
  readonly name: string;
  readonly arn: string;
  describe(): StreamDescription;
}

/** `account`: stands in messages. `now`: milliseconds since 1970. */
export function kinesisOperations(
  stream: KinesisStream,
  consumer: ShardReads,
  account: string,
  now: () => number,
): Operations {
  function checkStream(input: Input): void {
    const name = optionalText(input, 'StreamName');
    const arn = optionalText(input, 'StreamARN', { max: 2048 });
    if (name === undefined && arn === undefined) {
      throw new ApiError('InvalidArgumentException', 'Either StreamName or StreamARN must be given.');
    }
    if ((name ?? stream.name) !== stream.name || (arn ?? stream.arn) !== stream.arn) {
      const message = `Stream ${name ?? arn} under account ${account} not found; there is ${stream.name}.`;
      throw new ApiError('ResourceNotFoundException', message);
    }
  }

  /** An operation that names the stream. */
  const ofStream =
    (operation: Operation): Operation =>
    (input, caller) => {
      checkStream(input);
      return operation(input, caller);
    };

  const describing: Record<string, Operation> = {
    ListStreams: (input) => {
      optionalInteger(input, 'Limit', 1, 10_000);
      const after = optionalText(input, 'ExclusiveStartStreamName') ?? optionalText(input, 'NextToken');
      if (after === undefined || after < stream.name) return listStreamsAnswer(stream.describe());
      return { HasMoreStreams: false, StreamNames: [], StreamSummaries: [] };
    },
    DescribeStream: ofStream((input) => {
      const limit = optionalInteger(input, 'Limit', 1, 10_000) ?? 100;
      const after = optionalText(input, 'ExclusiveStartShardId') ?? '';
      const { shards, ...rest } = stream.describe();
      const left = shards.filter(({ id }) => id > after);
      return describeStreamAnswer({ ...rest, shards: left.slice(0, limit) }, left.length > limit);
    }),
    DescribeStreamSummary: ofStream(() => {
      const { shards } = stream.describe();
      const { StreamDescription } = describeStreamAnswer({ ...stream.describe(), shards: [] });
      const { Shards, HasMoreShards, ...summary } = StreamDescription;
      return {
        StreamDescriptionSummary: { ...summary, OpenShardCount: shards.length, ConsumerCount: 0 },
      };
    }),
    ListShards: (input) => {
      // A page's token stands for the stream too (API reference, "ListShards").
      if (input.NextToken === undefined) checkStream(input);
      const { Shards } = describeStreamAnswer(stream.describe()).StreamDescription;
      const after = shardsAfter(input);
      const left = Shards.filter(({ ShardId }) => ShardId > after);
      const { items, next } = pageOf(left, ({ ShardId }) => ShardId, input, 1000);
      return { Shards: items, ...next };
    },
    ListTagsForStream: ofStream(() => ({ Tags: [], HasMoreTags: false })),
  };

  const { PutRecord, PutRecords } = putOperations(stream);
  const { GetShardIterator, GetRecords } = readOperations(stream, consumer, now);
  return {
    ...forRoles(['engineer', 'writer'], named({ ...describing })),
    ...forRoles(
      ['engineer', 'writer'],
      named({ PutRecord: ofStream(PutRecord), PutRecords: ofStream(PutRecords) }),
    ),
    // Records hold what clients sent, personal data included.
    ...forRoles(['engineer'], named({ GetShardIterator: ofStream(GetShardIterator), GetRecords })),
  };
}

/** By target; what is invalid has Kinesis's name. */
function named(operations: Record<string, Operation>): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      `Kinesis_20131202.${name}`,
      withInvalidAs('ValidationException', operation),
    ]),
  );
}

const filterTypes = [
  'AFTER_SHARD_ID',
  'AT_TRIM_HORIZON',
  'FROM_TRIM_HORIZON',
  'AT_LATEST',
  'AT_TIMESTAMP',
  'FROM_TIMESTAMP',
];

/** The shard after which a list begins: no shard is ever split or closed, so that times leave none out. */
function shardsAfter(input: Input): string {
  const start = optionalText(input, 'ExclusiveStartShardId');
  const filter = input.ShardFilter as Input | undefined;
  if (filter === undefined || filter === null) return start ?? '';
  const type = requiredText(filter, 'Type');
  if (!filterTypes.includes(type)) {
    throw new ApiError(
      'InvalidArgumentException',
      `ShardFilter.Type must be one of ${filterTypes.join(', ')}`,
    );
  }
  return type === 'AFTER_SHARD_ID' ? requiredText(filter, 'ShardId') : (start ?? '');
}
