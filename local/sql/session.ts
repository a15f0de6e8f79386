/**
 * A connection to the DuckDB that runs queries, as far as others need it: what it takes and gives is plain, since it
 * lives in another process (`executor.ts`).
 */
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Type } from '../../lake/types.ts';
import { columnType } from './column-types.ts';
import type { ResultRow } from './csv.ts';
import { SqlError } from './errors.ts';
import { type ColumnInfo, columnInfo, type Formatter, formatter } from './format.ts';
import { nameRowFields } from './unnamed.ts';

/** A value that DuckDB computed; null also for types that have no place here. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | { days: number }
  | { micros: bigint }
  | { unscaled: bigint; scale: number };

/** Each method rejects with DuckDB's message. */
export interface Session {
  run(sql: string): Promise<void>;
  /** All rows of a small answer. */
  rows(sql: string): Promise<Plain[][]>;
  /** Names and types of a query's columns. */
  describe(sql: string): Promise<{ name: string; type: Type }[]>;
  /** Starts a query; `next` gives its rows. */
  start(sql: string): Promise<ColumnInfo[]>;
  /** Some more rows, formatted as Athena prints them; undefined at the end. */
  next(): Promise<ResultRow[] | undefined>;
  /** Ends what is running. */
  interrupt(): void;
  close(): void;
}

/** A session in a process of its own. */
export interface RemoteSession extends Session {
  /** Ends the process, and with it every session: for one that hears nothing. */
  abandon(): void;
}

/** Of one row, in characters (Athena user guide, "Considerations and limitations for SQL queries": 32 MB). */
const rowMax = 32 * 1024 * 1024;
/** Rows are handed over before they are much larger together, in characters. */
const handOver = 1024 * 1024;

/** The session itself, where DuckDB is. */
export class DuckDbSession implements Session {
  readonly #connection: DuckDBConnection;
  #result: DuckDBResult | undefined;
  #formats: Formatter[] = [];
  #chunk: DuckDBDataChunk | undefined;
  /** Rows of the chunk that were given. */
  #given = 0;
  /** Settles when nothing is being fetched. */
  #fetched: Promise<unknown> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  async rows(sql: string): Promise<Plain[][]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map(plain));
  }

  async describe(sql: string): Promise<{ name: string; type: Type }[]> {
    const { names, types } = shapeOf(await this.#connection.prepare(sql));
    return names.map((name, at) => ({ name, type: columnType(types[at]!) }));
  }

  async start(sql: string): Promise<ColumnInfo[]> {
    const prepared = await this.#connection.prepare(sql);
    const { names, types } = shapeOf(prepared);
    const named = nameRowFields(sql, names, types);
    const result = await (named === sql ? prepared.stream() : this.#connection.stream(named));
    this.#result = result;
    const resultTypes = result.columnTypes();
    this.#formats = resultTypes.map(formatter);
    return result.columnNames().map((name, at) => columnInfo(name, resultTypes[at]!));
  }

  async next(): Promise<ResultRow[] | undefined> {
    if (this.#chunk === undefined || this.#given >= this.#chunk.rowCount) {
      const fetching = this.#result?.fetchChunk();
      this.#fetched = Promise.resolve(fetching).catch(() => {});
      this.#chunk = (await fetching) ?? undefined;
      this.#given = 0;
    }
    if (this.#chunk === undefined || this.#chunk.rowCount === 0) return undefined;
    const rows: ResultRow[] = [];
    for (let size = 0; size < handOver && this.#given < this.#chunk.rowCount; this.#given++) {
      const values = this.#chunk.getRowValues(this.#given);
      const row = this.#formats.map((format, at) => format(values[at] ?? null));
      size += checkedSize(row);
      rows.push(row);
    }
    return rows;
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    // Rows may be under way that nobody wants any more.
    this.#connection.interrupt();
    void this.#fetched.then(() => this.#connection.closeSync());
  }
}

function shapeOf(prepared: DuckDBPreparedStatement) {
  const at = Array.from({ length: prepared.columnCount }, (_, index) => index);
  return {
    names: at.map((index) => prepared.columnName(index)),
    types: at.map((index) => prepared.columnType(index)),
  };
}

function checkedSize(row: ResultRow): number {
  const size = row.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  if (size <= rowMax) return size;
  throw new SqlError(
    'NOT_SUPPORTED',
    `a row of the result has ${size} characters; at most ${rowMax} are allowed: select less of it`,
  );
}

function plain(value: DuckDBValue): Plain {
  if (value instanceof DuckDBDateValue) return { days: value.days };
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return { micros: value.micros };
  }
  if (value instanceof DuckDBTimestampMillisecondsValue) return { micros: value.millis * 1000n };
  if (value instanceof DuckDBDecimalValue) return { unscaled: value.value, scale: value.scale };
  return typeof value === 'object' ? null : value;
}
