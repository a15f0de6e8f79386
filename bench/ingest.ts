/** HTTP → durable → handler → Iceberg: a steady load in batches, half of it, single records, freshness. */
import { drive, makeBodies, percentile } from './load.ts';
import { type Server, startServer } from './server.ts';

/** Figures of one workload, by name with unit. */
export type Figures = Record<string, number>;

/** Events a second that the steady load offers; the project's target. */
const target = 80_000;

/** 80,000 events a second in batches of 500: what is acknowledged, what becomes of it, what it costs. */
export async function steadyLoad(seconds: number): Promise<Figures> {
  return withServer(async (server) => {
    const bodies = makeBodies(400, 500);
    const warm = await drive(server.url, bodies, { batch: 500, seconds: 3, connections: 8 });
    await drained(server, warm.events);
    const cpu = server.cpuSeconds();
    // A little more than the target is offered, since the first moments of a load are slow.
    const options = { batch: 500, seconds, connections: 8, perSecond: target * 1.005 };
    const load = await drive(server.url, bodies, options);
    const behind = warm.events + load.events - server.delivered().records;
    const drainSeconds = await drained(server, warm.events + load.events);
    return {
      'events/s acknowledged': Math.round(load.events / load.seconds),
      'requests failed': load.failed,
      'events lost': warm.events + load.events - server.delivered().rows,
      'events behind at the end': behind,
      'seconds until the last row': round(drainSeconds),
      'ack p50 ms': round(percentile(load.latencies, 0.5)),
      'ack p99 ms': round(percentile(load.latencies, 0.99)),
      'server CPU µs/event': round(((server.cpuSeconds() - cpu) * 1e6) / load.events),
      'peak memory MiB': Math.round(server.peakMemory() / 2 ** 20),
    };
  });
}

/** Half of the target: how long an acknowledgement takes. */
export async function halfLoad(seconds: number): Promise<Figures> {
  return withServer(async (server) => {
    const bodies = makeBodies(400, 500);
    await drive(server.url, bodies, { batch: 500, seconds: 3, connections: 8 });
    const options = { batch: 500, seconds, connections: 8, perSecond: target / 2 };
    const load = await drive(server.url, bodies, options);
    return {
      'events/s acknowledged': Math.round(load.events / load.seconds),
      'ack p50 ms': round(percentile(load.latencies, 0.5)),
      'ack p99 ms': round(percentile(load.latencies, 0.99)),
    };
  });
}

/** One record a request, as many as it takes. */
export async function singleRecords(seconds: number): Promise<Figures> {
  return withServer(async (server) => {
    const bodies = makeBodies(20_000, 0);
    await drive(server.url, bodies, { batch: 0, seconds: 2, connections: 64 });
    const load = await drive(server.url, bodies, { batch: 0, seconds, connections: 64 });
    return {
      'requests/s': Math.round(load.requests / load.seconds),
      'requests failed': load.failed,
      'ack p99 ms': round(percentile(load.latencies, 0.99)),
    };
  });
}

/** From sending one event to its row, with the default buffer. */
export async function freshness(): Promise<Figures> {
  return withServer(async (server) => {
    const bodies = makeBodies(20, 0);
    const waits: number[] = [];
    for (const [i, body] of bodies.entries()) {
      const began = performance.now();
      await drive(server.url, [body], { batch: 0, seconds: 60, connections: 1, requests: 1 });
      await drained(server, i + 1);
      waits.push(performance.now() - began);
    }
    waits.sort((a, b) => a - b);
    return { 'median ms': round(percentile(waits, 0.5)), 'slowest ms': round(waits.at(-1)!) };
  });
}

async function withServer(run: (server: Server) => Promise<Figures>): Promise<Figures> {
  const server = await startServer();
  try {
    return await run(server);
  } finally {
    await server.stop();
  }
}

/** Seconds until `records` records have their verdict. */
async function drained(server: Server, records: number): Promise<number> {
  const began = performance.now();
  while (server.delivered().records < records) {
    if (performance.now() - began > 120_000) throw new Error('the backlog is not gone after two minutes');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return (performance.now() - began) / 1000;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
