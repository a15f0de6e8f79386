/**
 * What a round gathers before it is sealed: rows as NDJSON, one file for each table, and the records that
 * failed. None of it is durable, nor need it be: until the round's file is written, the log is the truth.
 */
import type { AppendFile, Disk } from '../ports.ts';
import type { ErrorKind } from './errors.ts';
import type { Gathered } from './policy.ts';

interface StagedTable {
  file: string;
  /** The record that each line came from. */
  numbers: number[];
  /** Open once there is something in the file. */
  append: AppendFile | undefined;
  /** Rows that are not in the file yet: the first `used` bytes. */
  buffer: Buffer;
  used: number;
  /** Bytes in the file that count; more may be there if a write was torn. */
  written: number;
  torn: boolean;
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
  /** Records whose rows delete. */
  readonly #deletions = new Set<number>();
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

  /** The verdict on record `number` is this row, JSON as text of this encoding. It is in memory until `flush`. */
  row(table: string, number: number, json: string, encoding: 'utf8' | 'base64'): void {
    const staged = this.#tables.get(table) ?? this.#create(table);
    const room = json.length * (encoding === 'base64' ? 1 : 3) + 1;
    if (staged.buffer.length - staged.used < room) staged.buffer = enlarged(staged.buffer, staged.used, room);
    const start = staged.used;
    const end = start + staged.buffer.write(json, start, encoding);
    staged.used = endLine(staged.buffer, start, end);
    staged.numbers.push(number);
  }

  /** The row of record `number` deletes the one with its key. */
  deletes(number: number): void {
    this.#deletions.add(number);
  }

  drop(number: number): void {
    this.#dropped.push(number);
  }

  fail(number: number, kind: ErrorKind, line: string): void {
    this.#failures.push({ number, kind, line });
  }

  /** Brings rows to their files: of tables that have gathered `atLeast` bytes, or all. */
  async flush(atLeast = 1): Promise<void> {
    for (const staged of this.#tables.values()) {
      if (staged.used >= atLeast) await this.#write(staged);
    }
  }

  /** Which lines of a table's file delete. */
  deletedRows(table: string): number[] {
    if (this.#deletions.size === 0) return [];
    return this.#tables.get(table)!.numbers.flatMap((number, i) => (this.#deletions.has(number) ? [i] : []));
  }

  /** The lines of a table's file, in order. */
  async lines(table: string): Promise<string[]> {
    const staged = this.#tables.get(table)!;
    if (staged.used > 0) await this.#write(staged);
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
      if (line === undefined) this.row(table, number, rows[i]!, 'utf8');
      else this.fail(number, 'iceberg-failed', line);
    }
    await this.flush();
  }

  /**
   * Stagings in place of this one, each for the records up to the next of `cuts` (numbers, ascending). This one
   * is discarded.
   */
  async split(cuts: readonly number[]): Promise<Staging[]> {
    const froms = [this.from, ...cuts];
    const parts = froms.map((from, i) => {
      const part = new Staging(this.#disk, `${this.#prefix}.${i}`, from);
      part.records = (froms[i + 1] ?? this.to) - from;
      return part;
    });
    const partOf = (number: number): Staging => parts[froms.findLastIndex((from) => from <= number)]!;
    for (const [table, { numbers }] of this.#tables) {
      const lines = await this.lines(table);
      for (const [i, number] of numbers.entries()) partOf(number).row(table, number, lines[i]!, 'utf8');
    }
    for (const number of this.#deletions) partOf(number).deletes(number);
    for (const number of this.#dropped) partOf(number).drop(number);
    for (const { number, kind, line } of this.#failures) partOf(number).fail(number, kind, line);
    await this.discard();
    return parts;
  }

  /** Removes the files. */
  async discard(): Promise<void> {
    for (const table of [...this.#tables.keys()]) await this.#remove(table);
  }

  #create(table: string): StagedTable {
    const staged: StagedTable = {
      file: `${this.#prefix}-${table}.ndjson`,
      append: undefined,
      numbers: [],
      buffer: Buffer.alloc(0),
      used: 0,
      written: 0,
      torn: false,
    };
    this.#tables.set(table, staged);
    return staged;
  }

  /** May be called again after it failed: what was written of a torn chunk is cut first. */
  async #write(staged: StagedTable): Promise<void> {
    if (staged.append === undefined) {
      await this.#disk.remove(staged.file);
      staged.append = await this.#disk.append(staged.file);
    }
    if (staged.torn) await staged.append.truncate(staged.written);
    staged.torn = true;
    await staged.append.write(staged.buffer.subarray(0, staged.used));
    staged.torn = false;
    staged.written += staged.used;
    staged.used = 0;
  }

  async #remove(table: string): Promise<void> {
    const { file, append } = this.#tables.get(table)!;
    this.#tables.delete(table);
    await append?.close();
    await this.#disk.remove(file);
  }
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

function enlarged(buffer: Buffer, used: number, room: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, used + room, 64 * 1024));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

/** Ends a row with a newline, and takes out any within: a transform may print a row over several lines. */
function endLine(buffer: Buffer, start: number, end: number): number {
  buffer[end] = newline;
  for (let at = buffer.indexOf(newline, start); at < end; at = buffer.indexOf(newline, at)) {
    buffer[at] = space;
    if (buffer[at - 1] === carriageReturn) buffer[at - 1] = space;
  }
  return end + 1;
}
