/** `npm run replay`: rejected events and failed batches → what they would be now → the stream, and what became of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { localDatabase, localErrorsBucket, localStream } from '../../lake/settings.ts';
import { compileTransform } from '../../lake/transform.ts';
import { contracts, published } from '../../schemas/index.ts';
import { clientConfig } from '../aws.ts';
import type { Command } from '../cli.ts';
import { stageOutputs } from '../cloud/outputs.ts';
import { type Client, openClient } from '../query/athena.ts';
import { readFailures } from './failures.ts';
import { readOriginals } from './originals.ts';
import { type Again, type Plan, planReplay, positionOf } from './plan.ts';
import { putAll } from './put.ts';
import { readDelivered, readRejections, rejectionsQuestion } from './rejections.ts';

const flags = {
  table: { type: 'string', value: 'name', help: 'only events that were meant for this table' },
  code: {
    type: 'string',
    value: 'code',
    help: 'only rejections of this code: unknown_table, missing_field, …',
  },
  since: {
    type: 'string',
    value: 'time',
    help: 'only what was rejected since then, in UTC (default: a week ago)',
  },
  'max-count': {
    type: 'number',
    default: 1000,
    min: 1,
    max: 10_000,
    integer: true,
    help: 'events at most, the oldest first',
  },
  'dry-run': { type: 'boolean', help: 'say what would become of them, and send nothing' },
  wait: { type: 'number', default: 60, min: 0, max: 3600, help: 'seconds to wait for their rows' },
  stage: { type: 'string', value: 'name', help: 'a stage that was deployed, instead of the local lakehouse' },
  endpoint: {
    type: 'string',
    value: 'url',
    help: 'where the lakehouse answers (default AWS_ENDPOINT_URL, else the local lakehouse)',
  },
} as const;

const weekMs = 7 * 24 * 3_600_000;

export const replayCommand: Command<typeof flags> = {
  name: 'npm run replay --',
  summary:
    'Sends again what became no row: events in the table rejected, and records whose batch the transform failed on. ' +
    'Only those that the contracts of this checkout would take go, each under the event_id that it had.',
  flags,
  examples: ['npm run replay -- --dry-run', 'npm run replay -- --table orders --code unknown_table'],
  async run({ table, code, since, 'max-count': max, 'dry-run': dryRun, wait, stage, endpoint }) {
    const place = await openPlace(stage, endpoint);
    const nowMs = Date.now();
    const from = since ?? new Date(nowMs - weekMs).toISOString();
    const tables = [...contracts.values()].filter(({ internal }) => !internal).map((known) => known.table);
    const question = rejectionsQuestion(tables, { since: from, table, code, max });
    const rejected = await readRejections(place.athena, { ...place.question, ...question });
    const originals = await readOriginals(
      place.kinesis,
      place.stream,
      rejected.flatMap((event) => positionOf(event) ?? []),
    );
    // A failed batch has no code and no table.
    const failures =
      table === undefined && code === undefined
        ? await readFailures(place.s3, place.errors, Date.parse(`${from.replace(/Z$/, '')}Z`), max)
        : { records: [], icebergFailed: 0 };
    const transform = compileTransform({
      contracts,
      published,
      defaultTable: process.env.FIRN_DEFAULT_TABLE ?? 'web_log',
      // The rows that are made here are looked at and thrown away.
      piiKey: process.env.FIRN_PII_KEY ?? 'none',
    });
    const plan = planReplay({ rejected, originals, failed: failures.records }, transform, nowMs);
    const delivered = await readDelivered(place.athena, place.question, idsByTable(plan.again));
    const again = plan.again.filter(({ eventId }) => !delivered.has(eventId));
    for (const line of describe(plan, again, failures.icebergFailed)) console.log(line);
    if (rejected.length === max) console.log(`there may be more: these are the oldest ${max} (--max-count)`);
    if (again.length === 0 || dryRun) return 0;

    await putAll(place.kinesis, place.stream, again);
    console.log(`sent ${again.length} to ${place.stream}`);
    const there = await waitForRows(place, again, wait * 1000);
    console.log(`${there} of them are rows now`);
    if (there < again.length) {
      console.log(
        'the others are still on their way, or were rejected again: npm run replay -- --dry-run tells later',
      );
    }
    return 0;
  },
};

interface Place {
  athena: Client;
  kinesis: KinesisClient;
  s3: S3Client;
  stream: string;
  errors: string;
  question: { workGroup?: string; database?: string };
}

async function openPlace(stage: string | undefined, given: string | undefined): Promise<Place> {
  const outputs = stage === undefined ? undefined : await stageOutputs(stage, process.env);
  const endpoint = outputs === undefined ? given : 'aws';
  const config = (service: string) => clientConfig(service, endpoint, process.env, outputs?.region);
  return {
    athena: openClient(endpoint, process.env, outputs?.region),
    kinesis: new KinesisClient({ ...config('KINESIS'), maxAttempts: 8 }),
    // The local endpoint has no name for each bucket.
    s3: new S3Client({ ...config('S3'), forcePathStyle: outputs === undefined }),
    stream: outputs?.stream ?? localStream,
    errors: outputs?.errors ?? localErrorsBucket,
    question: {
      workGroup: outputs?.workgroup ?? localDatabase,
      database: outputs?.database ?? localDatabase,
    },
  };
}

function describe(plan: Plan, again: readonly Again[], icebergFailed: number): string[] {
  const nothing = again.length === 0 && plan.still.size === 0 && plan.lost === 0;
  return [
    ...[...idsByTable(again)].map(([table, ids]) => `${count(ids.length)} would be a row of ${table} now`),
    ...[...plan.still].map(([why, events]) => `${count(events)} would be rejected again, for ${why}`),
    ...(plan.lost > 0
      ? [
          `${count(plan.lost)} cannot be sent again: the stream has the record no more, and rejected too little of it`,
        ]
      : []),
    ...(icebergFailed > 0
      ? [
          `${icebergFailed} error objects hold rows that Iceberg refused; they are no events and stay where they are`,
        ]
      : []),
    ...(nothing ? ['nothing to send again: every event that is left over is in a table by now'] : []),
  ];
}

function count(events: number): string {
  return String(events).padStart(7);
}

function idsByTable(events: readonly Again[]): Map<string, string[]> {
  const byTable = new Map<string, string[]>();
  for (const { table, eventId } of events) byTable.set(table, [...(byTable.get(table) ?? []), eventId]);
  return byTable;
}

/** How many have a row by the end of the time given. */
async function waitForRows(place: Place, again: readonly Again[], forMs: number): Promise<number> {
  const until = Date.now() + forMs;
  const ids = idsByTable(again);
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    const { size } = await readDelivered(place.athena, place.question, ids);
    if (size >= again.length || Date.now() + pauseMs > until) return size;
    await sleep(pauseMs);
  }
}
