import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../helpers/temporary.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Run {
  process: ChildProcess;
  out(): string;
  err(): string;
  /** Resolves when the output has this text. */
  printed(text: string): Promise<void>;
  code: Promise<number>;
}

/** The command as a person runs it; what it makes in the system's temporary folder goes to `temporary`. */
function demo(temporary: string, ...args: string[]): Run {
  const environment = { PATH: process.env.PATH, TMPDIR: temporary, TEMP: temporary };
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], {
    cwd: root,
    env: environment,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const text = { out: '', err: '' };
  let look = (): void => {};
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  return {
    process: child,
    out: () => text.out,
    err: () => text.err,
    printed: (wanted) =>
      new Promise((resolve) => {
        look = () => {
          if (text.out.includes(wanted)) resolve();
        };
        look();
      }),
    code: once(child, 'close').then(([code]) => Number(code)),
  };
}

/** The homes that the demo left behind; other programs' files (tsx has a cache) do not count. */
function homesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('firn-demo-'));
}

test('events of every table go in by HTTP, and each is told in the sums; then the home is gone', async () => {
  const temporary = temporaryFolder();
  const run = demo(temporary, '--once', '--port', '0', '--max-count', '400');
  expect({ code: await run.code, err: run.err() }).toEqual({ code: 0, err: '' });
  for (const table of ['app_event', 'clickstream', 'ecommerce_event', 'web_log']) {
    expect(run.out()).toMatch(new RegExp(`${table} +100\\n`));
    expect(run.out()).toMatch(new RegExp(`${table} +98 +\\d{4}-`));
  }
  expect(run.out()).toContain('400 accepted = 392 rows + 8 rejected + 0 in flight');
  expect(homesIn(temporary)).toEqual([]);
});

test('a home that is named is kept, and a second run adds to it', async () => {
  const temporary = temporaryFolder();
  const home = path.join(temporary, 'home');
  await demo(temporary, '--once', '--port', '0', '--max-count', '4', '--home', home).code;
  const again = demo(temporary, '--once', '--port', '0', '--max-count', '4', '--home', home);
  expect(await again.code).toBe(0);
  expect(again.out()).toContain('8 accepted = 8 rows + 0 rejected + 0 in flight');
});

test('Ctrl-C ends it in good order', async () => {
  const temporary = temporaryFolder();
  const run = demo(temporary, '--port', '0', '--max-count', '3');
  await run.printed('Ctrl-C stops the lakehouse');
  run.process.kill('SIGINT');
  // npm passes on what the terminal has sent already.
  run.process.kill('SIGINT');
  expect(await run.code).toBe(0);
  expect(homesIn(temporary)).toEqual([]);
});

test('a port in use is told, with what to do about it', async () => {
  const temporary = temporaryFolder();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const run = demo(temporary, '--port', String(port));
  expect(await run.code).toBe(1);
  expect(run.err()).toBe(`port ${port} is in use; stop what listens there, or choose another with --port\n`);
  expect(homesIn(temporary)).toEqual([]);
});
