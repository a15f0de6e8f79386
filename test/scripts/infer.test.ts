import { expect, test } from 'vitest';
import { execute } from '../../scripts/cli.ts';
import { inferCommand } from '../../scripts/infer/command.ts';

test('a file that is not there is named', async () => {
  const lines: string[] = [];
  const code = await execute(
    inferCommand,
    ['no.ndjson', '--table', 'x'],
    () => {},
    (line) => lines.push(line),
  );
  expect([code, ...lines]).toEqual([1, 'no.ndjson cannot be read: ENOENT: no such file or directory']);
});
