/** Two writers on one table: delivery under load, and PyIceberg. Nobody loses rows, nobody's are doubled. */
import path from 'node:path';
import { visit } from '../delivery/lakehouse.ts';
import { readTable } from '../helpers/read-table.ts';
import { delivered, type Lakehouse, send } from './lakehouse.ts';
import type { Program } from './programs.ts';
import { at, installPython, python, run } from './readers.ts';

const commits = 10;
const eventsPerPut = 50;
const putsPerSecond = 20;

export const besideDelivery: Program = {
  name: 'PyIceberg beside delivery under load',
  prepare: installPython,
  async check(lakehouse) {
    const load = startLoad(lakehouse);
    const begun = Date.now();
    const { lost } = JSON.parse(
      await run(python, [at('append_beside.py'), lakehouse.url, String(commits)]),
    ) as { lost: number };
    const seconds = Math.round((Date.now() - begun) / 1000);
    const sent = await load.stop();
    await delivered(lakehouse);
    const table = path.join(lakehouse.home, 'warehouse/firn/web_log');
    const found = (await readTable(table)).map(({ event_id }) => String(event_id)).sort();
    const theirs = Array.from({ length: commits }, (_, i) => `beside-${i}`);
    const expected = [...lakehouse.ids, ...sent, ...theirs].sort();
    const note = `${sent.length} events and ${commits} commits in ${seconds} s; ${lost} attempts lost to delivery`;
    const check = { name: 'all rows of both are there, once', note };
    if (JSON.stringify(found) === JSON.stringify(expected)) return [check];
    const missing = expected.filter((id) => !found.includes(id)).length;
    return [{ ...check, problem: `${found.length} rows, ${missing} of ${expected.length} missing` }];
  },
};

/** Sends events at a steady rate until it is stopped; `stop` answers the ids of all that were taken. */
function startLoad({ url }: Lakehouse): { stop(): Promise<string[]> } {
  const sent: string[] = [];
  let isOn = true;
  const run = (async () => {
    while (isOn) {
      const ids = Array.from({ length: eventsPerPut }, (_, i) => `load-${sent.length + i}`);
      await send(
        url,
        ids.map((id) => visit(id)),
      );
      sent.push(...ids);
      await new Promise((resolve) => setTimeout(resolve, 1000 / putsPerSecond));
    }
  })();
  return {
    async stop() {
      isOn = false;
      await run;
      return sent;
    },
  };
}
