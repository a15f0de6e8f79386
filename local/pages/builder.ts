/** Makes contracts from events, and tells how rejected events would fare under one. */
import fs from 'node:fs';
import path from 'node:path';
import { parseContract } from '../../lake/contract.ts';
import { Fault } from '../../lake/errors.ts';
import { inferContract } from '../../lake/infer/contract.ts';
import { printSchema } from '../../lake/infer/print.ts';
import { type TriedOut, tryOut } from '../../lake/infer/try-out.ts';
import { parseSchemas } from '../../lake/schemas.ts';
import type { Caller } from '../aws/caller.ts';
import { publishedSchema, readSchemaFiles } from '../schema-folder.ts';
import type { Ask } from './ask.ts';

export interface BuilderOptions {
  /** The folder of the schema files. */
  folder: string;
  ask: Ask;
  now: () => number;
}

type Body = Record<string, unknown>;

export class Builder {
  readonly #options: BuilderOptions;

  constructor(options: BuilderOptions) {
    this.#options = options;
  }

  /** `{table, events}` → a schema to look over, what to know about it, and what would become of the events. */
  infer({ table, events }: Body): { text: string; notes: string[]; tried: TriedOut } {
    if (typeof table !== 'string') throw new Fault('"table" must be the name of a table');
    if (!Array.isArray(events)) throw new Fault('"events" must be a list of events');
    const { existing, usedIds } = publishedSchema(this.#options.folder, table);
    const { schema, notes } = inferContract(table, events, existing, usedIds);
    const text = printSchema(schema);
    return {
      text,
      notes,
      tried: tryOut(parseContract(JSON.parse(text), table), events, this.#options.now()),
    };
  }

  /** `{text, events?}`: checks a schema, and runs through it the events given, or those that its table rejected. */
  async tryRejected({ text, events }: Body, caller: Caller): Promise<{ events: number; tried: TriedOut }> {
    const contract = parseContract(parseText(text), 'the schema');
    const list = Array.isArray(events) ? events : await this.#rejected(contract.table, caller);
    return { events: list.length, tried: tryOut(contract, list, this.#options.now()) };
  }

  /** Writes `<table>.avsc`. It takes effect after `npm run schemas` and a new start. */
  save(table: string, { text }: Body): { file: string; next: string } {
    const contract = parseContract(parseText(text), `${table}.avsc`);
    if (contract.table !== table) throw new Fault(`the schema's table is ${contract.table}, not ${table}`);
    const others = readSchemaFiles(this.#options.folder).filter(({ name }) => name !== `${table}.avsc`);
    parseSchemas([...others, { name: `${table}.avsc`, text: text as string }]);
    const file = path.join(this.#options.folder, `${table}.avsc`);
    fs.writeFileSync(file, text as string);
    return { file, next: 'npm run schemas, then start again' };
  }

  /** What the last day's rejections of a table were made from, as far as it is JSON. */
  async #rejected(table: string, caller: Caller): Promise<unknown[]> {
    const { rows } = await this.#options.ask(
      `SELECT raw FROM rejected WHERE table_name = ? AND raw_encoding = 'utf8'
       AND received_at > current_timestamp - INTERVAL '1' DAY ORDER BY received_at DESC LIMIT 900`,
      [`'${table.replaceAll("'", "''")}'`],
      caller,
    );
    return rows.flatMap(([raw]) => {
      try {
        const event = JSON.parse(raw ?? '') as unknown;
        return typeof event === 'object' && event !== null ? [event] : [];
      } catch {
        return [];
      }
    });
  }
}

function parseText(text: unknown): unknown {
  if (typeof text !== 'string') throw new Fault('"text" must be the schema, as JSON');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(`the schema is no JSON: ${(error as Error).message}`);
  }
}
