/** The whole way in one command: a lakehouse, events over HTTP, reports by SQL. */
import { runCommand } from './cli.ts';
import { demoCommand } from './demo/command.ts';

await runCommand(demoCommand);
