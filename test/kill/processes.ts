/** The project's commands as processes of their own, to be killed as a kernel kills. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** Small buffers and segments: many rounds, rolls and trims for a kill to fall into. */
const serverFlags = {
  port: 0,
  'buffer-ms': 60,
  'buffer-idle-ms': 15,
  'log-segment-mib': 1,
  'log-retention-hours': 0,
  'disk-reserve-mib': 1,
  // Upkeep without rest: kills fall into compaction and expiry, too.
  'upkeep-seconds': 1,
  'compact-quiet-minutes': 0,
  'compact-min-files': 4,
  'compact-busy-files': 4,
  'snapshots-max': 4,
};

/** A process of ours, and what it said. */
export class Command {
  readonly #child: ChildProcess;
  #said = '';
  #stopped = false;

  constructor(script: string, flags: Readonly<Record<string, string | number>>) {
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const node = ['--import', 'tsx', script, ...args];
    this.#child = spawn(process.execPath, node, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
    const listen = (chunk: Buffer) => {
      this.#said += chunk.toString();
    };
    this.#child.stdout!.on('data', listen);
    this.#child.stderr!.on('data', listen);
    this.#child.once('close', () => {
      this.#stopped = true;
    });
  }

  get said(): string {
    return this.#said;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Sends a signal, waits for the end, and answers the exit code; null if the signal was it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    if (!this.#stopped) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** Waits for something that it says. Throws with what it said instead, if it ends before. */
  async untilSaid(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#said);
      if (match !== null) return match;
      if (this.#stopped) throw new Error(`ended without saying ${pattern}:\n${this.#said}`);
      await sleep(5);
    }
  }
}

/** `npm start` on a home. */
export function startServer(home: string): Command {
  return new Command('scripts/start.ts', { ...serverFlags, home });
}

/** The server's URL, once it takes requests. */
export async function readyUrl(server: Command): Promise<string> {
  return (await server.untilSaid(/health +GET (\S+)\/health/))[1]!;
}

/** `npm run gen` against a server. */
export function startGenerator(url: string, flags: Readonly<Record<string, string | number>>): Command {
  return new Command('scripts/gen.ts', { 'api-url': `${url}/v1`, 'max-count': 0, ...flags });
}
