/** `npm run schemas`: makes `schemas/index.ts` from the schema files, and keeps what was published. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Fault } from '../lake/errors.ts';
import { generateIndex, hashSchemas, mend, newHistory, parseHistory, parseSchemas } from '../lake/schemas.ts';
import { readSchemaFiles, schemasFolder } from '../local/schema-folder.ts';
import { runCommand } from './cli.ts';

await runCommand({
  name: 'npm run schemas --',
  summary:
    'Makes schemas/index.ts from schemas/*.avsc, and keeps every published schema in schemas/history/.',
  flags: {
    check: { type: 'boolean', help: 'change nothing; fail if schemas/index.ts or the history is stale' },
  },
  async run({ check }) {
    const historyFolder = path.join(schemasFolder, 'history');
    const indexPath = path.join(schemasFolder, 'index.ts');
    const files = readSchemaFiles(schemasFolder);
    const kept = readSchemaFiles(historyFolder);
    const contracts = parseSchemas(files);
    const added = newHistory(contracts.values(), parseHistory(kept));
    const history = [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
    const index = generateIndex(contracts, parseHistory(history), hashSchemas(files, history));

    if (check) {
      if (added.length > 0 || readText(indexPath) !== index)
        throw new Fault(`schemas/index.ts is stale; ${mend}`);
      return 0;
    }
    mkdirSync(historyFolder, { recursive: true });
    for (const { name, text } of added) writeFileSync(path.join(historyFolder, name), text);
    writeFileSync(indexPath, index);
    for (const { table, fields, fingerprint } of contracts.values()) {
      const news = added.some(({ name }) => name.includes(fingerprint)) ? ', published' : '';
      console.log(`${table}: ${fields.length} columns, Avro fingerprint ${fingerprint}${news}`);
    }
    return 0;
  },
});

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
