/** HTTP → durable → handler → Iceberg: sustained batches, half load, single records. */
import { drive, makeBodies, percentile } from './load.ts';
import { startServer } from './server.ts';

const seconds = Number(process.env.BENCH_SECONDS ?? 30);

/** As fast as it goes, in batches of 500; then how long until the last row is committed. */
export async function sustained(): Promise<object> {
  const server = await startServer();
  try {
    const bodies = makeBodies(400, 500);
    await drive(server.url, bodies, { batch: 500, seconds: 2, connections: 4 });
    const before = server.delivered();
    const load = await drive(server.url, bodies, { batch: 500, seconds, connections: 8 });
    const atEnd = server.delivered();
    const total = load.events + 0;
    const drain = performance.now();
    while (server.delivered() < total) {
      if (performance.now() - drain > 60_000) throw new Error('the backlog is not gone after a minute');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return {
      'events/s': Math.round(load.events / load.seconds),
      failed: load.failed,
      'ack p50 ms': round(percentile(load.latencies, 0.5)),
      'ack p99 ms': round(percentile(load.latencies, 0.99)),
      'delivered/s during load': Math.round((atEnd - before) / load.seconds),
      'drain s': round((performance.now() - drain) / 1000),
      'server CPU s': round(server.cpuSeconds()),
      'peak MiB': Math.round(server.peakMemory() / 2 ** 20),
    };
  } finally {
    await server.stop();
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

console.log(await sustained());
