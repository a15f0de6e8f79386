/** A home that was moved: what in it names files by absolute path, and how that is brought to the new place. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Fault } from '../lake/errors.ts';
import { nodeDisk } from './disk.ts';
import { type Home, openHome } from './home.ts';
import { movedFrom, relocated, relocateTable } from './iceberg/relocate.ts';
import { loadTable } from './iceberg/table.ts';
import type { Ports } from './iceberg/types.ts';
import { type Disk, systemClock } from './ports.ts';

/** `npm run relocate`. Throws a Fault if `given` is no home, or another process has it. */
export async function relocate(given: string): Promise<string[]> {
  const directory = path.resolve(given);
  if (!(await nodeDisk.exists(path.join(directory, 'home.json')))) {
    throw new Fault(`${directory} is not a home of Firn: it has no home.json`);
  }
  const home = await openHome(nodeDisk, systemClock, given);
  try {
    return await relocateHome({ disk: nodeDisk, clock: systemClock, random: { bytes: randomBytes } }, home);
  } finally {
    home.release();
  }
}

type Place = Pick<Home, 'directory' | 'rounds' | 'warehouse'>;

/**
 * Brings a moved home (open, so that nobody else has it) to its new place. Interrupted, it goes on when called
 * again; without anything to do, it does nothing. Answers the directories of the tables that it changed.
 */
export async function relocateHome(ports: Ports, home: Place): Promise<string[]> {
  const moved = await movedTables(ports.disk, home);
  const [first] = moved;
  if (first === undefined) return [];
  // While a table still says where the home was: after the last one, nothing does.
  const from = formerHome(home, first);
  if (from !== undefined) await relocateRounds(ports.disk, home, from);
  for (const { directory } of moved) await relocateTable(ports, directory);
  return moved.map(({ directory }) => directory);
}

/** Throws a Fault if a table says that it lies elsewhere: a home was moved, or copied. */
export async function checkPlace(disk: Disk, home: Place): Promise<void> {
  const [first] = await movedTables(disk, home);
  if (first === undefined) return;
  throw new Fault(
    `the home ${home.directory} was moved: ${path.relative(home.directory, first.directory)} was written in ` +
      `${first.from}, and its files are named so. Run: npm run relocate -- --home ${home.directory}`,
  );
}

interface MovedTable {
  directory: string;
  /** Where its metadata says that it is. */
  from: string;
}

async function movedTables(disk: Disk, { warehouse }: Place): Promise<MovedTable[]> {
  const moved: MovedTable[] = [];
  for (const database of await disk.list(warehouse)) {
    for (const name of await disk.list(path.join(warehouse, database))) {
      const directory = path.join(warehouse, database, name);
      const table = await loadTable(disk, directory);
      const from = table && movedFrom(table.metadata, directory);
      if (from !== undefined) moved.push({ directory, from });
    }
  }
  return moved;
}

/** The old home, if the table had the same place in it; a table that was put here from elsewhere tells nothing. */
function formerHome(home: Place, { directory, from }: MovedTable): string | undefined {
  const inside = path.relative(home.directory, directory);
  return from.endsWith(`/${inside}`) ? from.slice(0, -inside.length - 1) : undefined;
}

/** The open round, if there is one, names the files that it is about to commit. */
async function relocateRounds(disk: Disk, home: Place, from: string): Promise<void> {
  for (const name of (await disk.list(home.rounds)).filter((file) => file.endsWith('.json'))) {
    const file = path.join(home.rounds, name);
    const text = (await disk.read(file)).toString();
    const moved = JSON.stringify(relocatedStrings(JSON.parse(text), from, home.directory));
    if (moved !== text.trimEnd()) await disk.replace(file, Buffer.from(`${moved}\n`));
  }
}

/** The folders of a home that files are named in: they tell a file of the old home from one of a home within it. */
const FOLDERS = ['warehouse', 'errors', 'staging', 'rounds'];

function relocatedStrings(value: unknown, from: string, to: string): unknown {
  if (typeof value === 'string') {
    return FOLDERS.reduce((text, name) => {
      // Once moved, no other folder's name fits.
      return text === value ? relocated(text, path.join(from, name), path.join(to, name)) : text;
    }, value);
  }
  if (Array.isArray(value)) return value.map((item) => relocatedStrings(item, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, relocatedStrings(member, from, to)]),
  );
}
