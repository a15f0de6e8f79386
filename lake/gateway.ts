/**
 * The gateway's routes as data: what a request must look like, what goes into the stream for it, and what the
 * answer is. The local HTTP server and the cloud's API document are both made from this.
 */
import { isObject } from './json-row.ts';

/** Limits of the Kinesis proxy (Kinesis Data Streams API, PutRecords; API Gateway, payload size). */
export const limits = {
  recordsPerCall: 500,
  bodyBytes: 10 * 1024 * 1024,
  recordBytes: 1024 * 1024,
  partitionKeyCharacters: 256,
} as const;

/** An answer that tells a client what it did wrong: AWS's shape, `{"__type", "message"}`. */
export class Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;

  constructor(status: number, type: string, message: string) {
    this.status = status;
    this.type = type;
    this.message = message;
  }
}

/** A record as a client put it: the event, and the key that decides its shard. */
export interface ProxyRecord {
  data: unknown;
  partitionKey: string;
}

/** Reads the body of `PUT /streams/{stream}/record`: `{"Data": …, "PartitionKey": …}`. */
export function readPutRecord(body: unknown): ProxyRecord | Refusal {
  if (!isObject(body)) return invalid('the body must be {"Data": …, "PartitionKey": …}');
  return readRecord(body.Data, body.PartitionKey, 'Data', 'PartitionKey', '');
}

/** Reads the body of `PUT /streams/{stream}/records`: `{"records": [{"data": …, "partition-key": …}]}`. */
export function readPutRecords(body: unknown): ProxyRecord[] | Refusal {
  if (!isObject(body) || !Array.isArray(body.records)) {
    return invalid('the body must be {"records": [{"data": …, "partition-key": …}]}');
  }
  const { length } = body.records;
  if (length === 0) return invalid('"records" is empty; send 1 to 500');
  if (length > limits.recordsPerCall) {
    return invalid(`"records" has ${length} records; the limit is ${limits.recordsPerCall} a call`);
  }
  const records: ProxyRecord[] = [];
  for (let i = 0; i < length; i++) {
    const item: unknown = body.records[i];
    if (!isObject(item)) return invalid(`records[${i}] must be {"data": …, "partition-key": …}`);
    const record = readRecord(item.data, item['partition-key'], 'data', 'partition-key', `records[${i}].`);
    if (record instanceof Refusal) return record;
    records.push(record);
  }
  return records;
}

function readRecord(
  data: unknown,
  key: unknown,
  dataName: string,
  keyName: string,
  where: string,
): ProxyRecord | Refusal {
  if (typeof data !== 'string' && !isObject(data)) {
    return invalid(`${where}${dataName} must be the event: a JSON object, or text`);
  }
  if (typeof key !== 'string' || key.length === 0) return invalid(`${where}${keyName} must be text`);
  if (key.length > limits.partitionKeyCharacters) {
    const limit = limits.partitionKeyCharacters;
    return invalid(`${where}${keyName} has ${key.length} characters; the limit is ${limit}`);
  }
  return { data, partitionKey: key };
}

/** What the gateway knows of a request; it goes into the envelope of each of its events. */
export interface RequestContext {
  requestId: string;
  route: string;
  ip: string;
  userAgent: string;
  /** Name of the write key. */
  key: string;
  /** Milliseconds since 1970. */
  atMs: number;
}

/**
 * A function from (event, index in the request) to the record's bytes: the event in its envelope.
 * Answers a Refusal where the event nests too deeply to be written, or is larger than a record may be.
 */
export function enveloper(context: RequestContext): (data: unknown, index: number) => Buffer | Refusal {
  const { requestId, route, ip, userAgent, key, atMs } = context;
  const known = JSON.stringify({ route, ip, ua: userAgent, key, at: atMs }).slice(1, -1);
  const head = `{"$firn":1,"id":"${requestId}-`;
  return (data, index) => {
    let text: string;
    try {
      text = JSON.stringify(data);
    } catch {
      return invalid(`record ${index} nests too deeply to be written`);
    }
    const bytes = Buffer.from(`${head}${index}",${known},"data":${text}}`);
    if (bytes.length > limits.recordBytes) {
      const limit = `the limit is ${limits.recordBytes} bytes, envelope included`;
      return new Refusal(400, 'ValidationException', `record ${index} has ${bytes.length} bytes; ${limit}`);
    }
    return bytes;
  };
}

/** A stream, as ListStreams and DescribeStream tell it. */
export interface StreamDescription {
  name: string;
  arn: string;
  createdMs: number;
  retentionHours: number;
  shards: readonly { id: string; startingHashKey: string; endingHashKey: string; startingSequence: string }[];
}

/** The answer of `GET /streams`, in the shape of ListStreams. */
export function listStreamsAnswer(stream: StreamDescription): object {
  return {
    HasMoreStreams: false,
    StreamNames: [stream.name],
    StreamSummaries: [summary(stream)],
  };
}

/** The answer of `GET /streams/{stream}`, in the shape of DescribeStream. */
export function describeStreamAnswer(stream: StreamDescription): object {
  return {
    StreamDescription: {
      ...summary(stream),
      EncryptionType: 'NONE',
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      HasMoreShards: false,
      RetentionPeriodHours: stream.retentionHours,
      Shards: stream.shards.map((shard) => ({
        ShardId: shard.id,
        HashKeyRange: { StartingHashKey: shard.startingHashKey, EndingHashKey: shard.endingHashKey },
        SequenceNumberRange: { StartingSequenceNumber: shard.startingSequence },
      })),
    },
  };
}

function summary(stream: StreamDescription): object {
  return {
    StreamARN: stream.arn,
    StreamCreationTimestamp: Math.floor(stream.createdMs / 1000),
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    StreamName: stream.name,
    StreamStatus: 'ACTIVE',
  };
}

export function invalid(message: string): Refusal {
  return new Refusal(400, 'ValidationException', message);
}
