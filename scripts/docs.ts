/** `npm run docs`: writes the pages that are made from the code. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sqlPage } from '../local/sql/docs.ts';
import { readExamples } from './docs/examples.ts';
import { reportsPage } from './docs/reports.ts';
import { readFolder } from './query/queries.ts';

const inProject = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

const pages = {
  'docs/sql.md': sqlPage(),
  'docs/reports.md': reportsPage(await readFolder('reports'), readExamples(inProject('test/reports/golden'))),
};
for (const [page, text] of Object.entries(pages)) {
  writeFileSync(inProject(page), text);
  console.log(`wrote ${page}`);
}
