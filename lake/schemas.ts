/**
 * From the folder `schemas/` to `schemas/index.ts`: what `npm run schemas` writes and a start checks.
 * All of it is pure: folders come in as names and texts, and go out the same way.
 */
import { createHash } from 'node:crypto';
import type { Published } from './avro.ts';
import { parseContract } from './contract.ts';
import { Fault } from './errors.ts';
import { compareSchemas } from './evolution.ts';
import { icebergSchema } from './iceberg.ts';
import type { Contract } from './types.ts';
import { rowInterface } from './typescript.ts';

/** A file of `schemas/` or `schemas/history/`: its name without folder, and its text. */
export interface SchemaFile {
  name: string;
  text: string;
}

/** The command that mends a stale or broken `schemas/index.ts`. */
export const mend = 'run: npm run schemas';

/** What the generated file is made of; equal hashes mean that it is fresh. */
export function hashSchemas(current: readonly SchemaFile[], history: readonly SchemaFile[]): string {
  const hash = createHash('sha256');
  for (const file of [...current, ...history]) hash.update(`${file.name}\n${file.text}\n`);
  return hash.digest('hex');
}

/** Parses every `<table>.avsc`; a Fault names the file and the rule that it breaks. */
export function parseSchemas(files: readonly SchemaFile[], folder = 'schemas'): Map<string, Contract> {
  const contracts = new Map<string, Contract>();
  for (const file of files) {
    const where = `${folder}/${file.name}`;
    const contract = parseContract(parseJson(file.text, where), where);
    if (`${contract.table}.avsc` !== file.name) {
      throw new Fault(
        `${where}: the record's name makes the table "${contract.table}"; the file must have its name`,
      );
    }
    contracts.set(contract.table, contract);
  }
  return contracts;
}

/** Every schema that was published: `history/<table>-<fingerprint>.avsc`. */
export function parseHistory(files: readonly SchemaFile[]): Published[] {
  return files.map((file) => {
    const where = `schemas/history/${file.name}`;
    const { table, fingerprint, avro } = parseContract(parseJson(file.text, where), where);
    if (historyName(table, fingerprint) !== file.name) {
      throw new Fault(
        `${where}: was changed after it was published; its name should be ${historyName(table, fingerprint)}`,
      );
    }
    return { table, fingerprint, avro };
  });
}

export function historyName(table: string, fingerprint: string): string {
  return `${table}-${fingerprint}.avsc`;
}

/**
 * The history files to add, so that messages written by today's schemas can be read for ever.
 * A fingerprint does not cover logical types (Avro specification, "Parsing Canonical Form"), so a schema
 * that differs from a published one in nothing else is refused: its messages could not be told apart.
 */
export function newHistory(contracts: Iterable<Contract>, history: readonly Published[]): SchemaFile[] {
  const added: SchemaFile[] = [];
  for (const contract of contracts) {
    const known = history.find(({ fingerprint }) => fingerprint === contract.fingerprint);
    if (known === undefined) {
      const name = historyName(contract.table, contract.fingerprint);
      added.push({ name, text: `${JSON.stringify(contract.avro, null, 2)}\n` });
    } else if (known.table !== contract.table || logicalTypes(known.avro) !== logicalTypes(contract.avro)) {
      throw new Fault(
        `schemas/${contract.table}.avsc: has the fingerprint of schemas/history/${historyName(known.table, known.fingerprint)} ` +
          'but other logical types, so that Avro messages of both could not be told apart; rename a field, or go back',
      );
    }
  }
  return added;
}

/**
 * Throws a Fault if a contract could not follow what was published before it, so that a table that has been
 * deployed somewhere could not either (Iceberg spec, "Schema Evolution").
 */
export function checkHistory(contracts: ReadonlyMap<string, Contract>, history: readonly Published[]): void {
  for (const contract of contracts.values()) {
    const wanted = icebergSchema(contract);
    const former = history
      .filter(({ table, fingerprint }) => table === contract.table && fingerprint !== contract.fingerprint)
      .map(({ avro, fingerprint }) => ({
        name: historyName(contract.table, fingerprint),
        schema: icebergSchema(
          parseContract(avro, `schemas/history/${historyName(contract.table, fingerprint)}`),
        ),
      }));
    const all = former.map(({ schema }) => schema);
    for (const { name, schema } of former) {
      const { faults } = compareSchemas(schema, wanted, all, new Set());
      if (faults.length > 0) {
        throw new Fault(
          `schemas/${contract.table}.avsc: cannot follow history/${name}:\n  ${faults.join('\n  ')}\n` +
            `If that schema was only tried out, and no table or producer ever had it, delete schemas/history/${name}.`,
        );
      }
    }
  }
}

/** The logical types of a schema, in order: what the fingerprint leaves out but decoding depends on. */
function logicalTypes(avro: unknown): string {
  const found: unknown[] = [];
  JSON.stringify(avro, (key, value) => {
    if (['logicalType', 'precision', 'scale', 'adjust-to-utc'].includes(key)) found.push(key, value);
    return value;
  });
  return JSON.stringify(found);
}

/** The text of `schemas/index.ts`. */
export function generateIndex(
  contracts: ReadonlyMap<string, Contract>,
  history: readonly Published[],
  hash: string,
): string {
  const old = history.filter(
    ({ fingerprint }) => ![...contracts.values()].some((c) => c.fingerprint === fingerprint),
  );
  const list = (items: readonly object[]): string =>
    items.map((item) => `  ${JSON.stringify(item)},\n`).join('');
  return `// Made by \`npm run schemas\` from schemas/*.avsc and schemas/history/. Do not edit.
import type { Published } from '../lake/avro.ts';
import { parseContract } from '../lake/contract.ts';
import type { Contract } from '../lake/types.ts';

/** Microseconds since 1970, UTC. */
export type Micros = number;
/** A number as text, where a JSON number would not hold it. */
export type NumericText = string;

${[...contracts.values()].map(rowInterface).join('\n')}
/** Hash of the files that this one was made from. */
export const hash = '${hash}';

const schemas = [
${list([...contracts.values()].map(({ avro }) => avro))}];

/** Schemas that were published once and have been followed by others since. */
const former: Published[] = [
${list(old)}];

/** Every table, by name. */
export const contracts: ReadonlyMap<string, Contract> = new Map(
  schemas.map((schema) => {
    const contract = parseContract(schema, \`schemas/\${schema.name}.avsc\`);
    return [contract.table, contract];
  }),
);

/** Every schema that a producer may still write with. */
export const published: readonly Published[] = [
  ...[...contracts.values()].map(({ table, fingerprint, avro }) => ({ table, fingerprint, avro })),
  ...former,
];
`;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(`${where}: is not JSON: ${(error as Error).message}`);
  }
}
