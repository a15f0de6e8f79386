/**
 * The Lambda function behind the collection routes that no mapping template can serve: packed bodies, keys that are
 * in the body only, `/collect`, CloudEvents. What it makes of a request is `lake/collect/`, as on one machine.
 *
 * Environment: `FIRN_STREAM` (the stream's name), `FIRN_WRITE_KEYS` (`lake/write-keys.ts`). Shapes: API Gateway
 * developer guide, "Lambda proxy integrations"; Kinesis API reference, "PutRecords".
 */
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { CollectAnswer } from '../lake/collect/answers.ts';
import { type CollectPlan, type CollectRequest, collect } from '../lake/collect/collect.ts';
import { findCollectRoute } from '../lake/collect/routes.ts';
import { Fault } from '../lake/errors.ts';
import { limits } from '../lake/gateway.ts';
import { parseWriteKeys, type WriteKeyDigests } from '../lake/write-keys.ts';

/** What is read of API Gateway's event (REST API, payload of version 1). */
export interface ApiEvent {
  httpMethod: string;
  /** The route as the document spells it, without the stage. */
  resource: string;
  pathParameters?: Record<string, string | undefined> | null;
  headers?: Record<string, string | undefined> | null;
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null;
  body?: string | null;
  isBase64Encoded?: boolean;
  requestContext: {
    requestId: string;
    requestTimeEpoch: number;
    identity: { sourceIp: string };
    domainName?: string;
    /** With the stage. */
    path?: string;
  };
}

export interface ApiAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

/** A record for the stream. */
export interface PutEntry {
  Data: Uint8Array;
  PartitionKey: string;
}

/** Puts at most 500 records; answers an error code for each that is not in the stream, in order. */
export type PutRecords = (entries: readonly PutEntry[]) => Promise<(string | undefined)[]>;

let prepared: { keys: WriteKeyDigests; put: PutRecords } | undefined;

export async function handler(event: ApiEvent): Promise<ApiAnswer> {
  prepared ??= { keys: parseWriteKeys(process.env.FIRN_WRITE_KEYS), put: kinesis(process.env.FIRN_STREAM) };
  return answer(event, prepared.keys, prepared.put);
}

/** The handler, with its surroundings as arguments. */
export async function answer(event: ApiEvent, keys: WriteKeyDigests, put: PutRecords): Promise<ApiAnswer> {
  const request = requestOf(event);
  if (findCollectRoute(request.path) === undefined) {
    throw new Error(`the API sends ${event.resource} here, which is no collection route`);
  }
  const plan = collect(request, keys);
  return encoded('records' in plan ? await carryOut(plan, put) : plan);
}

/** Times that records which Kinesis refused are sent again, and the pause before, in milliseconds. */
const pausesMs = [50, 200];

async function carryOut(plan: CollectPlan, put: PutRecords): Promise<CollectAnswer> {
  let left: readonly PutEntry[] = plan.records.map(({ data: [head, event, tail], partitionKey }) => ({
    Data: Buffer.concat([Buffer.from(head), event, Buffer.from(tail)]),
    PartitionKey: partitionKey,
  }));
  for (let round = 0; ; round++) {
    const codes: (string | undefined)[] = [];
    for (const call of calls(left)) codes.push(...(await put(call)));
    left = left.filter((_, i) => codes[i] !== undefined);
    if (left.length === 0) return plan.done;
    const pause = pausesMs[round];
    // The client sends all of it again: those that are in the stream have the same ids then.
    if (pause === undefined) return plan.failed(!codes.includes('InternalFailure'));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Bytes of one call: 5 MiB, partition keys included (Kinesis API reference, "PutRecords"). */
const callBytes = 5 * 1024 * 1024;

/** Records in as many calls as Kinesis wants them. */
function* calls(entries: readonly PutEntry[]): Generator<PutEntry[]> {
  let call: PutEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = entry.Data.length + entry.PartitionKey.length;
    if (call.length === limits.recordsPerCall || (size + bytes > callBytes && call.length > 0)) {
      yield call;
      call = [];
      size = 0;
    }
    call.push(entry);
    size += bytes;
  }
  if (call.length > 0) yield call;
}

function requestOf(event: ApiEvent): CollectRequest {
  const { requestContext: context, pathParameters } = event;
  const path = event.resource.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(pathParameters?.[name] ?? ''),
  );
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  // What stands before the route in the address: the stage, or a custom domain's base path.
  const base = context.path?.endsWith(path) ? context.path.slice(0, -path.length) : '/v1';
  return {
    method: event.httpMethod,
    path: `/v1${path}`,
    query: query.toString(),
    headers: isPacked(body) ? headers : { ...headers, 'content-encoding': undefined },
    body,
    ip: context.identity.sourceIp,
    requestId: context.requestId,
    atMs: context.requestTimeEpoch,
    protocol: 'https',
    apiHost: `${context.domainName ?? 'localhost'}${base}`,
  };
}

/**
 * Whether a body is gzip still. API Gateway unpacks what has a `content-encoding` ("Payload compression for REST
 * APIs"); whether it leaves the header in place is not told.
 */
function isPacked(body: Buffer): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

function encoded({ status, headers, body }: CollectAnswer): ApiAnswer {
  return typeof body === 'string'
    ? { statusCode: status, headers, body, isBase64Encoded: false }
    : { statusCode: status, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

/** Kinesis, as far as it is needed. A call that fails as a whole fails each of its records. */
function kinesis(stream: string | undefined): PutRecords {
  if (!stream) throw new Fault('FIRN_STREAM must be the name of the stream');
  const client = new KinesisClient({ maxAttempts: 1 });
  return async (entries) => {
    try {
      const { Records = [] } = await client.send(
        new PutRecordsCommand({ StreamName: stream, Records: [...entries] }),
      );
      return entries.map(
        (_, i) => Records[i]?.ErrorCode ?? (Records[i]?.SequenceNumber ? undefined : 'InternalFailure'),
      );
    } catch (error) {
      const code = (error as Error).name;
      console.error(JSON.stringify({ message: 'PutRecords failed', code, records: entries.length }));
      const slowDown = /Throughput|LimitExceeded|Throttl/.test(code);
      return entries.map(() => (slowDown ? code : 'InternalFailure'));
    }
  };
}
