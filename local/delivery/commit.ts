/** Step 3 of a round: each of its tables commits, once, however often it is tried. */
import path from 'node:path';
import { Fault } from '../../lake/errors.ts';
import { commitRowDelta } from '../iceberg/row-delta.ts';
import type { DataFile, ParquetWriter, Ports, TableMetadata } from '../iceberg/types.ts';
import { attemptPrefix, type Done, type ErrorObject, type Round } from './round.ts';
import type { TableSet } from './tables.ts';

/** How far a table got with a log: kept in a property of the table, set by the very commit that adds the rows. */
export interface Progress {
  round: number;
  to: number;
}

export function progressProperty(logId: string): string {
  return `firn.progress.${logId}`;
}

/**
 * A table's progress with a log; a log that it never saw is at zero. Another writer may have dropped the property,
 * so the snapshots that are left are asked too: each of ours says which round it is.
 */
export function progressOf({ properties, snapshots }: TableMetadata, logId: string): Progress {
  const text = properties[progressProperty(logId)];
  const { round, to } = text === undefined ? { round: 0, to: 0 } : (JSON.parse(text) as Progress);
  const rounds = snapshots
    .filter(({ summary }) => summary['firn.log'] === logId)
    .map(({ summary }) => Number(summary['firn.round']));
  return { round: Math.max(round, ...rounds), to };
}

export class Committer {
  readonly #ports: Ports;
  readonly #tables: TableSet;
  readonly #writer: Pick<ParquetWriter, 'deletes'>;

  constructor(ports: Ports, tables: TableSet, writer: Pick<ParquetWriter, 'deletes'>) {
    this.#ports = ports;
    this.#tables = tables;
    this.#writer = writer;
  }

  /** Brings a round into its tables. Tables that have it already are left alone. */
  async commit({ round, logId, to, tables, keys, errors }: Round): Promise<void> {
    for (const [name, files] of Object.entries(tables)) {
      const has = (metadata: TableMetadata): boolean => progressOf(metadata, logId).round >= round;
      const deletes = (metadata: TableMetadata) => this.#deletes(round, name, metadata, keys[name]);
      const { table } = await commitRowDelta(
        this.#ports,
        this.#tables.get(name),
        { files, deletes },
        {
          summary: { 'firn.log': logId, 'firn.round': String(round) },
          properties: { [progressProperty(logId)]: JSON.stringify({ round, to }) },
          skipIf: has,
        },
      );
      this.#tables.set(name, table);
      // The table has the round, so that nobody asks for them again.
      if (keys[name] !== undefined) await this.#ports.disk.remove(keys[name]);
    }
    for (const error of errors) await this.#publish(error);
  }

  /** Position deletes of the rows that a round replaces in a version of a table. */
  async #deletes(
    round: number,
    name: string,
    metadata: TableMetadata,
    keysPath: string | undefined,
  ): Promise<DataFile[]> {
    if (keysPath === undefined) return [];
    return this.#writer.deletes({
      table: { ...this.#tables.get(name), metadata },
      keysPath,
      filePrefix: `${attemptPrefix(round, this.#ports.random)}deletes-`,
    });
  }

  /** Throws a Fault if a table has more of this log than the rounds say: the rounds are an older copy. */
  checkProgress({ logId, round, to }: Done): void {
    for (const [name, { metadata }] of this.#tables.entries()) {
      const progress = progressOf(metadata, logId);
      if (progress.round > round || progress.to > to) {
        throw new Fault(
          `table ${name} has round ${progress.round} of this log, but the folder rounds knows ${round} only: ` +
            'it is an older copy, or was emptied. Restore it, or move the folder log away to begin a new log',
        );
      }
    }
  }

  /** Moves an error object to its place; it is there already if a crash came after the move. */
  async #publish({ staged, target }: ErrorObject): Promise<void> {
    const { disk } = this.#ports;
    if (!(await disk.exists(staged))) {
      if (await disk.exists(target)) return;
      throw new Fault(`${staged} is gone: it held records that failed, and was to become ${target}`);
    }
    await disk.mkdir(path.dirname(target));
    await disk.rename(staged, target);
    await disk.syncDir(path.dirname(target));
  }
}
