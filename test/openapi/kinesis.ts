/** A Kinesis that remembers: checks requests as the service's API reference says, and fails on demand. */

export interface KinesisAnswer {
  status: number;
  body: object;
}

interface Entry {
  Data?: string | null;
  PartitionKey?: string;
}

export class FakeKinesis {
  readonly stream: string;
  /** Data and key of every record that was accepted. */
  readonly records: { data: Buffer; partitionKey: string }[] = [];
  /** The next answer instead of the ordinary one. */
  next: KinesisAnswer | undefined;
  /** Error codes of the records of the next PutRecords, by position; undefined where one is accepted. */
  failures: readonly (string | undefined)[] = [];

  constructor(stream: string) {
    this.stream = stream;
  }

  call(action: string, request: string): KinesisAnswer {
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) return next;
    let input: Entry & { StreamName?: string; Records?: Entry[] };
    try {
      input = JSON.parse(request);
    } catch {
      return failure('SerializationException', 'no JSON');
    }
    if (input.StreamName !== this.stream) return failure('ResourceNotFoundException', 'no such stream');
    if (action === 'PutRecord') return this.#putRecord(input);
    if (action === 'PutRecords') return this.#putRecords(input.Records);
    if (action === 'DescribeStreamSummary')
      return { status: 200, body: { StreamDescriptionSummary: this.#description() } };
    if (action === 'DescribeStream') {
      return {
        status: 200,
        body: { StreamDescription: { ...this.#description(), HasMoreShards: false, Shards: [shard] } },
      };
    }
    return failure('UnknownOperationException', action);
  }

  #putRecord(entry: Entry): KinesisAnswer {
    const wrong = problem(entry);
    if (wrong !== undefined) return failure('ValidationException', wrong);
    return { status: 200, body: { EncryptionType: 'KMS', ...this.#keep(entry) } };
  }

  #putRecords(entries: Entry[] | undefined): KinesisAnswer {
    const wrong = recordsProblem(entries) ?? entries!.map(problem).find((found) => found !== undefined);
    if (wrong !== undefined) return failure('ValidationException', wrong);
    const { failures } = this;
    this.failures = [];
    const results = entries!.map((entry, i) =>
      failures[i] === undefined ? this.#keep(entry) : { ErrorCode: failures[i], ErrorMessage: 'as asked' },
    );
    const failed = failures.filter((code) => code !== undefined).length;
    return { status: 200, body: { EncryptionType: 'KMS', FailedRecordCount: failed, Records: results } };
  }

  #keep(entry: Entry): object {
    this.records.push({ data: Buffer.from(entry.Data!, 'base64'), partitionKey: entry.PartitionKey! });
    return { SequenceNumber: `49${String(this.records.length).padStart(54, '0')}`, ShardId: shard.ShardId };
  }

  #description(): object {
    return {
      StreamName: this.stream,
      StreamARN: `arn:aws:kinesis:eu-west-1:111122223333:stream/${this.stream}`,
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      RetentionPeriodHours: 168,
      StreamCreationTimestamp: 1.7e9,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'KMS',
      KeyId: 'arn:aws:kms:eu-west-1:111122223333:key/secret',
    };
  }
}

const shard = {
  ShardId: 'shardId-000000000000',
  HashKeyRange: { StartingHashKey: '0', EndingHashKey: '340282366920938463463374607431768211455' },
  SequenceNumberRange: { StartingSequenceNumber: '49000' },
};

function recordsProblem(entries: Entry[] | undefined): string | undefined {
  if (entries === undefined)
    return "Value null at 'records' failed to satisfy constraint: Member must not be null";
  if (entries.length === 0) return "Value '[]' at 'records' failed to satisfy constraint: length ≥ 1";
  if (entries.length > 500) return "Value at 'records' failed to satisfy constraint: length ≤ 500";
  return undefined;
}

/** Kinesis API reference, PutRecordsRequestEntry. */
function problem({ Data, PartitionKey }: Entry): string | undefined {
  if (typeof Data !== 'string')
    return "Value null at 'data' failed to satisfy constraint: Member must not be null";
  if (Buffer.from(Data, 'base64').toString('base64') !== Data) return 'data is not base64';
  if (typeof PartitionKey !== 'string') return "Value null at 'partitionKey'";
  if (PartitionKey.length < 1 || PartitionKey.length > 256)
    return "'partitionKey' must have 1 to 256 characters";
  if (Buffer.byteLength(Data, 'base64') + Buffer.byteLength(PartitionKey) > 1024 * 1024)
    return "'data' is too long";
  return undefined;
}

function failure(type: string, message: string): KinesisAnswer {
  return { status: 400, body: { __type: type, message } };
}
