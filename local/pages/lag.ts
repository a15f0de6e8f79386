/** What the log said of its growth, until delivery passed it: when the oldest record came that is not delivered, and how much waits. */
export class Lag {
  /** Ascending; the first may be partly delivered. */
  #waiting: { first: number; end: number; atMs: number; bytes: number }[] = [];
  #end = 0;
  #to = 0;

  /** Records before `to` are delivered from the start. */
  constructor(to = 0) {
    this.#end = to;
    this.#to = to;
  }

  /** The log is durable up to record `end`, by so many bytes more. */
  grew(end: number, atMs: number, bytes: number): void {
    const last = this.#waiting.at(-1);
    // Within a tenth of a second it is one growth: a busy log grows hundreds of times a second.
    if (last !== undefined && atMs - last.atMs < 100 && this.#waiting.length > 1) {
      last.end = end;
      last.bytes += bytes;
    } else this.#waiting.push({ first: this.#end, end, atMs, bytes });
    this.#end = end;
  }

  /** Records before `to` are delivered. */
  delivered(to: number): void {
    this.#to = to;
    const first = this.#waiting.findIndex(({ end }) => end > to);
    this.#waiting = first < 0 ? [] : this.#waiting.slice(first);
  }

  get oldestMs(): number | undefined {
    return this.#waiting[0]?.atMs;
  }

  /** Size in the log of what is not delivered; of a growth that is partly delivered, its share. */
  get bytes(): number {
    const sizes = this.#waiting.map(({ first, end, bytes }) =>
      Math.round((bytes * (end - Math.max(first, this.#to))) / Math.max(1, end - first)),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}
