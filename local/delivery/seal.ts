/** Staging → sealed round: Parquet files of all its tables and error objects, all durable. */
import path from 'node:path';
import { fitRow } from '../../lake/firehose-row.ts';
import { fromIcebergFields } from '../../lake/iceberg.ts';
import type { Settings } from '../../lake/settings.ts';
import { dataDirectory, toPath } from '../iceberg/location.ts';
import { currentSchema, defaultSortOrder, defaultSpec } from '../iceberg/metadata.ts';
import { randomUuid } from '../iceberg/random.ts';
import { RowError } from '../iceberg/row-error.ts';
import type { DataFile, ParquetWriter, StageResult } from '../iceberg/types.ts';
import type { Clock, Disk, Random } from '../ports.ts';
import { errorKinds, errorLine, errorPath } from './errors.ts';
import type { ErrorObject, Round } from './round.ts';
import type { Staging } from './staging.ts';
import type { TableSet } from './tables.ts';

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
  /** Where error objects wait for their round, and where they belong. */
  stagingDirectory: string;
  errorDirectory: string;
}

export class Sealer {
  readonly #options: SealOptions;

  constructor(options: SealOptions) {
    this.#options = options;
  }

  /**
   * Makes a staging's files durable. `cut`: it touches more partitions than one commit may; nothing was kept,
   * and the records from `cut` on belong to a later round.
   */
  async seal(staging: Staging, round: number): Promise<Round | { cut: number }> {
    const tables: Record<string, readonly DataFile[]> = {};
    let cut = Number.POSITIVE_INFINITY;
    await staging.flush();
    for (const [table, { numbers }] of staging.tables) {
      const result = await this.#stage(table, staging, round);
      if ('files' in result) tables[table] = result.files;
      else cut = Math.min(cut, numbers[result.cutAtRow]!);
    }
    if (cut < Number.POSITIVE_INFINITY) {
      await this.#remove(Object.values(tables).flat());
      return { cut };
    }
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
      errors: await this.#stageErrors(staging, round),
    };
  }

  /** One table's rows as Parquet. Rows that do not fit are failed ones, as with Firehose; the rest goes on. */
  async #stage(table: string, staging: Staging, round: number): Promise<StageResult> {
    const { writer, tables, settings } = this.#options;
    const { metadata, directory } = tables.get(table);
    const request = {
      schema: currentSchema(metadata),
      spec: defaultSpec(metadata),
      sortOrder: defaultSortOrder(metadata),
      directory: dataDirectory(directory),
      filePrefix: `r${String(round).padStart(10, '0')}-`,
      maxPartitions: settings.partitionsPerCommit,
    };
    const stage = (): Promise<StageResult> => {
      const staged = staging.tables.get(table);
      if (staged === undefined || staged.numbers.length === 0) return Promise.resolve({ files: [] });
      return writer.stage({ ...request, ndjsonPath: staged.file });
    };
    try {
      return await stage();
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      await this.#failBadRows(table, staging);
      return stage();
    }
  }

  async #failBadRows(table: string, staging: Staging): Promise<void> {
    const { clock, transformArn } = this.#options;
    const fields = fromIcebergFields(currentSchema(this.#options.tables.get(table).metadata).fields);
    const lines = await staging.lines(table);
    const faults = new Map<number, string>();
    const endedMs = clock.now();
    const rows = lines.map((line, i) => {
      const fitted = fitRow(fields, line);
      if ('row' in fitted) return fitted.row;
      const raw = Buffer.from(line);
      const error = { errorCode: 'Iceberg.BadData', errorMessage: fitted.fault, attemptsMade: 1 };
      faults.set(i, errorLine({ raw, ...error, arrivalMs: endedMs, endedMs, lambdaArn: transformArn }));
      return line;
    });
    await staging.failRows(table, faults, rows);
  }

  async #stageErrors(staging: Staging, round: number): Promise<ErrorObject[]> {
    const { disk, clock, random, streamName, stagingDirectory, errorDirectory } = this.#options;
    const objects: ErrorObject[] = [];
    for (const kind of errorKinds) {
      const lines = staging.failures.filter((failure) => failure.kind === kind).map(({ line }) => line);
      if (lines.length === 0) continue;
      await disk.mkdir(stagingDirectory);
      const staged = path.join(stagingDirectory, `${round}-${kind}.ndjson`);
      await disk.write(staged, Buffer.from(lines.join('')));
      await disk.syncDir(stagingDirectory);
      const target = errorPath(kind, streamName, clock.now(), randomUuid(random));
      objects.push({ staged, target: path.join(errorDirectory, target) });
    }
    return objects;
  }

  async #remove(files: readonly DataFile[]): Promise<void> {
    for (const { filePath } of files) await this.#options.disk.remove(toPath(filePath));
  }
}
