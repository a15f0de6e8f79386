import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { byChapter } from '../../../lake/page/chapters.ts';

const shipped = ['queries', 'queries/reports']
  .flatMap((folder) => readdirSync(new URL(`../../../${folder}/`, import.meta.url)))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => ({ name: file.replace('.sql', '') }));

test('every query that ships is in a chapter, once', () => {
  const chapters = byChapter(shipped);
  expect(chapters.map(({ title }) => title)).not.toContain('More');
  expect(chapters.flatMap(({ queries }) => queries.map(({ name }) => name)).sort()).toEqual(
    shipped.map(({ name }) => name).sort(),
  );
});

test('queries of a project’s own come last; chapters without a query are left out', () => {
  expect(byChapter([{ name: 'ours' }, { name: 'funnel' }])).toEqual([
    { title: 'Funnels and paths', queries: [{ name: 'funnel' }] },
    { title: 'More', queries: [{ name: 'ours' }] },
  ]);
});
