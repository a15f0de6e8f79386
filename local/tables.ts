/** The tables of a home from outside: their figures at any time, their upkeep while no process has the home. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Fault } from '../lake/errors.ts';
import { localDatabase, type Settings } from '../lake/settings.ts';
import { RoundStore } from './delivery/round.ts';
import { nodeDisk } from './disk.ts';
import { openHome } from './home.ts';
import { loadTable } from './iceberg/table.ts';
import { systemClock } from './ports.ts';
import { checkPlace } from './relocate.ts';
import { type TableFigures, tableFigures } from './upkeep/figures.ts';
import { describeUpkeep } from './upkeep/index.ts';
import { TableUpkeep } from './upkeep/upkeep.ts';

export { HomeInUse } from './home.ts';
export type { TableFigures } from './upkeep/figures.ts';

/** Figures of every table by name, whether the home is in use or not. Throws a Fault if `home` is no home. */
export async function readTables(home: string, settings: Settings): Promise<Map<string, TableFigures>> {
  const database = path.join(await homeAt(home), 'warehouse', localDatabase);
  const figures = new Map<string, TableFigures>();
  for (const name of await nodeDisk.list(database)) {
    const table = await loadTable(nodeDisk, path.join(database, name));
    if (table !== undefined) {
      figures.set(name, await tableFigures(nodeDisk, table, settings, systemClock.now()));
    }
  }
  return figures;
}

/** Where the process that has a home answers; undefined where it did not say. */
export async function endpointOf(given: string): Promise<string | undefined> {
  const file = path.join(await homeAt(given), 'endpoint');
  return (await nodeDisk.exists(file)) ? (await nodeDisk.read(file)).toString().trim() : undefined;
}

/** Upkeep of every table; what was done is told table by table. Throws `HomeInUse` if another process has the home. */
export async function maintainTables(
  given: string,
  settings: Settings,
  tell: (table: string, done: string) => void,
): Promise<void> {
  const home = await openHome(nodeDisk, systemClock, await homeAt(given));
  try {
    await checkPlace(nodeDisk, home);
    const { done } = await new RoundStore(nodeDisk, home.rounds).load();
    const upkeep = new TableUpkeep({
      ports: { disk: nodeDisk, clock: systemClock, random: { bytes: randomBytes } },
      settings,
      databaseDirectory: path.join(home.warehouse, localDatabase),
      temporaryDirectory: path.join(home.staging, 'upkeep'),
      doneRound: () => done?.round ?? 0,
      // Nobody runs queries in a home that nobody else has.
      readersMs: 0,
      onError: (_, error) => {
        throw error;
      },
    });
    for (const table of await upkeep.tables()) {
      const optimized = describeUpkeep(await upkeep.optimize(table, []));
      tell(table, `${optimized}, ${describeUpkeep(await upkeep.vacuum(table))}`);
    }
  } finally {
    home.release();
  }
}

async function homeAt(given: string): Promise<string> {
  const directory = path.resolve(given);
  if (await nodeDisk.exists(path.join(directory, 'home.json'))) return directory;
  throw new Fault(`${directory} is not a home of Firn: it has no home.json`);
}
