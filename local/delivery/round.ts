/**
 * A round: a range of the log on its way into the tables. Writing its file is the commit point: from then on
 * the verdicts of its records are fixed, whatever happens to code, contract or process.
 *
 *     rounds/done.json           how far delivery got, and the sums
 *     rounds/0000000042.json     the open round, if there is one
 */
import path from 'node:path';
import { Fault } from '../../lake/errors.ts';
import { decodeDataFile, type EncodedDataFile, encodeDataFile } from '../iceberg/data-file.ts';
import type { DataFile } from '../iceberg/types.ts';
import type { Disk, Random } from '../ports.ts';

/** Verdicts on records. `rows` counts by table, `rejected` among them. */
export interface Sums {
  records: number;
  rows: Record<string, number>;
  dropped: number;
  failed: number;
}

/** A file of failed records: where it was staged, and where it belongs. */
export interface ErrorObject {
  staged: string;
  target: string;
}

export interface Round {
  /** 1, 2, 3, … */
  round: number;
  logId: string;
  /** Records `from` up to, not including, `to`. */
  from: number;
  to: number;
  sums: Sums;
  /** Data files to add, by table. */
  tables: Record<string, readonly DataFile[]>;
  /** Files of the keys whose rows are replaced, by table: of upserts only. Which rows, each commit finds anew. */
  keys: Record<string, string>;
  errors: readonly ErrorObject[];
}

/** What is delivered: rounds up to `round`, records before `to`, and the verdicts on all of them. */
export interface Done {
  round: number;
  logId: string;
  to: number;
  sums: Sums;
}

/** How the files begin that one attempt at a round writes into its tables: `r0000000042-1f0c9a33-`. */
export function attemptPrefix(round: number, random: Random): string {
  return `r${numbered(round)}-${Buffer.from(random.bytes(4)).toString('hex')}-`;
}

function numbered(round: number): string {
  return String(round).padStart(10, '0');
}

export const noSums: Sums = { records: 0, rows: {}, dropped: 0, failed: 0 };

/** The version of these files; a home that holds a later one is not touched. */
const version = 1;

/** Adds up verdicts. */
export function addSums(a: Sums, b: Sums): Sums {
  const rows = { ...a.rows };
  for (const [table, count] of Object.entries(b.rows)) rows[table] = (rows[table] ?? 0) + count;
  return {
    records: a.records + b.records,
    rows,
    dropped: a.dropped + b.dropped,
    failed: a.failed + b.failed,
  };
}

/** Every record has exactly one verdict; anything else is a bug, found before it does harm. */
export function checkSums({ records, rows, dropped, failed }: Sums): void {
  const verdicts = Object.values(rows).reduce((sum, count) => sum + count, 0) + dropped + failed;
  if (verdicts !== records) throw new Error(`a round of ${records} records has ${verdicts} verdicts`);
}

export class RoundStore {
  readonly #disk: Disk;
  readonly #directory: string;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** What is done, and the round that is open, if any. */
  async load(): Promise<{ done: Done | undefined; open: Round | undefined }> {
    await this.#disk.mkdir(this.#directory);
    const names = (await this.#disk.list(this.#directory)).filter((name) =>
      /^(\d{10}|done)\.json$/.test(name),
    );
    const done = names.includes('done.json') ? ((await this.#read('done.json')) as Done) : undefined;
    let open: Round | undefined;
    for (const name of names.filter((other) => other !== 'done.json')) {
      const round = (await this.#read(name)) as Omit<Round, 'tables'> & {
        tables: Record<string, EncodedDataFile[]>;
      };
      const isDone = round.logId === done?.logId && round.round <= done.round;
      if (isDone) await this.#disk.remove(path.join(this.#directory, name));
      else
        open = {
          ...round,
          keys: round.keys ?? {},
          tables: mapValues(round.tables, (files) => files.map(decodeDataFile)),
        };
    }
    return { done, open };
  }

  /** The commit point. */
  async open(round: Round): Promise<void> {
    const tables = mapValues(round.tables, (files) => files.map(encodeDataFile));
    await this.#disk.replace(this.#file(round.round), encode({ ...round, tables }));
  }

  /** All tables have the round. */
  async close(done: Done): Promise<void> {
    await this.#disk.replace(path.join(this.#directory, 'done.json'), encode(done));
    await this.#disk.remove(this.#file(done.round));
  }

  /** Forgets an open round whose tables have it, but whose log is no longer the one that is delivered. */
  async discard(round: Round): Promise<void> {
    await this.#disk.remove(this.#file(round.round));
  }

  #file(round: number): string {
    return path.join(this.#directory, `${numbered(round)}.json`);
  }

  async #read(name: string): Promise<unknown> {
    const file = path.join(this.#directory, name);
    const value = parse((await this.#disk.read(file)).toString(), file);
    if (value.version > version) {
      throw new Fault(
        `${file}: written by a newer version of Firn (format ${value.version}, this one knows ${version})`,
      );
    }
    return value;
  }
}

function parse(text: string, file: string): { version: number } {
  try {
    return JSON.parse(text) as { version: number };
  } catch (error) {
    throw new Fault(`${file}: is damaged (${(error as Error).message}); restore it from a copy`);
  }
}

function encode(value: object): Buffer {
  return Buffer.from(`${JSON.stringify({ version, ...value })}\n`);
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
