/** How far delivery got, for those who wait for it. */
export class Progress {
  #to: number;
  #waiting: { to: number; resolve: (reached: boolean) => void }[] = [];

  constructor(to: number) {
    this.#to = to;
  }

  /** Records before `to` have their verdict. */
  advance(to: number): void {
    this.#to = Math.max(this.#to, to);
    const reached = this.#waiting.filter((one) => one.to <= this.#to);
    this.#waiting = this.#waiting.filter((one) => one.to > this.#to);
    for (const { resolve } of reached) resolve(true);
  }

  /** Whether records before `to` have their verdict within so many milliseconds. */
  async reached(to: number, withinMs: number): Promise<boolean> {
    if (to <= this.#to) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    const one = { to, resolve: (_: boolean) => {} };
    const done = new Promise<boolean>((resolve) => {
      one.resolve = resolve;
      this.#waiting.push(one);
    });
    const reached = await Promise.race([done, late]);
    clearTimeout(timer);
    this.#waiting = this.#waiting.filter((other) => other !== one);
    return reached;
  }
}
