/**
 * A home: the folder that holds a lakehouse. One process owns it at a time, by a lock that dies with its
 * holder.
 *
 *     home.json   what the folder is, and the version of its layout
 *     lock        held by the process that owns the home
 *     log/        the stream
 *     rounds/     how far delivery got
 *     warehouse/  the tables: warehouse/<namespace>/<table>; firn is the first namespace
 *     dropped/    tables that were dropped and not purged, and namespaces.json beside it: the catalog's properties
 *     errors/     records that the transform or the delivery failed on
 *     staging/    scratch; emptied at start
 *     results/    query results; emptied at start
 *     keys.json   access keys with their roles, readable by the owner only; made by npm run keys
 *     prepared.json  prepared statements
 *     endpoint    where the process that has the home answers, or that had it last
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
  dropped: string;
  namespaces: string;
  errors: string;
  staging: string;
  results: string;
  prepared: string;
  endpoint: string;
  /** Gives the home free. */
  release(): void;
}

/** Opens a home, or makes one. Throws a Fault if another process has it, or a newer version wrote it. */
export async function openHome(disk: Disk, clock: Clock, given: string): Promise<Home> {
  if (given === '') throw new Fault('the home has no name; choose a folder with --home');
  const directory = await makeDirectory(disk, path.resolve(given));
  // Before anything is written: the folder may be somebody's who mistyped a name.
  await checkLayout(disk, clock, directory);
  const release = await lock(disk, directory);
  try {
    const at = (name: string): string => path.join(directory, name);
    for (const scratch of ['staging', 'results']) await fs.rm(at(scratch), { recursive: true, force: true });
    for (const name of ['staging', 'results', 'warehouse', 'errors']) await disk.mkdir(at(name));
    return {
      directory,
      log: at('log'),
      rounds: at('rounds'),
      warehouse: at('warehouse'),
      dropped: at('dropped'),
      namespaces: at('namespaces.json'),
      errors: at('errors'),
      staging: at('staging'),
      results: at('results'),
      prepared: at('prepared.json'),
      endpoint: at('endpoint'),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The folder, made if it was not there, under the name that it has whichever way it is reached. */
async function makeDirectory(disk: Disk, directory: string): Promise<string> {
  try {
    await disk.mkdir(directory);
    return await fs.realpath(directory);
  } catch (error) {
    throw new Fault(`the home ${directory} cannot be made: ${(error as Error).message}`);
  }
}

/**
 * Node has no file locks; DuckDB takes one on a database that it opens for writing, on every platform, and the
 * kernel drops it when the process ends in whatever way.
 */
async function lock(disk: Disk, directory: string): Promise<() => void> {
  // The kernel's lock is the process's, so a second owner within this process is told apart here.
  if (held.has(directory)) throw inUse(directory);
  held.add(directory);
  try {
    const instance = await DuckDBInstance.create(await lockFile(disk, directory));
    return () => {
      instance.closeSync();
      held.delete(directory);
    };
  } catch (error) {
    held.delete(directory);
    const { message } = error as Error;
    throw /could not set lock/i.test(message)
      ? inUse(directory)
      : new Fault(
          `${directory}/lock cannot be locked (${message}); if it is damaged, remove it and start again`,
        );
  }
}

/** The file to lock. It appears whole, so that a kill leaves none that is no database. */
async function lockFile(disk: Disk, directory: string): Promise<string> {
  const file = path.join(directory, 'lock');
  if (await disk.exists(file)) return file;
  const fresh = `${file}.${process.pid}.tmp`;
  await fs.rm(fresh, { force: true });
  (await DuckDBInstance.create(fresh)).closeSync();
  // Another process may have made it by now: then both try to lock that one.
  await disk.create(file, await disk.read(fresh)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await fs.rm(fresh, { force: true });
  return file;
}

/** Another process has the home. */
export class HomeInUse extends Fault {}

function inUse(directory: string): HomeInUse {
  return new HomeInUse(
    `the home ${directory} is in use by another process; stop it, or choose another with --home`,
  );
}

const held = new Set<string>();

async function checkLayout(disk: Disk, clock: Clock, directory: string): Promise<void> {
  const file = path.join(directory, 'home.json');
  if (!(await disk.exists(file))) await claim(disk, clock, directory, file);
  const version = readVersion((await disk.read(file)).toString());
  if (version === undefined) {
    throw new Fault(`${file} is damaged: it says no version; restore it from a copy, or choose another home`);
  }
  if (version > layoutVersion) {
    throw new Fault(
      `the home ${directory} was written by a newer version of Firn (layout ${version}, this one knows ` +
        `${layoutVersion}); use that version, or another home`,
    );
  }
}

/** Makes an empty folder a home. */
async function claim(disk: Disk, clock: Clock, directory: string, file: string): Promise<void> {
  // A kill may have left what was to become home.json.
  const others = (await disk.list(directory)).filter((name) => !/^home\.json(\..*\.tmp)?$/.test(name));
  if (others.length > 0) {
    throw new Fault(
      `${directory} is not a home of Firn: it holds ${others[0]} but no home.json; choose an empty or new folder`,
    );
  }
  const home = { firn: 'home', version: layoutVersion, created: new Date(clock.now()).toISOString() };
  try {
    await disk.create(file, Buffer.from(`${JSON.stringify(home)}\n`));
  } catch (error) {
    // Another process was first: which of the two has the home, the lock decides.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new Fault(`the home ${directory} cannot be made: ${(error as Error).message}`);
    }
  }
}

function readVersion(text: string): number | undefined {
  try {
    const { version } = JSON.parse(text) as { version?: unknown };
    return Number.isInteger(version) ? (version as number) : undefined;
  } catch {
    return undefined;
  }
}
