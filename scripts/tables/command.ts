/** `npm run tables`: figures from the home; upkeep by the running lakehouse, or here if none is running. */
import { parseSettings } from '../../lake/settings.ts';
import { endpointOf, HomeInUse, maintainTables, readTables } from '../../local/tables.ts';
import type { Command } from '../cli.ts';
import { ask, openClient } from '../query/athena.ts';
import { givenSettings, settingFlags } from '../settings-flags.ts';
import { describeTable } from './describe.ts';

/** Settings that say when upkeep is due; the others are of no concern here. */
const ours = ['upkeep-', 'compact-', 'snapshot', 'orphan-'];
const upkeepFlags = Object.fromEntries(
  Object.entries(settingFlags).filter(([name]) => ours.some((prefix) => name.startsWith(prefix))),
);

const flags = {
  home: { type: 'string', value: 'folder', help: 'folder that holds the lakehouse', default: '.firn' },
  maintain: {
    type: 'boolean',
    help: 'compact, expire and clean up now, whether it is due or not',
  },
  endpoint: {
    type: 'string',
    value: 'url',
    help: 'where the lakehouse answers that has the home, if it is running (default: where it said itself)',
  },
  ...upkeepFlags,
} as const;

export const tablesCommand: Command<typeof flags> = {
  name: 'npm run tables --',
  summary: 'Shows what each table consists of, what upkeep did last, and what is due.',
  flags,
  examples: ['npm run tables', 'npm run tables -- --maintain'],
  async run(values) {
    const home = String(values.home);
    const settings = parseSettings(givenSettings(values), process.env);
    if (values.maintain) {
      try {
        await maintainTables(home, settings, (table, done) => console.log(`${table}: ${done}`));
      } catch (error) {
        if (!(error instanceof HomeInUse)) throw error;
        const endpoint = (values.endpoint as string | undefined) ?? (await endpointOf(home));
        if (endpoint === undefined) throw error;
        await askRunning(endpoint, [...(await readTables(home, settings)).keys()]);
      }
    }
    for (const [name, figures] of await readTables(home, settings)) {
      console.log(describeTable(name, figures));
    }
    return 0;
  },
};

/** The lakehouse that has the home does it itself, by the statements that Athena has for it. */
async function askRunning(endpoint: string, tables: readonly string[]): Promise<void> {
  const client = openClient(endpoint, process.env);
  for (const table of tables) {
    const done: string[] = [];
    for (const sql of [`OPTIMIZE "${table}" REWRITE DATA USING BIN_PACK`, `VACUUM "${table}"`]) {
      done.push((await ask(client, { sql, parameters: [] })).note ?? 'done');
    }
    console.log(`${table}: ${done.join(', ')} (by the running lakehouse)`);
  }
}
