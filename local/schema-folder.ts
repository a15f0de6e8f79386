/** The folder `schemas/` on disk, and whether `schemas/index.ts` was made from it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AvroRecord } from '../lake/contract.ts';
import { Fault } from '../lake/errors.ts';
import { idsOf } from '../lake/infer/contract.ts';
import { hashSchemas, mend, type SchemaFile } from '../lake/schemas.ts';

/** The project's own `schemas/`. */
export const schemasFolder = fileURLToPath(new URL('../schemas/', import.meta.url));

/** The `.avsc` files of a folder, by name; none if the folder is not there. */
export function readSchemaFiles(folder: string): SchemaFile[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.avsc'));
  return names.sort().map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
}

/** Throws a Fault if a schema file was added or changed and `schemas/index.ts` was not made anew. */
export function checkFresh(generatedHash: string, folder = schemasFolder): void {
  const hash = hashSchemas(readSchemaFiles(folder), readSchemaFiles(path.join(folder, 'history')));
  if (hash !== generatedHash) {
    throw new Fault(`schemas/index.ts is older than the .avsc files that it is made from; ${mend}`);
  }
}

/** The schema file of a table, if it has one, and every field id that the table ever had. */
export function publishedSchema(
  folder: string,
  table: string,
): { existing: AvroRecord | undefined; usedIds: number[] } {
  const own = readSchemaFiles(folder).find(({ name }) => name === `${table}.avsc`);
  const former = readSchemaFiles(path.join(folder, 'history')).filter(({ name }) =>
    name.startsWith(`${table}-`),
  );
  return {
    existing: own === undefined ? undefined : (JSON.parse(own.text) as AvroRecord),
    usedIds: idsOf(former.map(({ text }) => JSON.parse(text) as unknown)),
  };
}
