import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { localEndpoint } from '../../lake/settings.ts';
import { curlLines } from '../../scripts/demo/curl.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { fencedBlocks, root, shellWords } from './markdown.ts';

const [, curl = '', query = ''] = fencedBlocks('README.md', 'sh', 'One event and its row');
const [row] = fencedBlocks('README.md', 'text', 'One event and its row');

/** What curl would send: the options that the page uses, and no other. */
function requestOf(command: string): { url: string; init: RequestInit } {
  const [program, ...words] = shellWords(command);
  const request = { method: 'GET', headers: new Headers(), body: '' };
  let url = '';
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '-X') request.method = words.shift()!;
    else if (word === '-d') request.body = words.shift()!;
    else if (word === '-H') request.headers.append(...(words.shift()!.split(': ') as [string, string]));
    else url = word;
  }
  expect(program).toBe('curl');
  return { url, init: request };
}

test("the README's event becomes the row that it shows", async () => {
  const runtime = await startTestRuntime();
  const { url, init } = requestOf(curl);
  expect(url).toContain(localEndpoint);
  const answer = await fetch(url.replace(localEndpoint, runtime.url), init);
  expect({ status: answer.status, members: Object.keys((await answer.json()) as object) }).toEqual({
    status: 200,
    members: ['EncryptionType', 'SequenceNumber', 'ShardId'],
  });
  while (runtime.sums().done.to < 1) await new Promise((resolve) => setTimeout(resolve, 10));

  const [npm, run, name, dashes, ...args] = shellWords(query);
  expect([npm, run, name, dashes]).toEqual(['npm', 'run', 'query', '--']);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'scripts/query.ts', ...args],
    { cwd: root, env: { PATH: process.env.PATH, AWS_ENDPOINT_URL: runtime.url } },
  );
  expect(stdout).toBe(row);
});

test('the demo suggests the same event', () => {
  const suggested = requestOf(curlLines(localEndpoint).join('\n'));
  const shown = requestOf(curl);
  expect(suggested.url).toBe(shown.url);
  expect(JSON.parse(String(suggested.init.body))).toEqual(JSON.parse(String(shown.init.body)));
});
