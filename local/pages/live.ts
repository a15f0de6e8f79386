/** Server-sent events: what delivery sees, to every page that looks (HTML standard, "Server-sent events"). */
import { PassThrough, type Readable } from 'node:stream';
import type { Role } from '../aws/caller.ts';
import type { SeenRecord } from '../delivery/watch.ts';

/** Bytes that a slow page may have waiting; what comes beyond is skipped, since it would be late. */
const waitingMax = 1024 * 1024;
const heartbeatMs = 15_000;
/** Pages at once; more are no people. */
const pagesMax = 100;

interface Listener {
  role: Role;
  /** Sessions end, and keys are revoked. */
  allowed: () => boolean;
}

export class Live {
  readonly #pages = new Map<PassThrough, Listener>();
  readonly #redact: (record: SeenRecord) => SeenRecord;
  readonly #watch: (on: boolean) => void;
  #heartbeat: NodeJS.Timeout | undefined;

  /**
   * `watch` turns the sampling on with the first page and off with the last; `redact` makes of a record what those
   * may see who are not the engineer.
   */
  constructor(watch: (on: boolean) => void, redact: (record: SeenRecord) => SeenRecord) {
    this.#watch = watch;
    this.#redact = redact;
  }

  /** Whether as many pages look as may. */
  get full(): boolean {
    return this.#pages.size >= pagesMax;
  }

  /** The answer's body for a page that begins to look. It ends when `allowed` says no. */
  join(role: Role, allowed: () => boolean = () => true): Readable {
    const page = new PassThrough({ highWaterMark: waitingMax });
    page.write('retry: 1000\n\n');
    page.once('close', () => this.#leave(page));
    this.#pages.set(page, { role, allowed });
    if (this.#pages.size === 1) {
      this.#watch(true);
      this.#heartbeat = setInterval(() => this.#say(() => ': still here\n\n'), heartbeatMs);
    }
    return page;
  }

  seen(records: readonly SeenRecord[]): void {
    const whole = message('seen', records);
    const redacted = message('seen', records.map(this.#redact));
    this.#say((role) => (role === 'engineer' ? whole : redacted));
  }

  /** Verdicts on records before `to` are in the tables. */
  done(to: number): void {
    this.#say(() => message('done', { to }));
  }

  /** Ends all answers. */
  close(): void {
    for (const page of [...this.#pages.keys()]) page.destroy();
  }

  #say(textFor: (role: Role) => string): void {
    for (const [page, { role, allowed }] of this.#pages) {
      if (!mayStay(allowed)) {
        page.end();
        continue;
      }
      const text = textFor(role);
      if (page.writableLength + text.length <= waitingMax) page.write(text);
    }
  }

  #leave(page: PassThrough): void {
    this.#pages.delete(page);
    if (this.#pages.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#watch(false);
  }
}

/** Who cannot be checked (the file of keys is damaged) may not; the next request says why. */
function mayStay(allowed: () => boolean): boolean {
  try {
    return allowed();
  } catch {
    return false;
  }
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
