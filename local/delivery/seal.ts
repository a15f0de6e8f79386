/** Staging → sealed round: Parquet files of all its tables and error objects, all durable. */
import path from 'node:path';
import { fitRow } from '../../lake/firehose-row.ts';
import { icebergSchema } from '../../lake/iceberg.ts';
import type { Settings } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { dataDirectory } from '../iceberg/location.ts';
import { defaultSortOrder, defaultSpec } from '../iceberg/metadata.ts';
import { randomUuid } from '../iceberg/random.ts';
import { RowError } from '../iceberg/row-error.ts';
import type { DataFile, ParquetWriter, StageRequest, StageResult } from '../iceberg/types.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { errorKinds, errorLine, errorPath } from './errors.ts';
import { writableBy } from './foreign-columns.ts';
import { attemptPrefix, type ErrorObject, type Round } from './round.ts';
import type { Staging } from './staging.ts';
import type { TableSet } from './tables.ts';

/** Error objects wait here, below the error prefix, until their round is committed. */
const waitingFolder = '.waiting';

export interface SealOptions {
  disk: Disk;
  clock: Clock;
  random: Random;
  settings: Settings;
  logId: string;
  streamName: string;
  transformArn: string;
  writer: ParquetWriter;
  tables: TableSet;
  contracts: ReadonlyMap<string, Contract>;
  errorDirectory: string;
  /** Scratch. */
  stagingDirectory: string;
}

/** Everything that staging a table's rows needs but the rows. */
type ProbeRequest = Omit<StageRequest, 'ndjsonPath' | 'upsert'>;

export class Sealer {
  readonly #options: SealOptions;

  constructor(options: SealOptions) {
    this.#options = options;
  }

  /**
   * Makes a staging's files durable. `cuts`: it touches more partitions than one commit may; nothing was kept,
   * and it is to be split at these records. What a failure leaves behind is removed, since it is tried again.
   */
  async seal(staging: Staging, round: number): Promise<Round | { cuts: number[] }> {
    const filePrefix = attemptPrefix(round, this.#options.random);
    try {
      const sealed = await this.#seal(staging, round, filePrefix);
      if ('cuts' in sealed) await this.#removeFiles(filePrefix);
      return sealed;
    } catch (error) {
      await this.#removeFiles(filePrefix);
      throw error;
    }
  }

  async #seal(staging: Staging, round: number, filePrefix: string): Promise<Round | { cuts: number[] }> {
    const tables: Record<string, readonly DataFile[]> = {};
    const keys: Record<string, string> = {};
    const cuts = new Set<number>();
    await staging.flush();
    for (const table of staging.tables.keys()) {
      const result = await this.#stage(table, staging, filePrefix);
      const { numbers = [] } = staging.tables.get(table) ?? {};
      if ('files' in result) {
        tables[table] = result.files;
        if (result.keysPath !== undefined) keys[table] = result.keysPath;
      } else for (const row of result.cutAtRows) cuts.add(numbers[row]!);
    }
    if (cuts.size > 0) return { cuts: [...cuts].sort((a, b) => a - b) };
    const rows = Object.fromEntries(
      [...staging.tables].map(([table, { numbers }]) => [table, numbers.length]),
    );
    const { records, dropped, failures, from, to } = staging;
    return {
      round,
      logId: this.#options.logId,
      from,
      to,
      sums: { records, rows, dropped, failed: failures.length },
      tables,
      keys,
      errors: await this.#stageErrors(staging, round),
    };
  }

  /** One table's rows as Parquet. Rows that do not fit are failed ones, as with Firehose; the rest goes on. */
  async #stage(table: string, staging: Staging, filePrefix: string): Promise<StageResult> {
    const { writer, tables, settings } = this.#options;
    const { metadata, directory } = tables.get(table);
    // The contract's, not the table's: rows have its names, and readers find columns by id, whatever another writer
    // called them or added meanwhile.
    const schema = icebergSchema(this.#contract(table));
    const request = {
      schema,
      spec: writableBy(defaultSpec(metadata), metadata['partition-specs'], schema),
      sortOrder: writableBy(defaultSortOrder(metadata), metadata['sort-orders'], schema),
      directory: dataDirectory(directory),
      filePrefix,
      maxPartitions: settings.partitionsPerCommit,
    };
    for (let attempt = 1; ; attempt++) {
      const staged = staging.tables.get(table);
      if (staged === undefined || staged.numbers.length === 0) return { files: [] };
      try {
        return await writer.stage({ ...request, ...this.#upsert(table, staging), ndjsonPath: staged.file });
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        if (attempt === 1) await this.#failMisfits(table, staging);
        else await this.#failRefused(table, staging, { ...request, filePrefix: `${filePrefix}probe-` });
      }
    }
  }

  #contract(table: string): Contract {
    return this.#options.contracts.get(table)!;
  }

  /** By which columns a table's rows replace others; nothing for tables that are appended to. */
  #upsert(table: string, staging: Staging): Pick<StageRequest, 'upsert'> {
    const { fields, identifier } = this.#contract(table);
    if (identifier.length === 0) return {};
    const fieldIds = fields.filter(({ name }) => identifier.includes(name)).map(({ id }) => id);
    return { upsert: { fieldIds, deletedRows: staging.deletedRows(table) } };
  }

  /** Brings a table's rows into their form, as Firehose coerces them; those that no rule brings there fail. */
  async #failMisfits(table: string, staging: Staging): Promise<void> {
    const { fields } = this.#contract(table);
    const lines = await staging.lines(table);
    const faults = new Map<number, string>();
    const rows = lines.map((line, i) => {
      const fitted = fitRow(fields, line);
      if ('row' in fitted) return fitted.row;
      faults.set(i, this.#errorLine(line, fitted.fault));
      return line;
    });
    await staging.failRows(table, faults, rows);
  }

  /** Fails the rows that the writer refuses though their form is right. */
  async #failRefused(table: string, staging: Staging, request: ProbeRequest): Promise<void> {
    const lines = await staging.lines(table);
    const refused = await this.#refused(lines, 0, request);
    if (refused.size === 0) throw new Error(`${table}: rows were refused together, but none of them alone`);
    const faults = new Map([...refused].map(([i, reason]) => [i, this.#errorLine(lines[i]!, reason)]));
    await staging.failRows(table, faults, lines);
  }

  /** Which of some lines the writer refuses, and why: halves are tried until they are single lines. */
  async #refused(
    lines: readonly string[],
    from: number,
    request: ProbeRequest,
  ): Promise<Map<number, string>> {
    const { disk, writer, stagingDirectory } = this.#options;
    const ndjsonPath = path.join(stagingDirectory, 'probe.ndjson');
    await disk.write(ndjsonPath, Buffer.from(`${lines.join('\n')}\n`));
    try {
      await writer.stage({ ...request, ndjsonPath });
      return new Map();
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      if (lines.length === 1) return new Map([[from, error.message]]);
      const half = lines.length >> 1;
      const first = await this.#refused(lines.slice(0, half), from, request);
      const second = await this.#refused(lines.slice(half), from + half, request);
      return new Map([...first, ...second]);
    } finally {
      await this.#removeFiles(request.filePrefix);
    }
  }

  #errorLine(row: string, errorMessage: string): string {
    const { clock, transformArn } = this.#options;
    const endedMs = clock.now();
    return errorLine({
      raw: Buffer.from(row),
      errorCode: 'Iceberg.BadData',
      errorMessage,
      attemptsMade: 1,
      arrivalMs: endedMs,
      endedMs,
      lambdaArn: transformArn,
    });
  }

  async #stageErrors(staging: Staging, round: number): Promise<ErrorObject[]> {
    const { disk, clock, random, streamName, errorDirectory } = this.#options;
    const waiting = path.join(errorDirectory, waitingFolder);
    const objects: ErrorObject[] = [];
    for (const kind of errorKinds) {
      const lines = staging.failures.filter((failure) => failure.kind === kind).map(({ line }) => line);
      if (lines.length === 0) continue;
      await disk.mkdir(waiting);
      const staged = path.join(waiting, `${this.#options.logId}-${round}-${kind}.ndjson`);
      await disk.write(staged, Buffer.from(lines.join('')));
      await disk.syncDir(waiting);
      const target = errorPath(kind, streamName, clock.now(), randomUuid(random));
      objects.push({ staged, target: path.join(errorDirectory, target) });
    }
    return objects;
  }

  /** Removes the Parquet files of one attempt, those among them that nobody was told of. */
  async #removeFiles(filePrefix: string): Promise<void> {
    const { disk, tables } = this.#options;
    for (const [, { directory }] of tables.entries()) {
      const data = dataDirectory(directory);
      const left = (await disk.list(data)).filter((name) => name.startsWith(filePrefix));
      for (const name of left) await disk.remove(path.join(data, name));
    }
  }
}
