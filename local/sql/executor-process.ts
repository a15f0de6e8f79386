/** The parent's side of the process that runs queries: calls and their answers, and what its end means. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CageOptions } from './caged.ts';
import type { ResultRow } from './csv.ts';
import { SqlError, type SqlErrorCode } from './errors.ts';
import type { RemoteSession, Session } from './session.ts';

export interface ExecutorOptions extends CageOptions {
  /** The process ends itself when it holds more. */
  processBytesMax: number;
}

export interface ToExecutor {
  id: number;
  session: number;
  call: 'open' | Exclude<keyof Session, symbol>;
  sql?: string | undefined;
}

export interface FromExecutor {
  id: number;
  value?: unknown;
  error?: { message: string; code?: SqlErrorCode };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Of the process that ends by itself because of what a query takes: it, or V8 in it, or the kernel. */
const memorySignals: readonly (string | null)[] = ['SIGKILL', 'SIGABRT'];

export class ExecutorProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #ended: Error | undefined;
  #calls = 0;
  #sessions = 0;

  /** Starts the process; calls wait until it is ready. */
  constructor(options: ExecutorOptions) {
    this.#child = fork(fileURLToPath(new URL('./executor.mjs', import.meta.url)), [JSON.stringify(options)], {
      execArgv: ['--max-old-space-size=512'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let said = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
    });
    this.#child.on('message', (message: FromExecutor) => this.#settle(message));
    this.#exited = new Promise((resolve) => {
      const end = (error: Error): void => {
        this.#ended ??= error;
        for (const { reject } of this.#waiting.values()) reject(this.#ended);
        this.#waiting.clear();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('close', (code, signal) => {
        const error = endOf(code, signal, options);
        // What V8 says when it runs out of memory is of no use; whoever asked is told.
        if (error.code === 'INTERNAL') console.error(`${error.message}: ${said}`);
        end(error);
      });
    });
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  async session(): Promise<RemoteSession> {
    const session = ++this.#sessions;
    const ask = (call: ToExecutor['call'], sql?: string) => this.#ask({ session, call, sql });
    const tell = (call: ToExecutor['call']) => void ask(call).catch(() => {});
    await ask('open');
    return {
      run: async (sql) => void (await ask('run', sql)),
      rows: (sql) => ask('rows', sql) as ReturnType<Session['rows']>,
      describe: (sql) => ask('describe', sql) as ReturnType<Session['describe']>,
      start: (sql) => ask('start', sql) as ReturnType<Session['start']>,
      async next() {
        const rows = (await ask('next')) as string | undefined;
        return rows === undefined ? undefined : (JSON.parse(rows) as ResultRow[]);
      },
      interrupt: () => tell('interrupt'),
      close: () => tell('close'),
      abandon: () =>
        this.#kill(new SqlError('INTERNAL', 'a query did not end when it should; all that ran were ended')),
    };
  }

  async close(): Promise<void> {
    this.#kill(new SqlError('CANCELLED', 'the lakehouse is stopping'));
    await this.#exited;
  }

  #kill(reason: SqlError): void {
    this.#ended ??= reason;
    this.#child.kill('SIGKILL');
  }

  #ask(call: Omit<ToExecutor, 'id'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      // A channel that has just broken is told by the end of the process.
      this.#child.send({ ...call, id } satisfies ToExecutor, () => {});
    });
  }

  #settle({ id, value, error }: FromExecutor): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else
      waiting?.reject(
        error.code === undefined ? new Error(error.message) : new SqlError(error.code, error.message),
      );
  }
}

function endOf(code: number | null, signal: string | null, { processBytesMax }: ExecutorOptions): SqlError {
  if (!memorySignals.includes(signal)) {
    return new SqlError('INTERNAL', `the process that runs queries ended (${signal ?? `code ${code}`})`);
  }
  const mebibytes = Math.round(processBytesMax / 2 ** 20);
  return new SqlError(
    'MEMORY_LIMIT',
    `Query exceeded the memory limit: the queries that ran together took more than ${mebibytes} MiB, and all were ended`,
  );
}
