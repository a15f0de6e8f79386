/**
 * Files that no snapshot refers to any more, until they are deleted: a query, or a reader in another process, may have
 * planned them before, so each waits for as long as a query may run.
 */
import path from 'node:path';
import type { Clock, Disk } from '../ports.ts';
import type { Vacuumed } from './index.ts';

export class Garbage {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #readersMs: number;
  /** By absolute path: when it may go. */
  readonly #dueMs = new Map<string, number>();

  /** `readersMs`: how long a query may go on reading files that were planned before they became garbage. */
  constructor({ disk, clock }: { disk: Disk; clock: Clock }, readersMs: number) {
    this.#disk = disk;
    this.#clock = clock;
    this.#readersMs = readersMs;
  }

  has(file: string): boolean {
    return this.#dueMs.has(file);
  }

  add(files: readonly string[]): void {
    const dueMs = this.#clock.now() + this.#readersMs;
    for (const file of files) this.#dueMs.set(file, dueMs);
  }

  /** Deletes what has waited long enough; answers which files those were. */
  async remove(): Promise<string[]> {
    const removed: string[] = [];
    for (const [file, dueMs] of [...this.#dueMs]) {
      if (dueMs > this.#clock.now()) continue;
      this.#dueMs.delete(file);
      // What cannot be removed becomes an orphan.
      await this.#disk.remove(file).then(
        () => removed.push(file),
        () => undefined,
      );
    }
    return removed;
  }

  /** What waits in a directory, and for how long the last of it. */
  waitingIn(directory: string): Pick<Vacuumed, 'waiting' | 'waitMs'> {
    const due = [...this.#dueMs].filter(([file]) => isInside(directory, file)).map(([, dueMs]) => dueMs);
    const lastMs = due.reduce((last, dueMs) => Math.max(last, dueMs), this.#clock.now());
    return { waiting: due.length, waitMs: lastMs - this.#clock.now() };
  }
}

export function isInside(directory: string, file: string): boolean {
  return file.startsWith(directory + path.sep);
}
