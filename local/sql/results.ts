/**
 * Results on disk: one file per execution, as Athena writes it (CSV of a query, lines of text of SHOW and DESCRIBE),
 * so that neither a million rows nor a slow reader lives in memory. They are scratch: a start removes what an earlier
 * process left.
 */
import { type FileHandle, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLine, endOfLine, parseCsvLine, type ResultRow } from './csv.ts';
import type { ColumnInfo } from './format.ts';
import { resultMetadata } from './result-metadata.ts';

export type { ResultRow } from './csv.ts';

export type ResultFormat = 'csv' | 'txt';

export interface ResultPage {
  rows: ResultRow[];
  /** Byte offset of the next row; absent at the end. */
  next?: number;
}

const blockBytes = 64 * 1024;
/** A page ends early when its rows are this large together. */
const pageBytesMax = 4 * 1024 * 1024;

export class ResultStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory, empty. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const files = (await readdir(this.#directory)).filter((name) => /\.(csv|txt)(\.metadata)?$/.test(name));
    await Promise.all(files.map((name) => rm(join(this.#directory, name), { force: true })));
  }

  /** `header`: the names of the columns, which are the first line of a CSV file. */
  async create(id: string, format: ResultFormat, header: readonly string[]): Promise<ResultWriter> {
    // Somebody may have cleaned up: it is scratch.
    await mkdir(this.#directory, { recursive: true });
    const writer = new ResultWriter(await open(this.path(id, format), 'w'), format);
    if (format === 'csv' && header.length > 0) writer.writeHeader(header);
    return writer;
  }

  /** Rows from a byte offset on, which is the start of one. */
  async page(id: string, format: ResultFormat, offset: number, rowsMax: number): Promise<ResultPage> {
    const file = await open(this.path(id, format), 'r');
    try {
      return await readPage(file, format, offset, rowsMax);
    } finally {
      await file.close();
    }
  }

  /** Puts a file beside the result that tells its columns. */
  async describe(id: string, format: ResultFormat, columns: readonly ColumnInfo[]): Promise<void> {
    await writeFile(`${this.path(id, format)}.metadata`, resultMetadata(id, columns));
  }

  /** Never rejects: what cannot be removed stays until the next start, and the lakehouse goes on. */
  async remove(id: string): Promise<void> {
    const files = (['csv', 'txt'] as const).map((format) => this.path(id, format));
    await Promise.allSettled(
      files.flatMap((file) => [file, `${file}.metadata`]).map((file) => rm(file, { force: true })),
    );
  }

  path(id: string, format: ResultFormat): string {
    return join(this.#directory, `${id}.${format}`);
  }
}

export class ResultWriter {
  readonly #file: FileHandle;
  readonly #format: ResultFormat;
  #buffer: string[] = [];
  #buffered = 0;
  rows = 0;
  /** Where the rows begin. */
  start = 0;
  /** Bytes written so far. */
  bytes = 0;

  constructor(file: FileHandle, format: ResultFormat) {
    this.#file = file;
    this.#format = format;
  }

  writeHeader(names: readonly string[]): void {
    const line = csvLine([...names]);
    this.#push(line);
    this.start = Buffer.byteLength(line);
  }

  async write(rows: readonly ResultRow[]): Promise<void> {
    for (const row of rows) {
      this.#push(this.#line(row));
      if (this.#buffered >= blockBytes) await this.#flush();
    }
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  /** Lines of text stand between line breaks, and none is at the end. */
  #line(row: ResultRow): string {
    if (this.#format === 'csv') {
      this.rows++;
      return csvLine(row);
    }
    return `${this.rows++ === 0 ? '' : '\n'}${row[0] ?? ''}`;
  }

  #push(line: string): void {
    this.#buffer.push(line);
    this.#buffered += line.length;
  }

  async #flush(): Promise<void> {
    const block = Buffer.from(this.#buffer.join(''));
    this.#buffer = [];
    this.#buffered = 0;
    await this.#file.writeFile(block);
    this.bytes += block.length;
  }
}

async function readPage(
  file: FileHandle,
  format: ResultFormat,
  offset: number,
  rowsMax: number,
): Promise<ResultPage> {
  const { size } = await file.stat();
  const rows: ResultRow[] = [];
  let pending = Buffer.alloc(0);
  let position = offset;
  let next = offset;
  while (rows.length < rowsMax && next - offset < pageBytesMax && next < size) {
    const isLast = position >= size;
    const found = format === 'csv' ? endOfLine(pending, 0) : pending.indexOf(10);
    const end = found < 0 && isLast ? pending.length : found;
    if (end < 0) {
      // A row larger than a block is read in ever larger ones: each time, all of it is looked at again.
      const block = Buffer.alloc(Math.min(Math.max(blockBytes, pending.length), size - position));
      const { bytesRead } = await file.read(block, 0, block.length, position);
      position += bytesRead;
      pending = Buffer.concat([pending, block.subarray(0, bytesRead)]);
      continue;
    }
    const line = pending.subarray(0, end).toString();
    rows.push(format === 'csv' ? parseCsvLine(line) : [line]);
    pending = pending.subarray(end + 1);
    next += end + 1;
  }
  return next < size ? { rows, next } : { rows };
}
