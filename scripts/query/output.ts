/** Standard output for a lot of text: waits when the reader is slow, and ends quietly when it has left. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';

export class Output {
  readonly #stream: Writable;
  #gone = false;

  constructor(stream: Writable) {
    this.#stream = stream;
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

  async write(text: string): Promise<void> {
    if (this.#gone || this.#stream.write(text)) return;
    await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]).catch(() => {});
  }
}
