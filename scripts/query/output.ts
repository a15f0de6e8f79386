/** Standard output for a lot of text: waits when the reader is slow, and ends quietly when it has left. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Characters of a cell on a terminal. */
export const cellMax = 60;

export class Output {
  readonly #stream: Writable;
  readonly #terminal: boolean;
  #gone = false;
  #cut = false;

  constructor(stream: Writable & { isTTY?: boolean }) {
    this.#stream = stream;
    this.#terminal = stream.isTTY === true;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // `| head` closes the pipe when it has seen enough.
      if (error.code !== 'EPIPE') throw error;
      this.#gone = true;
    });
  }

  /** True when nobody reads any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** A cell of a table: as much of it as a terminal has room for, and all of it for other readers. */
  cell(text: string): string {
    if (!this.#terminal || text.length <= cellMax) return text;
    this.#cut = true;
    return `${text.slice(0, cellMax - 1).toWellFormed()}…`;
  }

  /** True when a cell was too long. */
  get cut(): boolean {
    return this.#cut;
  }

  async write(text: string): Promise<void> {
    if (this.#gone || this.#stream.write(text)) return;
    await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]).catch(() => {});
  }
}
