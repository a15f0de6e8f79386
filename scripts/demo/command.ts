/** `npm run demo`: starts a lakehouse, sends it events, shows reports, and stays up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settingsTable } from '../../lake/settings.ts';
import type { Command, FlagValues } from '../cli.ts';
import { onInterrupt } from '../interrupt.ts';
import { genLine, queryLine, type Serving, serve } from '../serve.ts';
import { curlLines } from './curl.ts';
import { showReports } from './reports.ts';
import { sendEvents } from './send.ts';
import { inFlight, sumsLine } from './sums.ts';

const { port } = settingsTable;

const flags = {
  'max-count': {
    type: 'number',
    default: 1000,
    min: 1,
    help: 'how many events in all, shared by the tables',
  },
  port: { type: 'number', min: port.min, max: port.max, help: `${port.help} (default ${port.default})` },
  home: {
    type: 'string',
    value: 'folder',
    help: 'folder that holds the lakehouse, and keeps it (default: a temporary one, removed at the end)',
  },
  once: { type: 'boolean', help: 'end after the reports' },
} as const;

export const demoCommand: Command<typeof flags> = {
  name: 'npm run demo --',
  summary:
    'Starts a lakehouse, sends it events of every table over HTTP, shows reports by SQL, and stays up.',
  flags,
  examples: ['npm run demo', 'npm run demo -- --once --port 0', 'npm run demo -- --home .firn'],
  async run(values) {
    const home = values.home ?? temporaryHome();
    console.log(`Starting a lakehouse in ${values.home ?? 'a temporary folder'} …`);
    const serving = await serve(home, values.port === undefined ? {} : { port: values.port });
    const interrupted = new AbortController();
    onInterrupt(() => interrupted.abort());
    try {
      await show(serving, values, interrupted.signal);
    } finally {
      if (!values.once) console.log('\nstopping');
      await serving.runtime.stop();
    }
    return serving.fault() === undefined ? 0 : 1;
  },
};

/** The demo itself; when interrupted, it ends after the step that it is at. */
async function show(
  { runtime, fault }: Serving,
  values: FlagValues<typeof flags>,
  interrupted: AbortSignal,
): Promise<void> {
  const { url } = runtime;
  console.log(`Firn is running at ${url}`);
  console.log('\nEvents sent over HTTP, some of them broken on purpose:\n');
  await sendEvents(url, values['max-count'], interrupted);
  while (inFlight(runtime.sums()) > 0 && fault() === undefined && !interrupted.aborted) await sleep(20);
  await showReports(url, interrupted);
  if (interrupted.aborted) return;
  console.log(`\nEach event became a row, of its table or of "rejected":\n\n  ${sumsLine(runtime.sums())}`);
  if (values.once) return;
  console.log(nextSteps(url, values.home));
  await new Promise((resolve) => {
    interrupted.addEventListener('abort', resolve);
  });
}

/** A folder that is gone with the process, in whatever order that ends (but by kill -9). */
function temporaryHome(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

function nextSteps(url: string, home: string | undefined): string {
  return `
Look at ${url}/ in a browser: the events as they arrive, reports, SQL, tables.

Try next, from another terminal:

  ${curlLines(url).join('\n  ')}
  ${queryLine(`--sql "SELECT event_id, event, uri FROM web_log WHERE user_id = 'ada'"`, url)}
  ${genLine('--max-count 100000', url)}
  npm run query -- --list

Ctrl-C stops the lakehouse${home === undefined ? ' and removes its home; to keep one: npm start' : `; its home stays in ${home}`}`;
}
