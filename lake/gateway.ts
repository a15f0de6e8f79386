/**
 * The gateway's routes as data: what a request must look like, what goes into the stream for it, and what the
 * answer is. The local HTTP server and the cloud's API document are both made from this.
 */
import { scanArray, scanDepth, scanObject, skipSpace, skipValue } from './json-scan.ts';

/** Limits of the Kinesis proxy (Kinesis Data Streams API, PutRecords; API Gateway, payload size). */
export const limits = {
  recordsPerCall: 500,
  bodyBytes: 10 * 1024 * 1024,
  recordBytes: 1024 * 1024,
  partitionKeyCharacters: 256,
  /** Of a user agent, what the envelopes keep. */
  userAgentCharacters: 512,
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

/** A record as a client put it: the event's JSON text, and the key that decides its shard. */
export interface ProxyRecord {
  data: Uint8Array;
  partitionKey: string;
}

/** Reads the body of `PUT /streams/{stream}/record`: `{"Data": …, "PartitionKey": …}`. */
export function readPutRecord(body: Buffer): ProxyRecord | Refusal {
  const fields = recordFields(body, skipSpace(body, 0), 'Data', 'PartitionKey');
  if (!isWhole(body, fields.end)) {
    return unreadable(body) ?? invalid('the body must be {"Data": …, "PartitionKey": …}');
  }
  return checkRecord(body, fields, 'Data', 'PartitionKey');
}

/** Reads the body of `PUT /streams/{stream}/records`: `{"records": [{"data": …, "partition-key": …}]}`. */
export function readPutRecords(body: Buffer): ProxyRecord[] | Refusal {
  let list: RecordFields[] | undefined;
  const end = scanObject(body, skipSpace(body, 0), (name, nameEnd, value) => {
    if (!isName(body, name, nameEnd, 'records') || body[value] !== openBracket) return skipValue(body, value);
    const found: RecordFields[] = [];
    list = found;
    return scanArray(body, value, (item) => {
      const fields = recordFields(body, item, 'data', 'partition-key');
      found.push(fields);
      return fields.end < 0 ? skipValue(body, item) : fields.end;
    });
  });
  if (!isWhole(body, end) || list === undefined) {
    return unreadable(body) ?? invalid('the body must be {"records": [{"data": …, "partition-key": …}]}');
  }
  return checkRecords(body, list);
}

function checkRecords(body: Buffer, list: readonly RecordFields[]): ProxyRecord[] | Refusal {
  if (list.length === 0) return invalid('"records" is empty; send 1 to 500');
  if (list.length > limits.recordsPerCall) {
    return invalid(`"records" has ${list.length} records; the limit is ${limits.recordsPerCall} a call`);
  }
  const records: ProxyRecord[] = [];
  for (const [i, fields] of list.entries()) {
    if (fields.end < 0) return invalid(`records[${i}] must be {"data": …, "partition-key": …}`);
    const record = checkRecord(body, fields, `records[${i}].data`, `records[${i}].partition-key`);
    if (record instanceof Refusal) return record;
    records.push(record);
  }
  return records;
}

const backslash = 0x5c;
const openBrace = 0x7b;
const openBracket = 0x5b;
const quotationMark = 0x22;

/** Where a record's two members are; -1 where one is missing. */
interface RecordFields {
  data: number;
  dataEnd: number;
  key: number;
  keyEnd: number;
  /** Past the record; -1 if it is no object. */
  end: number;
}

function recordFields(body: Buffer, at: number, dataName: string, keyName: string): RecordFields {
  const fields = { data: -1, dataEnd: -1, key: -1, keyEnd: -1, end: -1 };
  // Of a member that is there twice the last counts, as JSON.parse has it.
  fields.end = scanObject(body, at, (name, nameEnd, value) => {
    const valueEnd = skipValue(body, value);
    if (isName(body, name, nameEnd, dataName)) {
      fields.data = value;
      fields.dataEnd = valueEnd;
    } else if (isName(body, name, nameEnd, keyName)) {
      fields.key = value;
      fields.keyEnd = valueEnd;
    }
    return valueEnd;
  });
  return fields;
}

/** Whether the quoted name from `at` to `end` is this one. */
export function isName(body: Buffer, at: number, end: number, name: string): boolean {
  let same = end - at - 2 === name.length;
  for (let i = at + 1; i < end - 1; i++) {
    if (body[i] === backslash) return JSON.parse(body.toString('utf8', at, end)) === name;
    same &&= body[i] === name.charCodeAt(i - at - 1);
  }
  return same;
}

/** Whether a value that ends at `end` is all of the body. */
export function isWhole(body: Buffer, end: number): boolean {
  return end >= 0 && skipSpace(body, end) === body.length;
}

function checkRecord(
  body: Buffer,
  fields: RecordFields,
  dataName: string,
  keyName: string,
): ProxyRecord | Refusal {
  const kind = body[fields.data];
  if (kind !== openBrace && kind !== quotationMark) {
    return invalid(`${dataName} must be the event: a JSON object, or text`);
  }
  const partitionKey =
    body[fields.key] === quotationMark
      ? (JSON.parse(body.toString('utf8', fields.key, fields.keyEnd)) as string)
      : '';
  if (partitionKey.length === 0) return invalid(`${keyName} must be text`);
  if (partitionKey.length > limits.partitionKeyCharacters) {
    const limit = limits.partitionKeyCharacters;
    return invalid(`${keyName} has ${partitionKey.length} characters; the limit is ${limit}`);
  }
  return { data: body.subarray(fields.data, fields.dataEnd), partitionKey };
}

/** Why a body is no JSON that can be read; undefined if it is JSON of another shape than expected. */
export function unreadable(body: Buffer): Refusal | undefined {
  if (isWhole(body, skipValue(body, skipSpace(body, 0)))) return undefined;
  try {
    JSON.parse(body.toString('utf8'));
  } catch {
    return invalid(`the body is not JSON (${body.length} bytes)`);
  }
  return invalid(`the body nests too deeply: the limit is ${scanDepth} levels`);
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
  /** What a batch says for all its messages, as the JSON text of an object. */
  batch?: string;
}

/** A record's bytes in pieces: the envelope's text up to the event, the event, and the envelope's end. */
export type Enveloped = readonly [head: string, event: Uint8Array, tail: string];

/**
 * A function from (event's JSON text, index in the request) to the event in its envelope.
 * `data` is the last member, so that a reader may find it without parsing the others.
 * Answers a Refusal where that is larger than a record may be.
 */
export function enveloper(
  context: RequestContext,
): (event: Uint8Array, index: number) => Enveloped | Refusal {
  const { requestId, route, ip, userAgent, key, atMs, batch } = context;
  const ua = userAgent.slice(0, limits.userAgentCharacters);
  const known = JSON.stringify({ route, ip, ua, key, at: atMs }).slice(1, -1);
  const shared = batch === undefined ? '' : `,"batch":${batch}`;
  return (event, index) => {
    const head = `{"$firn":1,"id":"${requestId}-${index}",${known}${shared},"data":`;
    const length = Buffer.byteLength(head) + event.length + 1;
    if (length > limits.recordBytes) {
      const limit = `the limit is ${limits.recordBytes} bytes, envelope included`;
      return new Refusal(400, 'ValidationException', `record ${index} has ${length} bytes; ${limit}`);
    }
    return [head, event, '}'];
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

/** The answer of `GET /streams/{stream}`, in the shape of DescribeStream. `hasMore`: these are not all shards. */
export function describeStreamAnswer(stream: StreamDescription, hasMore = false) {
  return {
    StreamDescription: {
      ...summary(stream),
      EncryptionType: 'NONE',
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      HasMoreShards: hasMore,
      RetentionPeriodHours: stream.retentionHours,
      Shards: stream.shards.map((shard) => ({
        ShardId: shard.id,
        HashKeyRange: { StartingHashKey: shard.startingHashKey, EndingHashKey: shard.endingHashKey },
        SequenceNumberRange: { StartingSequenceNumber: shard.startingSequence },
      })),
    },
  };
}

function summary(stream: StreamDescription) {
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
