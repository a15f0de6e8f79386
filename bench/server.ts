/** A lakehouse of its own process and home, for a workload to drive. */
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
  /** Records that are delivered. */
  delivered(): number;
  stop(): Promise<void>;
}

/** Starts `npm start`'s program on a free port and a new home, which `stop` removes. */
export async function startServer(flags: readonly string[] = []): Promise<Server> {
  const home = mkdtempSync(path.join(tmpdir(), 'firn-bench-'));
  const args = [
    ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/x/prof'] : []),
    '--import',
    'tsx',
    'scripts/start.ts',
    '--home',
    path.join(home, 'home'),
    '--port',
    '0',
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk) => {
      text += chunk;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (match !== null) resolve(match[0]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with code ${code}`)));
  });
  const status = (file: string): string => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  return {
    url,
    home: path.join(home, 'home'),
    peakMemory: () => onLinux(() => Number(/VmHWM:\s+(\d+)/.exec(status('status'))?.[1]) * 1024),
    cpuSeconds: () =>
      onLinux(() => {
        const fields = status('stat').split(') ')[1]!.split(' ');
        return (Number(fields[11]) + Number(fields[12])) / 100;
      }),
    delivered() {
      try {
        return (JSON.parse(readFileSync(path.join(home, 'home/rounds/done.json'), 'utf8')) as { to: number })
          .to;
      } catch {
        return 0;
      }
    },
    async stop() {
      await ended(child, 'SIGTERM');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill(signal);
  });
}

function onLinux(read: () => number): number {
  return process.platform === 'linux' ? read() : 0;
}
