import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { type FirehoseEvent, handler } from '../../functions/transform.ts';
import { bundleHandler } from './render/bundle.ts';
import { root } from './render/platform.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'firn-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = (value: string) => Buffer.from(value).toString('base64');
const event: FirehoseEvent = {
  invocationId: '1',
  deliveryStreamArn: 'arn:aws:firehose:eu-west-1:123456789012:deliverystream/firn-dev-delivery',
  sourceKinesisStreamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/firn-dev-events',
  region: 'eu-west-1',
  records: [
    '{"user_id":"ada","session_id":"s","event":"visit","ip":"203.0.113.7","hostname":"h","timestamp":"2026-01-02T03:04:05Z","uri":"/"}',
    'no JSON',
    '{"$table":"nobody_knows"}',
  ].map((text, i) => ({
    recordId: `r${i}`,
    approximateArrivalTimestamp: 1_767_322_000_000,
    data: data(text),
    kinesisRecordMetadata: {
      sequenceNumber: String(i),
      partitionKey: 'ada',
      shardId: 'shardId-000000000000',
      approximateArrivalTimestamp: 1_767_322_000_000,
    },
  })),
};

const minified = await bundleHandler({ handler: 'functions/transform.handler', out: folder, minify: true });

test('the transform, as it is sent to Lambda, answers Firehose as its source does', async () => {
  const code = `const { handler } = await import(${JSON.stringify(minified)});
    console.log(JSON.stringify(await handler(${JSON.stringify(event)})));`;
  // A bare process: no loader, no node_modules beside the file.
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(await handler(event))));
  const tables = JSON.parse(stdout).records.map(
    (record: { metadata: { otfMetadata: { destinationTableName: string } } }) =>
      record.metadata.otfMetadata.destinationTableName,
  );
  expect(tables).toEqual(['web_log', 'rejected', 'rejected']);
});

test('the transform is small enough to start quickly: below 150 kB with the contracts that ship', async () => {
  // A project's own contracts add to it, and are its own affair.
  const contracts = await esbuild.transform(readFileSync(path.join(root, 'schemas/index.ts'), 'utf8'), {
    loader: 'ts',
    minify: true,
  });
  expect(statSync(minified).size - contracts.code.length).toBeLessThan(138_000);
});

test.each(['migrate', 'archive', 'authorizer'])('the function %s builds, and has a handler', async (name) => {
  const file = await bundleHandler({ handler: `functions/${name}.handler`, out: folder, minify: true });
  const code = `console.log(typeof (await import(${JSON.stringify(file)})).handler);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, FIRN_WRITE_KEYS: '{}' },
  });
  expect([stdout.trim(), stderr]).toEqual(['function', '']);
});
