/** `npm run docs`: writes the pages that are made from the code. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sqlPage } from '../local/sql/docs.ts';

const page = fileURLToPath(new URL('../docs/sql.md', import.meta.url));
writeFileSync(page, sqlPage());
console.log(`wrote ${page}`);
