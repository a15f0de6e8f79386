import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { root } from '../docs/markdown.ts';

test('the transform is less than 150 kB when it is bundled, so that it starts fast', async () => {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'functions/transform.ts')],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  expect(outputFiles[0]!.contents.length).toBeLessThan(150_000);
});
