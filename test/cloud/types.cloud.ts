import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from './render/platform.ts';

/** tsc's words, none if all is well. */
function typeErrors(): string {
  const { stdout } = spawnSync('node_modules/.bin/tsc', ['--noEmit', '-p', 'test/cloud/tsconfig.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.replaceAll(/^npm warn.*\n/gm, '');
}

test('sst.config.ts and stacks/ hold to the types of the platform and the provider', () => {
  expect(typeErrors()).toBe('');
});

test('a misspelt property is an error', () => {
  const file = path.join(root, 'stacks', `misspelt-${process.pid}.ts`);
  writeFileSync(
    file,
    "export const stream = () => new aws.kinesis.Stream('S', { streamModeDetail: { streamMode: 'ON_DEMAND' } });\n",
  );
  try {
    expect(typeErrors()).toContain("'streamModeDetail' does not exist");
  } finally {
    rmSync(file);
  }
});
