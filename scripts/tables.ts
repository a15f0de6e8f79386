/** `npm run tables`: what the tables of a lakehouse consist of, and their upkeep. */
import { runCommand } from './cli.ts';
import { tablesCommand } from './tables/command.ts';

await runCommand(tablesCommand);
