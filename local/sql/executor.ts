/**
 * The process that runs queries. DuckDB counts most of the memory that it takes, but not what functions make of text
 * and arrays within a step, so that one query can take all there is. Here it takes this process alone, which ends
 * itself first; the parent tells those who wait, and starts another (`executor-process.ts`).
 */
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openCaged } from './caged.ts';
import { SqlError } from './errors.ts';
import type { ExecutorOptions, FromExecutor, ToExecutor } from './executor-process.ts';
import { DuckDbSession } from './session.ts';

const options = JSON.parse(process.argv[2] ?? '') as ExecutorOptions;
dieFirst();
// Whoever ends the parent from a terminal ends it alone: it ends this one, after what is being answered.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const opening = openCaged(options);
const sessions = new Map<number, DuckDbSession>();
const watch = new Worker(new URL('./executor-watch.mjs', import.meta.url), {
  workerData: options.processBytesMax,
});
process.on('message', (message: ToExecutor) => {
  answer(message).then(send, (error: unknown) => send(failure(message.id, error)));
});

async function answer({ id, session: own, call, sql = '' }: ToExecutor): Promise<FromExecutor> {
  if (call === 'open') {
    sessions.set(own, new DuckDbSession(await (await opening).connect()));
    watch.postMessage(true);
    return { id };
  }
  const session = sessions.get(own);
  if (session === undefined) throw new Error('the session is closed');
  switch (call) {
    case 'interrupt':
      session.interrupt();
      return { id };
    case 'close':
      sessions.delete(own);
      session.close();
      watch.postMessage(sessions.size > 0);
      return { id };
    case 'next': {
      // One text crosses faster than thousands.
      const rows = await session.next();
      return { id, value: rows && JSON.stringify(rows) };
    }
    default:
      return { id, value: await session[call](sql) };
  }
}

function send(message: FromExecutor): void {
  process.send?.(message);
}

function failure(id: number, error: unknown): FromExecutor {
  const message = error instanceof Error ? error.message : String(error);
  return { id, error: { message, ...(error instanceof SqlError && { code: error.code }) } };
}

/** Linux's own killer, should it come before us, is to take this process and not the parent. */
function dieFirst(): void {
  try {
    if (process.platform === 'linux') writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // A sandbox may not show this file; then the kernel chooses by size.
  }
}
