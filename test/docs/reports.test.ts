import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readExamples } from '../../scripts/docs/examples.ts';
import { reportsPage } from '../../scripts/docs/reports.ts';
import { readFolder } from '../../scripts/query/queries.ts';
import { root } from './markdown.ts';

test('docs/reports.md is what npm run docs writes', async () => {
  const page = reportsPage(await readFolder('reports'), readExamples(path.join(root, 'test/reports/golden')));
  expect(readFileSync(path.join(root, 'docs/reports.md'), 'utf8')).toBe(page);
});
