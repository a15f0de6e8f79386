/** Runs queries: a queue, an execution per query with its state, results on disk. */
import { join } from 'node:path';
import { isRestricted } from '../../lake/grants.ts';
import type { ViewDefinition } from '../../lake/queries.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Clock, Random } from '../ports.ts';
import type { Upkeep } from '../upkeep/index.ts';
import { type Answering, type Asked, answerStatement } from './answer.ts';
import type { SqlCatalog } from './catalog.ts';
import { openDatabase } from './database.ts';
import { fromDuckDb, SqlError, withoutPaths } from './errors.ts';
import type { ColumnInfo } from './format.ts';
import { withInformationSchema } from './information-schema.ts';
import { parseViews } from './load-views.ts';
import { Metastore } from './metastore.ts';
import { PreparedStatements } from './prepared.ts';
import { type ResultFormat, type ResultPage, ResultStore } from './results.ts';
import type { RemoteSession, Session } from './session.ts';
import { isUtility } from './statement.ts';
import { viewColumns } from './view-columns.ts';

export type ExecutionState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A query and how it went; times are milliseconds since 1970. */
export interface Execution extends Asked {
  id: string;
  state: ExecutionState;
  error?: SqlError;
  submittedAt: number;
  startedAt?: number;
  /** When planning was over and DuckDB had the query. */
  plannedAt?: number;
  completedAt?: number;
  bytesScanned: number;
  filesScanned: number;
  /** Absent where the asker sees a part of them. */
  rowsScanned?: number;
  /** The result: its file, how many bytes and rows that has, and where in it the rows begin. */
  format: ResultFormat;
  bytes: number;
  rows: number;
  rowsFrom: number;
  columns: ColumnInfo[];
  /** What a statement without rows did. */
  note?: string;
}

export interface EngineLimits {
  memoryLimitBytes: number;
  threads: number;
  /** A query that runs longer is stopped. */
  timeLimitMs: number;
  /** How long a query has to end when it is stopped; then the process that runs queries is ended. */
  stopLimitMs: number;
  /** Queries that run at the same time; the others wait. */
  concurrency: number;
  /** Executions remembered, results included; the oldest that are over go first. */
  executionsKept: number;
  /** Rows that one result may have. */
  rowsMax: number;
}

export const defaultEngineLimits: EngineLimits = {
  memoryLimitBytes: 512 * 1_048_576,
  threads: 2,
  timeLimitMs: 5 * 60_000,
  stopLimitMs: 10_000,
  concurrency: 4,
  executionsKept: 200,
  rowsMax: 20_000_000,
};

export interface EngineOptions {
  catalog: SqlCatalog;
  /** Absolute path: the only directory whose files a query may read. */
  warehouse: string;
  /** Absolute path: made if absent, emptied at start. */
  resultsDirectory: string;
  clock: Clock;
  random: Random;
  limits?: Partial<EngineLimits>;
  /** Carries out OPTIMIZE and VACUUM; without it they are refused. */
  upkeep?: Upkeep;
  /** Views of the database, beside its tables. */
  views?: readonly ViewDefinition[];
  /** Absent: prepared statements last as long as the engine. */
  prepared?: PreparedStatements;
}

/** What a running execution needs to be stopped by. */
interface Running {
  session?: RemoteSession;
  stop?: SqlError;
  interrupts?: NodeJS.Timeout;
  abandoning?: NodeJS.Timeout;
}

export class SqlEngine {
  readonly #options: EngineOptions;
  readonly #limits: EngineLimits;
  readonly #parts: Answering;
  readonly #results: ResultStore;
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, Running>();
  readonly #waiting: string[] = [];
  readonly #finished = new Map<string, Promise<void>>();
  #closed = false;

  private constructor(options: EngineOptions, limits: EngineLimits, parts: Answering, results: ResultStore) {
    this.#options = options;
    this.#limits = limits;
    this.#parts = parts;
    this.#results = results;
  }

  static async open(options: EngineOptions): Promise<SqlEngine> {
    const limits = { ...defaultEngineLimits, ...options.limits };
    const results = new ResultStore(options.resultsDirectory);
    await results.open();
    const spillDirectory = join(options.resultsDirectory, 'spill');
    const database = await openDatabase({ warehouse: options.warehouse, spillDirectory, ...limits });
    try {
      const { catalog, clock, upkeep, views: definitions = [] } = options;
      const views = await parseViews(database.parser, definitions, localDatabase);
      const metastore = new Metastore(catalog, definitions, (name, role) =>
        viewColumns(database, catalog, views, name, role),
      );
      const prepared = options.prepared ?? (await PreparedStatements.open());
      const parts = { database, views, metastore, prepared, upkeep, clock };
      const whole = { ...parts, catalog: withInformationSchema(catalog, metastore) };
      return new SqlEngine(options, limits, whole, results);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Databases, tables and views, for whoever describes them. */
  get metastore(): Metastore {
    return this.#parts.metastore;
  }

  get prepared(): PreparedStatements {
    return this.#parts.prepared;
  }

  /** Queues a query and answers at once; `execution` tells how it goes on. */
  start(request: Asked): string {
    if (this.#closed) throw new SqlError('INTERNAL', 'the lakehouse is stopping');
    const id = uuid(this.#options.random);
    this.#executions.set(id, {
      ...request,
      id,
      state: 'QUEUED',
      submittedAt: this.#options.clock.now(),
      bytesScanned: 0,
      filesScanned: 0,
      rowsScanned: 0,
      format: isUtility(request.sql) ? 'txt' : 'csv',
      bytes: 0,
      rows: 0,
      rowsFrom: 0,
      columns: [],
    });
    this.#waiting.push(id);
    this.#next();
    return id;
  }

  execution(id: string): Execution | undefined {
    return this.#executions.get(id);
  }

  /** All that are remembered, the newest first. */
  executions(): Execution[] {
    return [...this.#executions.values()].reverse();
  }

  /** Resolves when an execution is over, however it ended. */
  async finished(id: string): Promise<void> {
    while (this.#waiting.includes(id)) await Promise.race(this.#finished.values());
    await this.#finished.get(id);
  }

  /** Rows of a succeeded execution from a byte offset on (0 at first, then the page's `next`). */
  async results(id: string, offset: number, rowsMax: number): Promise<ResultPage> {
    const { format, rowsFrom } = this.#executions.get(id)!;
    return this.#results.page(id, format, Math.max(offset, rowsFrom), rowsMax);
  }

  /** Absolute path of the file that holds a succeeded execution's result. */
  resultFile({ id, format }: Execution): string {
    return this.#results.path(id, format);
  }

  /** Cancels an execution; one that is over stays as it is. */
  stop(id: string): void {
    const waiting = this.#waiting.indexOf(id);
    const cancelled = new SqlError('CANCELLED', 'Query was cancelled by user');
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1);
      this.#end(id, { state: 'CANCELLED', error: cancelled });
    } else {
      this.#interrupt(id, cancelled);
    }
  }

  /** Stops everything and removes all results. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of [...this.#waiting, ...this.#running.keys()]) this.stop(id);
    await Promise.all(this.#finished.values());
    for (const id of this.#executions.keys()) await this.#results.remove(id);
    await this.#parts.database.close();
  }

  #next(): void {
    while (this.#running.size < this.#limits.concurrency) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const running: Running = {};
      this.#running.set(id, running);
      const done = this.#run(this.#executions.get(id)!, running).finally(() => {
        this.#running.delete(id);
        this.#finished.delete(id);
        this.#next();
      });
      this.#finished.set(id, done);
    }
  }

  async #run(execution: Execution, running: Running): Promise<void> {
    const { id } = execution;
    Object.assign(execution, { state: 'RUNNING', startedAt: this.#options.clock.now() });
    const seconds = this.#limits.timeLimitMs / 1000;
    const tooLong = new SqlError('TIME_LIMIT', `Query exhausted its time limit of ${seconds} s`);
    const timer = setTimeout(() => this.#interrupt(id, tooLong), this.#limits.timeLimitMs);
    try {
      running.session = await this.#parts.database.connect();
      await this.#answer(execution, running.session, running);
      if (running.stop !== undefined) throw running.stop;
      this.#end(id, { state: 'SUCCEEDED' });
    } catch (thrown) {
      const error = running.stop ?? this.#tellable(fromDuckDb(thrown), execution);
      await this.#results.remove(id);
      this.#end(id, { state: error.code === 'CANCELLED' ? 'CANCELLED' : 'FAILED', error });
    } finally {
      clearTimeout(timer);
      clearInterval(running.interrupts);
      clearTimeout(running.abandoning);
      running.session?.close();
    }
    await this.#forgetOld();
  }

  async #answer(execution: Execution, session: Session, running: Running): Promise<void> {
    const answer = await answerStatement(session, this.#parts, execution);
    const { columns, format, planned } = answer;
    Object.assign(execution, {
      plannedAt: this.#options.clock.now(),
      bytesScanned: planned.bytes,
      filesScanned: planned.files,
      columns,
      format,
      rowsScanned: planned.rows,
      ...(answer.note !== undefined && { note: answer.note }),
    });
    const header = columns.map(({ name }) => name);
    const writer = await this.#results.create(execution.id, format, header);
    try {
      for await (const rows of answer.chunks) {
        if (running.stop !== undefined) throw running.stop;
        await writer.write(rows);
        execution.rows = writer.rows;
        if (writer.rows > this.#limits.rowsMax) {
          throw new SqlError(
            'NOT_SUPPORTED',
            `the result has more than ${this.#limits.rowsMax} rows: add a LIMIT`,
          );
        }
      }
    } finally {
      await writer.close();
    }
    if (columns.length > 0) await this.#results.describe(execution.id, format, columns);
    Object.assign(execution, { bytes: writer.bytes, rowsFrom: writer.start });
  }

  /** Paths of files may hold partition values, and tell of the machine: they are for those who see everything. */
  #tellable(error: SqlError, { id, role }: Execution): SqlError {
    if (!isRestricted(role)) return error;
    if (error.code !== 'INTERNAL') return withoutPaths(error, this.#options.warehouse);
    console.error(`query ${id}: ${error.message}`);
    return new SqlError('INTERNAL', 'an internal error happened; the reason is in the log of the server');
  }

  #interrupt(id: string, reason: SqlError): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.stop ??= reason;
    // An interrupt between two of DuckDB's steps is lost: repeat it until the query has noticed.
    running.interrupts ??= setInterval(() => running.session?.interrupt(), 20);
    running.abandoning ??= setTimeout(() => running.session?.abandon(), this.#limits.stopLimitMs);
    running.session?.interrupt();
  }

  #end(id: string, outcome: Pick<Execution, 'state' | 'error'>): void {
    Object.assign(this.#executions.get(id)!, outcome, { completedAt: this.#options.clock.now() });
  }

  async #forgetOld(): Promise<void> {
    const over = [...this.#executions.values()].filter(({ completedAt }) => completedAt !== undefined);
    for (const { id } of over.slice(0, Math.max(0, this.#executions.size - this.#limits.executionsKept))) {
      this.#executions.delete(id);
      await this.#results.remove(id);
    }
  }
}

/** A random (version 4) UUID. */
function uuid(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}
