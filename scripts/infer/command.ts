/** `npm run infer -- events.ndjson --table orders`: proposes `schemas/orders.avsc`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseContract } from '../../lake/contract.ts';
import { Fault } from '../../lake/errors.ts';
import { inferContract } from '../../lake/infer/contract.ts';
import { printSchema } from '../../lake/infer/print.ts';
import { type TriedOut, tryOut } from '../../lake/infer/try-out.ts';
import { publishedSchema } from '../../local/schema-folder.ts';
import { type Command, UsageError } from '../cli.ts';

const flags = {
  table: { type: 'string', value: 'name', help: 'table that the events are for' },
  folder: { type: 'string', value: 'folder', help: 'folder of the schema files', default: 'schemas' },
  write: { type: 'boolean', help: 'write the schema file, instead of printing it' },
} as const;

export const inferCommand: Command<typeof flags> = {
  name: 'npm run infer --',
  summary:
    'Proposes the schema file of a table from sample events; for a table that has one, with the fields that are new.',
  flags,
  words: { value: '<file>', help: 'events as NDJSON, or as a JSON array; - is standard input', max: 1 },
  examples: [
    'npm run infer -- events.ndjson --table orders',
    'npm run infer -- events.ndjson --table orders --write',
  ],
  async run({ table, folder, write }, [file]) {
    if (file === undefined) throw new UsageError('name a file of events');
    if (table === undefined) throw new UsageError('say which table the events are for: --table orders');
    const events = parseEvents(readEvents(file), file);
    const { existing, usedIds } = publishedSchema(folder, table);
    const { schema, notes } = inferContract(table, events, existing, usedIds);
    const text = printSchema(schema);
    const target = path.join(folder, `${table}.avsc`);
    const contract = parseContract(JSON.parse(text), target);
    if (write) writeFileSync(target, text);
    else process.stdout.write(text);
    const lines = [...notes, ...verdictLines(tryOut(contract, events, Date.now()))];
    if (write) lines.push(`${target} is written; look it over, then run: npm run schemas`);
    for (const line of lines) console.error(line);
    return 0;
  },
};

function readEvents(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Fault(`${file} cannot be read: ${(error as Error).message.split(',')[0]}`);
  }
}

/** One JSON object a line, or an array of them. Throws a Fault that names the line that is no JSON. */
export function parseEvents(text: string, file: string): unknown[] {
  if (text.trimStart().startsWith('[')) return JSON.parse(text) as unknown[];
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      throw new Fault(`${file}, line ${i + 1}: expected one JSON object, got what is no JSON`);
    }
  });
}

function verdictLines({ rows, rejected, elsewhere }: TriedOut): string[] {
  const reasons = new Map<string, number>();
  for (const { code, field } of rejected) {
    const reason = field === '' ? code : `${code} (${field})`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [
    `${rows + rejected.length} events: ${rows} would be rows, ${rejected.length} would be rejected${elsewhere === 0 ? '' : `; ${elsewhere} for other tables`}`,
    ...[...reasons].map(([reason, count]) => `  ${count} × ${reason}`),
  ];
}
