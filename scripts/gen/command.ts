/** `npm run gen`: flags → events → gateway, or to the terminal. */
import { randomInt } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { clickstreamTable } from '../../lake/collect/clickstream.ts';
import { limits } from '../../lake/gateway.ts';
import { localEndpoint, localStream, localWriteKey } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { checkFresh } from '../../local/schema-folder.ts';
import { contracts, hash } from '../../schemas/index.ts';
import { type Command, type FlagValues, UsageError } from '../cli.ts';
import { stageOutputs } from '../cloud/outputs.ts';
import { onInterrupt } from '../interrupt.ts';
import { type GeneratedEvent, makeEvents } from './events.ts';
import type { ApiMethod } from './gateway.ts';
import { answerLine, fewEvents, showProgress, summaryLine } from './report.ts';
import { Sender } from './sender.ts';

const flags = {
  'max-count': {
    type: 'number',
    default: 1000,
    min: 0,
    help: 'how many events; 0: until stopped, happening now',
  },
  table: { type: 'string', default: 'web_log', help: 'whose events: any table of schemas/' },
  stage: { type: 'string', value: 'name', help: 'a stage that was deployed, instead of the local lakehouse' },
  'api-url': {
    type: 'string',
    value: 'url',
    help: `the gateway (default ${localEndpoint}/v1, or the stage's)`,
  },
  'stream-name': { type: 'string', help: `the stream behind it (default ${localStream}, or the stage's)` },
  'api-method': {
    type: 'string',
    choices: ['record', 'records', 'segment'],
    help: "one event a call, batches, or Segment's batches (default records; segment for clickstream)",
  },
  batch: {
    type: 'number',
    min: 1,
    max: limits.recordsPerCall,
    help: `events a call (default ${limits.recordsPerCall}; 1 up to ${fewEvents} events; less at a low rate)`,
  },
  rate: { type: 'number', min: 0.01, integer: false, help: 'events a second at most' },
  concurrency: { type: 'number', default: 4, min: 1, max: 256, help: 'calls under way at a time' },
  invalid: {
    type: 'number',
    default: 0,
    min: 0,
    max: 100,
    integer: false,
    value: 'percent',
    help: 'share of events to break on purpose',
  },
  format: { type: 'string', default: 'json', choices: ['json', 'avro'], help: 'how events are spelt' },
  seed: {
    type: 'number',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    help: 'same seed, same events (default: a new one)',
  },
  days: {
    type: 'number',
    min: 0.1,
    max: 3650,
    integer: false,
    help: 'how far back the events of clickstream reach (default 14)',
  },
  end: { type: 'string', value: 'time', help: 'the latest time of an event, ISO 8601 (default: now)' },
  'write-key': { type: 'string', help: `sent as x-api-key (default ${localWriteKey}, or the stage's)` },
  'acked-ids': {
    type: 'string',
    value: 'file',
    help: 'append the id of each acknowledged event, a line each',
  },
  'dry-run': { type: 'boolean', help: 'print the events, send nothing' },
} as const;

type Values = FlagValues<typeof flags>;

export const genCommand: Command<typeof flags> = {
  name: 'npm run gen --',
  summary: 'Makes events of visitors that come back and funnels that narrow, and sends them to a gateway.',
  flags,
  examples: [
    'npm run gen -- --max-count 5',
    'npm run gen -- --stage dev --max-count 5',
    'npm run gen -- --max-count 100000 --rate 2000 --invalid 1',
    'npm run gen -- --table ecommerce_event --format avro --dry-run --seed 7',
    'npm run gen -- --table clickstream --max-count 50000 --days 30',
  ],
  async run(values) {
    const seed = values.seed ?? randomInt(1_000_000_000);
    const apiMethod = methodOf(values);
    const events = makeEvents({
      contract: contractOf(values.table),
      seed,
      count: countOf(values),
      now: clockOf(values),
      format: values.format === 'avro' ? 'avro' : 'json',
      invalid: values.invalid,
      unrouted: apiMethod === 'segment',
      days: values.days,
    });
    if (values['dry-run']) return print(events);
    // Two runs of one seed would send the same event ids, so each run has its own unless told otherwise.
    if (values.seed === undefined) console.error(`seed ${seed} (--seed ${seed} makes these events again)`);
    return send(events, apiMethod, values);
  },
};

async function send(events: Iterable<GeneratedEvent>, apiMethod: ApiMethod, values: Values): Promise<number> {
  const count = countOf(values);
  const few = count <= fewEvents;
  const gateway = await gatewayOf(values);
  const path = values['acked-ids'];
  const acked = path === undefined ? undefined : openSync(path, 'a');
  const sender = new Sender({
    ...gateway,
    apiMethod,
    batch: values.batch ?? usualBatch(count, values.rate),
    concurrency: few ? 1 : values.concurrency,
    rate: values.rate,
    onFirstRetry: (reason) => console.error(`${reason}; trying again`),
    onAnswer: (answer) => {
      if (few) console.log(answerLine(answer));
    },
    // Written before the next event is sent: who kills this process, or the server, finds no line missing.
    onAccepted: (ids) => {
      if (acked !== undefined) writeSync(acked, `${ids.join('\n')}\n`);
    },
  });
  const progress = few ? undefined : showProgress(sender.summary, count);
  const release = onInterrupt(() => {
    console.error('stopping: waiting for calls under way (again to stop at once)');
    sender.stop();
  });
  try {
    await sender.send(events);
  } finally {
    release();
    progress?.stop();
    if (acked !== undefined) closeSync(acked);
  }
  const { summary } = sender;
  if (summary.reason !== undefined) console.error(explainFailure(summary.reason));
  console.log(summaryLine(summary));
  return summary.failed > 0 ? 1 : 0;
}

/** Events as NDJSON, at the pace of whoever reads them. */
async function print(events: Iterable<GeneratedEvent>): Promise<number> {
  const lines = function* (): Generator<string> {
    for (const { data } of events) yield `${JSON.stringify(data)}\n`;
  };
  try {
    await pipeline(lines, process.stdout, { end: false });
  } catch (error) {
    // A reader that has seen enough (head) closes the pipe.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
  return 0;
}

/** Enough for a call to be worth it, but at a low rate an event does not wait for its companions. */
function usualBatch(count: number, rate: number | undefined): number {
  if (count <= fewEvents) return 1;
  return rate === undefined
    ? limits.recordsPerCall
    : Math.min(limits.recordsPerCall, Math.max(1, Math.ceil(rate / 10)));
}

function contractOf(table: string): Contract {
  const known = [...contracts.values()].filter((contract) => !contract.internal);
  const contract = known.find((one) => one.table === table);
  if (contract !== undefined) return contract;
  // A schema file that was just written is one for the command that it names.
  checkFresh(hash);
  throw new UsageError(`--table is "${table}"; expected one of ${known.map((one) => one.table).join(', ')}`);
}

/** Segment's route is for messages; Avro is for rows. */
function methodOf({ table, format, 'api-method': given, days }: Values): ApiMethod {
  const isClickstream = table === clickstreamTable;
  if (!isClickstream && given === 'segment')
    throw new UsageError(`--api-method segment is for --table ${clickstreamTable}`);
  if (!isClickstream && days !== undefined) throw new UsageError(`--days is for --table ${clickstreamTable}`);
  if (isClickstream && format === 'avro')
    throw new UsageError(`--table ${clickstreamTable} is sent as messages, which are JSON`);
  return (given as ApiMethod | undefined) ?? (isClickstream ? 'segment' : 'records');
}

function countOf(values: Values): number {
  return values['max-count'] === 0 ? Number.POSITIVE_INFINITY : values['max-count'];
}

function clockOf({ end }: Values): () => number {
  if (end === undefined) return Date.now;
  const ms = Date.parse(end);
  if (Number.isNaN(ms))
    throw new UsageError(`--end is "${end}"; expected a time such as 2026-11-22T10:00:00Z`);
  return () => ms;
}

/** Where events go: what is given, else the stage's, else the local lakehouse. */
async function gatewayOf(values: Values): Promise<{ apiUrl: string; streamName: string; writeKey: string }> {
  const stage = values.stage === undefined ? undefined : await stageOutputs(values.stage, process.env);
  const apiUrl = values['api-url'] ?? stage?.url ?? `${localEndpoint}/v1`;
  const protocol = URL.canParse(apiUrl) ? new URL(apiUrl).protocol : undefined;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new UsageError(`--api-url is "${apiUrl}"; expected one such as ${localEndpoint}/v1`);
  }
  return {
    apiUrl,
    streamName: values['stream-name'] ?? stage?.stream ?? localStream,
    writeKey: values['write-key'] ?? stage?.writeKey ?? localWriteKey,
  };
}

function explainFailure(reason: string): string {
  return reason.includes('ECONNREFUSED')
    ? `${reason}\nIs the lakehouse running? Start it with: npm start`
    : reason;
}
