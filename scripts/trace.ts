/** `npm run trace -- <event_id>`: where an event is, and what became of it. */
import { runCommand, UsageError } from './cli.ts';
import { describeTrace, readTrace } from './trace/trace.ts';

await runCommand({
  name: 'npm run trace --',
  summary: 'Finds an event by its id: where it is in the log, its verdict, its row or its rejection.',
  flags: {
    endpoint: {
      type: 'string',
      value: 'url',
      help: 'where the lakehouse is (default: as for npm run query)',
    },
    json: { type: 'boolean', help: 'print all that is known as JSON' },
  },
  words: { value: '<event id>', help: 'as the table has it in event_id', max: 1 },
  async run({ endpoint, json }, [eventId]) {
    if (eventId === undefined) throw new UsageError('say which event: its event_id');
    const trace = await readTrace(endpoint, eventId, process.env);
    console.log(json ? JSON.stringify(trace, null, 2) : describeTrace(trace));
    return trace.rows.length === 0 && trace.log === undefined ? 1 : 0;
  },
});
