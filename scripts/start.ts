/** `npm start`: the lakehouse on this machine. */
import { localStream, localWriteKey } from '../lake/settings.ts';
import { Keys } from '../local/keys.ts';
import { runCommand } from './cli.ts';
import { onInterrupt } from './interrupt.ts';
import { genLine, queryLine, serve } from './serve.ts';
import { givenSettings, settingFlags } from './settings-flags.ts';

await runCommand({
  name: 'npm start --',
  summary: 'Starts the lakehouse on this machine: events in over HTTP, rows out of Iceberg tables by SQL.',
  flags: {
    home: { type: 'string', value: 'folder', help: 'folder that holds the lakehouse', default: '.firn' },
    host: {
      type: 'string',
      value: 'address',
      help: 'address to listen on (default 127.0.0.1); any but loopback needs an access key and a write key',
    },
    'host-name': {
      type: 'list',
      value: 'name',
      help: 'name that clients use for the endpoint, beside addresses',
    },
    'write-key': {
      type: 'string',
      value: 'key',
      help: `what producers send as their key (default ${localWriteKey})`,
    },
    ...settingFlags,
  },
  async run(flags) {
    const { runtime, fault } = await serve(flags.home, givenSettings(flags), {
      host: flags.host,
      hostNames: flags['host-name'],
      writeKey: flags['write-key'],
    });
    console.log(welcome(runtime.url, flags.home));
    await new Promise<void>((resolve) => {
      onInterrupt(resolve);
    });
    console.log('stopping: delivering what was accepted (again to stop at once)');
    await runtime.stop();
    console.log('stopped');
    return fault() === undefined ? 0 : 1;
  },
});

function welcome(url: string, home: string): string {
  return `Firn is running; its home is ${home}

  look      ${url}/ in a browser
  collect   PUT ${url}/v1/streams/${localStream}/record
  AWS       AWS_ENDPOINT_URL=${url} (Kinesis, Firehose, Athena, Glue, S3; docs/endpoint.md)
  Iceberg   ${url}/iceberg (REST catalog)
  health    GET ${url}/health

${whoMayAsk(home)}

Send some events and look at them, from another terminal:

  ${genLine('--max-count 1000', url)}
  ${queryLine('total-events', url)}
  npm run query -- --list`;
}

function whoMayAsk(home: string): string {
  return new Keys(home).configured
    ? 'Requests need a signature by one of the access keys (npm run keys).'
    : 'There are no access keys: whoever reaches the port may read everything (npm run keys -- make).';
}
