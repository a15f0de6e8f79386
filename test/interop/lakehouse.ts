/** A running lakehouse with events in it, for other people's programs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { startRuntime } from '../../local/runtime.ts';
import { visit } from '../delivery/lakehouse.ts';

export interface Lakehouse {
  /** `http://127.0.0.1:…` */
  url: string;
  home: string;
  /** A folder for what a program writes; it goes with the lakehouse. */
  folder: string;
  /** JSON: `web_log`, the ids of all events sent, sorted; `kinds`, the event of each. */
  truthFile: string;
  stop(): Promise<void>;
}

const kinds = ['visit', 'view', 'cart', 'purchase'];
const batches = 4;
const batchEvents = 250;

/** Starts one in a folder, sends events over HTTP, and waits until all are rows. */
export async function openLakehouse(folder: string): Promise<Lakehouse> {
  const home = path.join(folder, 'home');
  mkdirSync(folder, { recursive: true });
  const runtime = await startRuntime({
    home,
    settings: parseSettings({ port: 0 }),
    writeKey: localWriteKey,
    note: () => {},
    onFault: (fault) => console.error(fault),
  });
  const truth: Record<string, string> = {};
  for (let batch = 0; batch < batches; batch++) {
    const events = Array.from({ length: batchEvents }, (_, i) => {
      const id = `t-${batch * batchEvents + i}`;
      truth[id] = kinds[i % kinds.length]!;
      return visit(id, { event: truth[id], user_id: `u-${i % 7}` });
    });
    await send(runtime.url, events);
  }
  while (runtime.sums().done.to < runtime.sums().accepted) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const truthFile = path.join(folder, 'truth.json');
  writeFileSync(truthFile, JSON.stringify({ web_log: Object.keys(truth).sort(), kinds: truth }));
  return { url: runtime.url, home, folder, truthFile, stop: () => runtime.stop() };
}

async function send(url: string, events: readonly object[]): Promise<void> {
  const records = events.map((data, i) => ({ data, 'partition-key': String(i) }));
  const response = await fetch(`${url}/v1/streams/firn-events/records`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': localWriteKey },
    body: JSON.stringify({ records }),
  });
  if (response.status !== 200) throw new Error(`events were not taken: ${await response.text()}`);
}
