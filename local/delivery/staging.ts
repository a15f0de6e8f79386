/**
 * What a round gathers before it is sealed: rows as NDJSON, one file for each table, and the records that
 * failed. None of it is durable, nor need it be: until the round's file is written, the log is the truth.
 */
import type { AppendFile, Disk } from '../ports.ts';
import type { ErrorKind } from './errors.ts';
import type { Gathered } from './policy.ts';

const chunkBytes = 1024 * 1024;

interface StagedTable {
  file: string;
  /** The record that each line came from. */
  numbers: number[];
  append: AppendFile;
  chunk: Uint8Array[];
  chunkBytes: number;
}

/** A failed record: its number, and its line of an error object. */
interface Failure {
  number: number;
  kind: ErrorKind;
  line: string;
}

export class Staging implements Gathered {
  records = 0;
  bytes = 0;
  startedMs = 0;
  newestMs = 0;
  /** Number of the first record. */
  readonly from: number;
  readonly #disk: Disk;
  readonly #prefix: string;
  readonly #tables = new Map<string, StagedTable>();
  #dropped: number[] = [];
  #failures: Failure[] = [];

  /** Files are named `<prefix>-<table>.ndjson`; the prefix must be this staging's own. */
  constructor(disk: Disk, prefix: string, from: number) {
    this.#disk = disk;
    this.#prefix = prefix;
    this.from = from;
  }

  /** Number past the last record gathered. */
  get to(): number {
    return this.from + this.records;
  }

  get tables(): ReadonlyMap<string, { readonly file: string; readonly numbers: readonly number[] }> {
    return this.#tables;
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  get dropped(): number {
    return this.#dropped.length;
  }

  /** The verdict on record `number` is this row. */
  async row(table: string, number: number, json: Uint8Array): Promise<void> {
    const staged = this.#tables.get(table) ?? (await this.#create(table));
    staged.numbers.push(number);
    staged.chunk.push(json, newline);
    staged.chunkBytes += json.length + 1;
    if (staged.chunkBytes >= chunkBytes) await flush(staged);
  }

  drop(number: number): void {
    this.#dropped.push(number);
  }

  fail(number: number, kind: ErrorKind, line: string): void {
    this.#failures.push({ number, kind, line });
  }

  /** Sees to it that all rows are in their files. */
  async flush(): Promise<void> {
    for (const staged of this.#tables.values()) await flush(staged);
  }

  /** The lines of a table's file, in order. */
  async lines(table: string): Promise<string[]> {
    const staged = this.#tables.get(table)!;
    await flush(staged);
    const text = (await this.#disk.read(staged.file)).toString();
    return text.split('\n').slice(0, staged.numbers.length);
  }

  /** Takes rows out of a table's file and makes their records failed ones. `lines` are indexes, ascending. */
  async failRows(table: string, faults: ReadonlyMap<number, string>, rows: readonly string[]): Promise<void> {
    const staged = this.#tables.get(table)!;
    const { numbers } = staged;
    await this.#remove(table);
    for (const [i, number] of numbers.entries()) {
      const line = faults.get(i);
      if (line === undefined) await this.row(table, number, Buffer.from(rows[i]!));
      else this.fail(number, 'iceberg-failed', line);
    }
    await this.flush();
  }

  /** Two stagings in place of this one: the records before `number`, and the rest. This one is discarded. */
  async split(number: number): Promise<[Staging, Staging]> {
    const head = new Staging(this.#disk, `${this.#prefix}a`, this.from);
    const tail = new Staging(this.#disk, `${this.#prefix}b`, number);
    const part = (of: number): Staging => (of < number ? head : tail);
    for (const [table, { numbers }] of this.#tables) {
      const lines = await this.lines(table);
      for (const [i, of] of numbers.entries()) await part(of).row(table, of, Buffer.from(lines[i]!));
    }
    for (const of of this.#dropped) part(of).drop(of);
    for (const failure of this.#failures) part(failure.number).fail(failure.number, failure.kind, failure.line);
    head.records = number - this.from;
    tail.records = this.to - number;
    await this.discard();
    return [head, tail];
  }

  /** Removes the files. */
  async discard(): Promise<void> {
    for (const table of [...this.#tables.keys()]) await this.#remove(table);
  }

  async #create(table: string): Promise<StagedTable> {
    const file = `${this.#prefix}-${table}.ndjson`;
    await this.#disk.remove(file);
    const append = await this.#disk.append(file);
    const staged = { file, append, numbers: [], chunk: [], chunkBytes: 0 };
    this.#tables.set(table, staged);
    return staged;
  }

  async #remove(table: string): Promise<void> {
    const { file, append } = this.#tables.get(table)!;
    this.#tables.delete(table);
    await append.close();
    await this.#disk.remove(file);
  }
}

async function flush(staged: StagedTable): Promise<void> {
  if (staged.chunkBytes === 0) return;
  const bytes = Buffer.concat(staged.chunk);
  staged.chunk = [];
  staged.chunkBytes = 0;
  await staged.append.write(bytes);
}

const newline = Buffer.from('\n');
