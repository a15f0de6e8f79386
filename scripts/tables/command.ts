/** `npm run tables`: figures from the home; upkeep by the running lakehouse, or here if none is running. */
import { parseSettings } from '../../lake/settings.ts';
import { HomeInUse, type Maintained, maintainTables, readTables } from '../../local/tables.ts';
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
    help: 'where the lakehouse answers, if it is running (default AWS_ENDPOINT_URL, else the local one)',
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
        await maintainTables(home, settings, (table, done) => console.log(describeDone(table, done)));
      } catch (error) {
        if (!(error instanceof HomeInUse)) throw error;
        await askRunning(values.endpoint as string | undefined, [
          ...(await readTables(home, settings)).keys(),
        ]);
      }
    }
    for (const [name, figures] of await readTables(home, settings)) {
      console.log(describeTable(name, figures));
    }
    return 0;
  },
};

/** The lakehouse that has the home does it itself, by the statements that Athena has for it. */
async function askRunning(endpoint: string | undefined, tables: readonly string[]): Promise<void> {
  const client = openClient(endpoint, process.env);
  for (const table of tables) {
    for (const sql of [`OPTIMIZE "${table}" REWRITE DATA USING BIN_PACK`, `VACUUM "${table}"`]) {
      await ask(client, { sql, parameters: [] });
    }
    console.log(`${table}: done by the running lakehouse`);
  }
}

function describeDone(table: string, { rewritten, added, expired, removed }: Maintained): string {
  return `${table}: ${rewritten} files made ${added}, ${expired} snapshots expired, ${removed} files removed`;
}
