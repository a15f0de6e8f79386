/** When the oldest record came that is not delivered: what the log said of its growth, until delivery passed it. */
export class Lag {
  /** Ascending; the first may be partly delivered. */
  #waiting: { end: number; atMs: number }[] = [];

  /** The log is durable up to record `end`. */
  grew(end: number, atMs: number): void {
    const last = this.#waiting.at(-1);
    // Within a tenth of a second it is one growth: a busy log grows hundreds of times a second.
    if (last !== undefined && atMs - last.atMs < 100 && this.#waiting.length > 1) last.end = end;
    else this.#waiting.push({ end, atMs });
  }

  /** Records before `to` are delivered. */
  delivered(to: number): void {
    const first = this.#waiting.findIndex(({ end }) => end > to);
    this.#waiting = first < 0 ? [] : this.#waiting.slice(first);
  }

  get oldestMs(): number | undefined {
    return this.#waiting[0]?.atMs;
  }
}
