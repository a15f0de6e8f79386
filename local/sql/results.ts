/**
 * Results on disk: one file per execution, one JSON array of texts and nulls per row, so that neither a million
 * rows nor a slow reader lives in memory. They are scratch: a start removes what an earlier process left.
 */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export type ResultRow = (string | null)[];

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
    const files = await readdir(this.#directory);
    await Promise.all(
      files.filter((name) => name.endsWith('.ndjson')).map((name) => this.remove(name.slice(0, -7))),
    );
  }

  async create(id: string): Promise<ResultWriter> {
    return new ResultWriter(await open(this.#path(id), 'w'));
  }

  /** Rows from a byte offset on. */
  async page(id: string, offset: number, rowsMax: number): Promise<ResultPage> {
    const file = await open(this.#path(id), 'r');
    try {
      return await readPage(file, offset, rowsMax);
    } finally {
      await file.close();
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.ndjson`);
  }
}

export class ResultWriter {
  readonly #file: FileHandle;
  #buffer: string[] = [];
  #buffered = 0;
  rows = 0;
  /** Bytes written so far, for `OutputBytes` and the limit. */
  bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(rows: readonly ResultRow[]): Promise<void> {
    for (const row of rows) {
      const line = `${JSON.stringify(row)}\n`;
      this.#buffer.push(line);
      this.#buffered += line.length;
    }
    this.rows += rows.length;
    if (this.#buffered >= blockBytes) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const block = Buffer.from(this.#buffer.join(''));
    this.#buffer = [];
    this.#buffered = 0;
    await this.#file.writeFile(block);
    this.bytes += block.length;
  }
}

async function readPage(file: FileHandle, offset: number, rowsMax: number): Promise<ResultPage> {
  const rows: ResultRow[] = [];
  let pending = Buffer.alloc(0);
  let position = offset;
  let next = offset;
  while (rows.length < rowsMax && next - offset < pageBytesMax) {
    const newline = pending.indexOf(10);
    if (newline < 0) {
      const block = Buffer.alloc(blockBytes);
      const { bytesRead } = await file.read(block, 0, blockBytes, position);
      if (bytesRead === 0) return { rows };
      position += bytesRead;
      pending = Buffer.concat([pending, block.subarray(0, bytesRead)]);
      continue;
    }
    rows.push(JSON.parse(pending.subarray(0, newline).toString()) as ResultRow);
    pending = pending.subarray(newline + 1);
    next += newline + 1;
  }
  const { size } = await file.stat();
  return next < size ? { rows, next } : { rows };
}
