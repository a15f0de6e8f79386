/** A lakehouse in a process and a home of its own, for a workload to drive. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Server {
  url: string;
  home: string;
  /** Largest resident memory so far, bytes (Linux; 0 elsewhere). */
  peakMemory(): number;
  /** CPU seconds used so far (Linux; 0 elsewhere). */
  cpuSeconds(): number;
  /** Records that have their verdict, and the rows among them. */
  delivered(): { records: number; rows: number };
  stop(): Promise<void>;
}

/** Starts what `npm start` starts, on a free port and in a new home that `stop` removes. */
export async function startServer(flags: readonly string[] = []): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-bench-'));
  const home = path.join(folder, 'home');
  // As package.json starts it.
  const args = [
    '--max-semi-space-size=32',
    '--single-threaded-gc',
    '--import',
    'tsx',
    'scripts/start.ts',
    '--home',
    home,
    '--port',
    '0',
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await firstUrl(child);
  const read = (file: string): string =>
    process.platform === 'linux' ? readFileSync(`/proc/${child.pid}/${file}`, 'utf8') : '';
  return {
    url,
    home,
    peakMemory: () => Number(/VmHWM:\s+(\d+)/.exec(read('status'))?.[1] ?? 0) * 1024,
    cpuSeconds() {
      // Fields 14 and 15 of proc(5)'s stat, in hundredths of a second; the name before them may hold spaces.
      const fields = read('stat').split(') ').pop()!.split(' ');
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
    },
    delivered() {
      try {
        const { to, sums } = JSON.parse(readFileSync(path.join(home, 'rounds/done.json'), 'utf8')) as Done;
        return { records: to, rows: Object.values(sums.rows).reduce((a, b) => a + b, 0) };
      } catch {
        return { records: 0, rows: 0 };
      }
    },
    async stop() {
      await new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Done {
  to: number;
  sums: { rows: Record<string, number> };
}

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (match !== null) resolve(match[0]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  });
}
