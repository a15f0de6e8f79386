import { expect, test } from 'vitest';
import { startTestRuntime } from '../helpers/runtime.ts';
import { readPage } from './markdown.ts';

/** Services by what stands before the operation in `X-Amz-Target`. */
const prefixes = {
  Kinesis: 'Kinesis_20131202',
  Firehose: 'Firehose_20150804',
  Athena: 'AmazonAthena',
  Glue: 'AWSGlue',
};

test('the page lists the operations that are served, and no others', async () => {
  const runtime = await startTestRuntime();
  const headers = { 'x-amz-target': 'Unknown.Operation' };
  const answer = await fetch(runtime.url, { method: 'POST', headers, body: '{}' });
  const { message } = (await answer.json()) as { message: string };
  const served = message.split('supported: ')[1]!.split(', ');
  const listed = Object.entries(prefixes).flatMap(([service, prefix]) => {
    const row = readPage('docs/endpoint.md')
      .split('\n')
      .find((line) => line.startsWith(`| ${service} |`))!;
    return [...row.matchAll(/`(\w+)`/g)].map(([, name]) => `${prefix}.${name}`);
  });
  expect(listed.toSorted()).toEqual(served.toSorted());
});
