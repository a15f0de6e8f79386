/** Asks the lakehouse: a query that ships, or SQL of one's own. */
import { runCommand } from './cli.ts';
import { queryCommand } from './query/command.ts';

await runCommand(queryCommand);
