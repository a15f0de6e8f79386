/** `npm run relocate`: after a home was moved, its tables name their files in the new place. */
import { relocate } from '../local/relocate.ts';
import { runCommand } from './cli.ts';

await runCommand({
  name: 'npm run relocate --',
  summary: 'After a home was moved or copied: makes its tables name their files where they lie now.',
  flags: {
    home: { type: 'string', value: 'folder', help: 'folder that holds the lakehouse', default: '.firn' },
  },
  async run({ home }) {
    const moved = await relocate(home);
    for (const table of moved) console.log(`relocated ${table}`);
    if (moved.length === 0) console.log('nothing to do: every table lies where it says');
    return 0;
  },
});
