/**
 * A home: the folder that holds a lakehouse. One process owns it at a time, by a lock that dies with its
 * holder.
 *
 *     home.json   what the folder is, and the version of its layout
 *     lock        held by the process that owns the home
 *     log/        the stream
 *     rounds/     how far delivery got
 *     warehouse/  the tables: warehouse/firn/<table>
 *     errors/     records that the transform or the delivery failed on
 *     staging/    scratch; emptied at start
 *     results/    query results; emptied at start
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Fault } from '../lake/errors.ts';
import type { Clock, Disk } from './ports.ts';

const layoutVersion = 1;

export interface Home {
  directory: string;
  log: string;
  rounds: string;
  warehouse: string;
  errors: string;
  staging: string;
  results: string;
  /** Gives the home free. */
  release(): void;
}

/** Opens a home, or makes one. Throws a Fault if another process has it, or a newer version wrote it. */
export async function openHome(disk: Disk, clock: Clock, given: string): Promise<Home> {
  const directory = path.resolve(given);
  await makeDirectory(disk, directory);
  const release = await lock(directory);
  try {
    await checkLayout(disk, clock, directory);
    const at = (name: string): string => path.join(directory, name);
    for (const scratch of ['staging', 'results']) await fs.rm(at(scratch), { recursive: true, force: true });
    for (const name of ['staging', 'results', 'warehouse', 'errors']) await disk.mkdir(at(name));
    return {
      directory,
      log: at('log'),
      rounds: at('rounds'),
      warehouse: at('warehouse'),
      errors: at('errors'),
      staging: at('staging'),
      results: at('results'),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function makeDirectory(disk: Disk, directory: string): Promise<void> {
  try {
    await disk.mkdir(directory);
  } catch (error) {
    throw new Fault(`the home ${directory} cannot be made: ${(error as Error).message}`);
  }
}

/**
 * Node has no file locks; DuckDB takes one on a database that it opens for writing, on every platform, and the
 * kernel drops it when the process ends in whatever way.
 */
async function lock(directory: string): Promise<() => void> {
  // The kernel's lock is the process's, so a second owner within this process is told apart here.
  if (held.has(directory)) throw inUse(directory);
  held.add(directory);
  const file = path.join(directory, 'lock');
  try {
    // A kill while the file was made leaves one that is no database: it is nobody's, and made anew.
    const instance = await openLock(directory, file).catch(async (error: unknown) => {
      if (error instanceof Fault) throw error;
      await fs.rm(file, { force: true });
      return openLock(directory, file);
    });
    return () => {
      instance.closeSync();
      held.delete(directory);
    };
  } catch (error) {
    held.delete(directory);
    throw error instanceof Fault ? error : new Fault(`the home ${directory} cannot be locked: ${error}`);
  }
}

async function openLock(directory: string, file: string): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(file);
  } catch (error) {
    throw /could not set lock/i.test((error as Error).message) ? inUse(directory) : error;
  }
}

function inUse(directory: string): Fault {
  return new Fault(`the home ${directory} is in use by another process; stop it, or choose another with --home`);
}

const held = new Set<string>();

async function checkLayout(disk: Disk, clock: Clock, directory: string): Promise<void> {
  const file = path.join(directory, 'home.json');
  if (!(await disk.exists(file))) {
    const others = (await disk.list(directory)).filter((name) => !name.startsWith('lock'));
    if (others.length > 0) {
      throw new Fault(
        `${directory} is not a home of Firn: it holds ${others[0]} but no home.json; choose an empty or new folder`,
      );
    }
    const home = { firn: 'home', version: layoutVersion, created: new Date(clock.now()).toISOString() };
    await disk.create(file, Buffer.from(`${JSON.stringify(home)}\n`));
    return;
  }
  const { version } = JSON.parse((await disk.read(file)).toString()) as { version: number };
  if (version > layoutVersion) {
    throw new Fault(
      `the home ${directory} was written by a newer version of Firn (layout ${version}, this one knows ` +
        `${layoutVersion}); use that version, or another home`,
    );
  }
}
