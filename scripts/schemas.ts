/** `npm run schemas`: makes `schemas/index.ts` from the schema files, and keeps what was published. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { allEventsSql, allEventsView } from '../lake/all-events.ts';
import { Fault } from '../lake/errors.ts';
import { strayAttributes } from '../lake/schema-notes.ts';
import {
  checkHistory,
  generateIndex,
  hashSchemas,
  mend,
  newHistory,
  parseHistory,
  parseSchemas,
} from '../lake/schemas.ts';
import type { Contract } from '../lake/types.ts';
import { previewHome } from '../local/preview.ts';
import { readSchemaFiles, schemasFolder } from '../local/schema-folder.ts';
import { runCommand } from './cli.ts';

const viewPath = fileURLToPath(new URL(`../queries/views/${allEventsView}.sql`, import.meta.url));

await runCommand({
  name: 'npm run schemas --',
  summary:
    'Makes schemas/index.ts and the view all_events from schemas/*.avsc, and keeps every published schema in schemas/history/.',
  flags: {
    home: { type: 'string', value: 'folder', help: 'home whose tables are compared', default: '.firn' },
    check: { type: 'boolean', help: 'change nothing; fail if schemas/index.ts or the history is stale' },
  },
  async run({ check, home }) {
    const historyFolder = path.join(schemasFolder, 'history');
    const indexPath = path.join(schemasFolder, 'index.ts');
    const files = readSchemaFiles(schemasFolder);
    const kept = readSchemaFiles(historyFolder);
    const contracts = parseSchemas(files);
    checkHistory(contracts, parseHistory(kept));
    const added = newHistory(contracts.values(), parseHistory(kept));
    const history = [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
    const index = generateIndex(contracts, parseHistory(history), hashSchemas(files, history));
    const view = allEventsSql(contracts.values());

    if (check) {
      if (added.length > 0 || readText(indexPath) !== index)
        throw new Fault(`schemas/index.ts is stale; ${mend}`);
      if (readText(viewPath) !== view) throw new Fault(`${viewPath} is stale; ${mend}`);
      return 0;
    }
    mkdirSync(historyFolder, { recursive: true });
    for (const { name, text } of added) writeFileSync(path.join(historyFolder, name), text);
    writeFileSync(indexPath, index);
    writeFileSync(viewPath, view);
    for (const { table, fields, fingerprint } of contracts.values()) {
      const news = added.some(({ name }) => name.includes(fingerprint)) ? ', published' : '';
      console.log(`${table}: ${fields.length} columns, Avro fingerprint ${fingerprint}${news}`);
    }
    for (const { table, avro } of contracts.values()) {
      for (const note of strayAttributes(avro)) console.error(`note: schemas/${table}.avsc: ${note}`);
    }
    return showTables(home, contracts);
  },
});

/** Says what the next start of a home would do to its tables; 1 if it would be stopped. */
async function showTables(home: string, contracts: ReadonlyMap<string, Contract>): Promise<number> {
  const previews = await previewHome(home, contracts);
  if (previews === undefined) return 0;
  const due = previews.filter(({ changes, fault }) => changes.length > 0 || fault !== undefined);
  console.log(
    due.length === 0 ? `\nthe tables of ${home} are as the schemas say` : `\nat the next start of ${home}:`,
  );
  for (const { table, changes, fault } of due) console.log(fault ?? `  ${table}: ${changes.join('; ')}`);
  return due.some(({ fault }) => fault !== undefined) ? 1 : 0;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
