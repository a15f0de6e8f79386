/** `npm run bench`: all workloads, or those named: `npm run bench -- steady commits --seconds 10`. */
import { cpus, totalmem } from 'node:os';
import { runCommand, UsageError } from '../scripts/cli.ts';
import { bundle } from './bundle.ts';
import { commits } from './commit.ts';
import { type Figures, freshness, halfLoad, singleRecords, steadyLoad } from './ingest.ts';
import { besideIngest, compaction } from './upkeep.ts';
import { upserts } from './upsert.ts';

const workloads: Record<string, { title: string; run: (seconds: number) => Promise<Figures> }> = {
  steady: { title: '80,000 events/s in batches of 500, to Iceberg', run: steadyLoad },
  half: { title: '40,000 events/s in batches of 500', run: halfLoad },
  single: { title: 'single-record requests', run: singleRecords },
  freshness: { title: 'one event, from sending to its row', run: freshness },
  commits: { title: 'commits of six files', run: commits },
  compaction: { title: '10 million rows in 6,000 files made few; one day asked for', run: compaction },
  beside: { title: '40,000 events/s, compaction beside it', run: besideIngest },
  upserts: { title: '20,000 of a million rows replaced', run: upserts },
  bundle: { title: 'the transform as Lambda gets it, in a bare process', run: bundle },
};

await runCommand({
  name: 'npm run bench --',
  summary: 'Measures the lakehouse on this machine, the client included.',
  flags: { seconds: { type: 'number', help: 'length of each load', default: 30, min: 1, max: 600 } },
  words: {
    value: '[workload …]',
    help: `of ${Object.keys(workloads).join(', ')}; all if none`,
    max: Object.keys(workloads).length,
  },
  async run({ seconds }, names) {
    for (const name of names) {
      if (!(name in workloads)) throw new UsageError(`there is no workload "${name}"`);
    }
    const memory = Math.round(totalmem() / 2 ** 30);
    console.log(`${cpus().length} × ${cpus()[0]?.model}, ${memory} GiB, Node ${process.version}, ${today()}`);
    for (const [name, { title, run }] of Object.entries(workloads)) {
      if (names.length > 0 && !names.includes(name)) continue;
      console.log(`\n${name}: ${title}`);
      for (const [figure, value] of Object.entries(await run(seconds)))
        console.log(`  ${figure.padEnd(28)} ${value}`);
    }
    return 0;
  },
});

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
