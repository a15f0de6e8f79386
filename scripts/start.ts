/** `npm start`: the lakehouse on this machine. */
import { Fault } from '../lake/errors.ts';
import { localStream, localWriteKey, parseSettings } from '../lake/settings.ts';
import { startRuntime } from '../local/runtime.ts';
import { checkFresh } from '../local/schema-folder.ts';
import { runCommand } from './cli.ts';
import { givenSettings, settingFlags } from './settings-flags.ts';

await runCommand({
  name: 'npm start --',
  summary: 'Starts the lakehouse on this machine: events in over HTTP, rows out of Iceberg tables by SQL.',
  flags: {
    home: { type: 'string', value: 'folder', help: 'folder that holds the lakehouse', default: '.firn' },
    ...settingFlags,
  },
  async run(flags) {
    const { hash } = await import('../schemas/index.ts');
    checkFresh(hash);
    let failed: Fault | undefined;
    const runtime = await startRuntime({
      home: String(flags.home),
      settings: parseSettings(givenSettings(flags), process.env),
      writeKey: process.env.FIRN_WRITE_KEY ?? localWriteKey,
      note: (line) => console.error(line),
      onFault: (fault) => {
        failed = fault;
        console.error(`delivery stopped: ${fault.message}`);
      },
    });
    console.log(welcome(runtime.url, String(flags.home)));
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    console.log('stopping: delivering what was accepted');
    await runtime.stop();
    console.log('stopped');
    return failed === undefined ? 0 : 1;
  },
});

function welcome(url: string, home: string): string {
  return `Firn is running; its home is ${home}

  collect   PUT ${url}/v1/streams/${localStream}/record
  query     AWS_ENDPOINT_URL=${url} (Athena's operations)
  health    GET ${url}/health

Send some events and look at them, from another terminal:

  npm run gen -- --max-count 1000 --api-url ${url}/v1
  npm run query -- --list`;
}
