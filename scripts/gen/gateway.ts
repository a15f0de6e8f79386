/**
 * The collection routes as a client sees them (Kinesis proxy: `PUT /streams/{stream}/record` and `/records`;
 * Segment: `POST /batch`), and what an answer means for each event of a call.
 */
import http from 'node:http';
import https from 'node:https';

export type ApiMethod = 'record' | 'records' | 'segment';

export interface GatewayOptions {
  /** With the stage: `http://127.0.0.1:4566/v1`. */
  apiUrl: string;
  streamName: string;
  writeKey: string;
  /** Connections kept open at most. */
  connections: number;
}

/** An event as it stands in a body. */
export interface Entry {
  /** JSON of the event. */
  data: string;
  partitionKey: string;
}

export interface Answer {
  status: number;
  statusText: string;
  body: string;
}

/** How long a call may take before its outcome counts as unknown. */
const timeoutMs = 30_000;

/** HTTP to one stream of one gateway, over connections that stay open. */
export class Gateway {
  readonly #url: Readonly<Record<ApiMethod, URL>>;
  readonly #client: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #headers: Record<string, string>;

  constructor({ apiUrl, streamName, writeKey, connections }: GatewayOptions) {
    const base = apiUrl.replace(/\/+$/, '');
    const stream = `${base}/streams/${encodeURIComponent(streamName)}`;
    this.#url = {
      record: new URL(`${stream}/record`),
      records: new URL(`${stream}/records`),
      segment: new URL(`${base}/batch`),
    };
    this.#client = this.#url.record.protocol === 'https:' ? https : http;
    this.#agent = new this.#client.Agent({ keepAlive: true, maxSockets: connections });
    this.#headers = {
      'content-type': 'application/json',
      'x-api-key': writeKey,
      // As Segment's libraries send it: the write key as the user, no password.
      authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    };
  }

  /** Sends one call. Rejects where no answer came: refused, cut off, or too late. */
  put(method: ApiMethod, entries: readonly Entry[]): Promise<Answer> {
    const body = Buffer.from(bodies[method](entries));
    return new Promise((resolve, reject) => {
      const request = this.#client.request(this.#url[method], {
        method: method === 'segment' ? 'POST' : 'PUT',
        agent: this.#agent,
        headers: { ...this.#headers, 'content-length': body.length },
        timeout: timeoutMs,
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            statusText: response.statusMessage ?? '',
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const bodies: Readonly<Record<ApiMethod, (entries: readonly Entry[]) => string>> = {
  record: ([entry]) => recordBody(entry!),
  records: recordsBody,
  segment: (entries) => `{"batch":[${entries.map(({ data }) => data).join(',')}]}`,
};

function recordBody({ data, partitionKey }: Entry): string {
  return `{"Data":${data},"PartitionKey":${JSON.stringify(partitionKey)}}`;
}

function recordsBody(entries: readonly Entry[]): string {
  const records = entries.map(
    ({ data, partitionKey }) => `{"data":${data},"partition-key":${JSON.stringify(partitionKey)}}`,
  );
  return `{"records":[${records.join(',')}]}`;
}

export type Outcome = 'accepted' | 'retry' | 'failed';

export interface Judgement {
  /** One for each entry of the call, in order. */
  outcomes: Outcome[];
  /** Why not all of them were accepted. */
  reason?: string;
  /** No later call can fare better: the key is wrong, or there is no such stream. */
  hopeless?: boolean;
}

/** What an answer says about each of the `count` entries that it is about. */
export function judge(method: ApiMethod, { status, body }: Answer, count: number): Judgement {
  const all = (outcome: Outcome, reason: string): Judgement => ({
    outcomes: new Array<Outcome>(count).fill(outcome),
    reason,
  });
  const parsed = parse(body);
  // A call that failed in part lists all its entries, in order, whatever its status.
  if (method === 'records' && Array.isArray(parsed.Records)) {
    return parsed.Records.length === count
      ? perEntry(parsed.Records as AnswerEntry[])
      : all('retry', `${status}: ${parsed.Records.length} entries answered for ${count} sent`);
  }
  const told = [parsed.__type, parsed.message].filter(Boolean).join(': ');
  const reason = `${status} ${told || body.slice(0, 200)}`;
  if (status >= 200 && status < 300) {
    if (method === 'segment') {
      return parsed.success === true
        ? { outcomes: new Array<Outcome>(count).fill('accepted') }
        : all('retry', `${reason}: the answer tells no success; is this the gateway?`);
    }
    return method === 'record' && parsed.SequenceNumber !== undefined
      ? { outcomes: ['accepted'] }
      : all('retry', `${reason}: the answer names no sequence number; is this the gateway?`);
  }
  if (status === 429 || status >= 500 || throttles.has(parsed.__type ?? '')) return all('retry', reason);
  return { ...all('failed', reason), hopeless: status === 401 || status === 403 || status === 404 };
}

/** Kinesis answers these with status 400. */
const throttles = new Set([
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'KMSThrottlingException',
]);

interface AnswerEntry {
  ErrorCode?: string;
  ErrorMessage?: string;
}

function perEntry(entries: readonly AnswerEntry[]): Judgement {
  const outcomes = entries.map((entry): Outcome => (entry.ErrorCode === undefined ? 'accepted' : 'retry'));
  const bad = entries.find((entry) => entry.ErrorCode !== undefined);
  return bad === undefined
    ? { outcomes }
    : { outcomes, reason: `${bad.ErrorCode}: ${bad.ErrorMessage ?? ''}` };
}

interface AnswerBody {
  Records?: unknown;
  success?: unknown;
  SequenceNumber?: unknown;
  __type?: string;
  message?: string;
}

function parse(body: string): AnswerBody {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
