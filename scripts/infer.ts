/** `npm run infer`: sample events in, a schema file out. */
import { runCommand } from './cli.ts';
import { inferCommand } from './infer/command.ts';

await runCommand(inferCommand);
