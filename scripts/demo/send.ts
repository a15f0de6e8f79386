/** Events of every table, made and sent as `npm run gen` does. */
import { randomInt } from 'node:crypto';
import { localStream } from '../../lake/settings.ts';
import { contracts } from '../../schemas/index.ts';
import { makeEvents } from '../gen/events.ts';
import { Sender } from '../gen/sender.ts';
import { writeKey } from '../serve.ts';

/** Percent of the events that are broken. */
const invalid = 2;

/** Sends `count` events in all, and prints a line for each table. Throws if some were not accepted. */
export async function sendEvents(url: string, count: number, interrupted: AbortSignal): Promise<void> {
  const tables = [...contracts.values()].filter((contract) => !contract.internal);
  const width = Math.max(...tables.map(({ table }) => table.length));
  for (const [i, contract] of tables.entries()) {
    if (interrupted.aborted) return;
    // A new seed each time, so that a home that is kept gets new event ids.
    const seed = randomInt(1_000_000_000);
    const share = Math.floor(((i + 1) * count) / tables.length) - Math.floor((i * count) / tables.length);
    const events = makeEvents({ contract, seed, count: share, now: Date.now, invalid });
    const sent = await send(url, events, interrupted);
    console.log(`  ${contract.table.padEnd(width)}  ${sent.toLocaleString('en').padStart(9)}`);
  }
}

/** How many were accepted. */
async function send(
  url: string,
  events: ReturnType<typeof makeEvents>,
  interrupted: AbortSignal,
): Promise<number> {
  const sender = new Sender({
    apiUrl: `${url}/v1`,
    streamName: localStream,
    writeKey: writeKey(),
    apiMethod: 'records',
    batch: 500,
    concurrency: 4,
  });
  const stop = (): void => sender.stop();
  interrupted.addEventListener('abort', stop);
  const { accepted, failed, reason } = await sender.send(events);
  interrupted.removeEventListener('abort', stop);
  if (failed > 0) throw new Error(`${failed} events were not accepted: ${reason}`);
  return accepted;
}
