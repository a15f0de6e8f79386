import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { sqlPage } from '../../local/sql/docs.ts';
import { root } from './markdown.ts';

test('docs/sql.md is what npm run docs writes', () => {
  expect(readFileSync(path.join(root, 'docs/sql.md'), 'utf8')).toBe(sqlPage());
});
