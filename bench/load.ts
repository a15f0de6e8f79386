/** Drives the gateway with bodies made beforehand, at a rate or as fast as it answers. */
import { Agent, request } from 'node:http';
import { contracts } from '../schemas/index.ts';
import { makeEvents } from '../scripts/gen/events.ts';

export interface LoadResult {
  requests: number;
  events: number;
  seconds: number;
  /** Answers other than 200. */
  failed: number;
  /** Milliseconds from sending to the answer, sorted. */
  latencies: number[];
}

/** Bodies of PutRecords calls, `batch` events each; of PutRecord calls where `batch` is 0. */
export function makeBodies(count: number, batch: number): Buffer[] {
  const events = makeEvents({
    contract: contracts.get('web_log')!,
    seed: 1,
    count: count * Math.max(1, batch),
    now: () => Date.now(),
  });
  const list = [...events];
  return Array.from({ length: count }, (_, i) => {
    if (batch === 0) return json({ Data: list[i]!.data, PartitionKey: list[i]!.partitionKey });
    const records = list.slice(i * batch, (i + 1) * batch);
    return json({
      records: records.map(({ data, partitionKey }) => ({ data, 'partition-key': partitionKey })),
    });
  });
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Sends bodies in turn for `seconds`, `connections` at a time; `perSecond` events and `requests` at most. */
export async function drive(
  url: string,
  bodies: readonly Buffer[],
  options: { batch: number; seconds: number; connections: number; perSecond?: number; requests?: number },
): Promise<LoadResult> {
  const { batch, seconds, connections, perSecond, requests = Number.POSITIVE_INFINITY } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const target = `${url}/v1/streams/firn-events/${batch === 0 ? 'record' : 'records'}`;
  const size = Math.max(1, batch);
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let sent = 0;
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const turn = sent++;
      const due = perSecond === undefined ? 0 : start + (turn * size * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (performance.now() >= end || turn >= requests) return;
      const began = performance.now();
      const status = await put(target, bodies[turn % bodies.length]!, agent);
      latencies.push(performance.now() - began);
      if (status !== 200) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  agent.destroy();
  const took = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  return { requests: latencies.length, events: latencies.length * size, seconds: took, failed, latencies };
}

function put(target: string, body: Buffer, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'x-api-key': 'local',
      'content-length': body.length,
    };
    const call = request(target, { method: 'PUT', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** The value below which a share of sorted numbers lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
