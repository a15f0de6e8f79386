/** The transform as Lambda gets it: built as SST builds it, imported and called in a bare Node process. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { contracts } from '../schemas/index.ts';
import { makeEvents } from '../scripts/gen/events.ts';
import { bundleHandler } from '../test/cloud/render/bundle.ts';
import type { Figures } from './ingest.ts';

const processes = 15;
const records = 500;

export async function bundle(): Promise<Figures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-bundle-'));
  try {
    const file = await bundleHandler({ handler: 'functions/transform.handler', out: folder, minify: true });
    const event = path.join(folder, 'event.json');
    writeFileSync(event, JSON.stringify(firehoseEvent()));
    const runs = Array.from({ length: processes }, () => coldCall(file, event));
    const median = (of: (run: Call) => number): number => {
      const sorted = runs.map(of).sort((a, b) => a - b);
      return Math.round(sorted[Math.floor(processes / 2)]! * 10) / 10;
    };
    return {
      'minified, kB': statSync(file).size / 1000,
      'import, ms': median(({ importMs }) => importMs),
      [`first call of ${records}, ms`]: median(({ firstMs }) => firstMs),
      'import and first call, ms': median(({ importMs, firstMs }) => importMs + firstMs),
      'CPU of import and first call, ms': median(({ cpuMs }) => cpuMs),
      'tenth call, ms': median(({ tenthMs }) => tenthMs),
      'rows of the answer': runs[0]!.ok,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Call {
  importMs: number;
  firstMs: number;
  tenthMs: number;
  /** Of both threads and compiler, which other programs beside do not change. */
  cpuMs: number;
  ok: number;
}

/** No loader, no source: what Lambda's runtime does with the file. */
function coldCall(file: string, event: string): Call {
  const code = `
    const { readFileSync } = await import('node:fs');
    const event = JSON.parse(readFileSync(${JSON.stringify(event)}, 'utf8'));
    const before = process.cpuUsage();
    const t0 = performance.now();
    const { handler } = await import(${JSON.stringify(file)});
    const t1 = performance.now();
    const { records } = await handler(event);
    const t2 = performance.now();
    const { user, system } = process.cpuUsage(before);
    for (let i = 0; i < 8; i++) await handler(event);
    const t3 = performance.now();
    await handler(event);
    const ok = records.filter(({ result, metadata }) => result === 'Ok' && metadata.otfMetadata.destinationTableName === 'web_log').length;
    console.log(JSON.stringify({ importMs: t1 - t0, firstMs: t2 - t1, tenthMs: performance.now() - t3, cpuMs: (user + system) / 1000, ok }));`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, FIRN_DATABASE: 'firn_bench' },
  });
  if (status !== 0) throw new Error(`the bundle cannot be called: ${stderr}`);
  return JSON.parse(stdout);
}

function firehoseEvent(): object {
  const events = makeEvents({
    contract: contracts.get('web_log')!,
    seed: 1,
    count: records,
    now: Date.now,
    format: 'json',
    invalid: 0,
  });
  return {
    invocationId: 'bench',
    deliveryStreamArn: 'arn:aws:firehose:eu-west-1:123456789012:deliverystream/bench',
    sourceKinesisStreamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/bench',
    region: 'eu-west-1',
    records: [...events].map(({ data }, i) => ({
      recordId: `record-${i}`,
      approximateArrivalTimestamp: Date.now(),
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      kinesisRecordMetadata: {
        sequenceNumber: String(i),
        partitionKey: 'key',
        shardId: 'shardId-000000000000',
        approximateArrivalTimestamp: Date.now(),
      },
    })),
  };
}
