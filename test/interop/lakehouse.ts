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
  /** Ids of all events that were sent before any program began. */
  ids: readonly string[];
  /** How many records were accepted, and how many of them delivered. */
  progress(): { accepted: number; delivered: number };
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
  const progress = () => ({ accepted: runtime.sums().accepted, delivered: runtime.sums().done.to });
  await delivered({ progress });
  const truthFile = path.join(folder, 'truth.json');
  writeFileSync(truthFile, JSON.stringify({ web_log: Object.keys(truth).sort(), kinds: truth }));
  const ids = Object.keys(truth);
  return { url: runtime.url, home, folder, truthFile, ids, progress, stop: () => runtime.stop() };
}

/** Waits until all that was accepted is delivered. */
export async function delivered({ progress }: Pick<Lakehouse, 'progress'>): Promise<void> {
  while (progress().delivered < progress().accepted) await new Promise((resolve) => setTimeout(resolve, 50));
}

export async function send(url: string, events: readonly object[]): Promise<void> {
  const records = events.map((data, i) => ({ data, 'partition-key': String(i) }));
  const response = await fetch(`${url}/v1/streams/firn-events/records`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': localWriteKey },
    body: JSON.stringify({ records }),
  });
  if (response.status !== 200) throw new Error(`events were not taken: ${await response.text()}`);
}
