/** Makes fake events and sends them. What they are like: gen/sessions.ts; how they are sent: gen/sender.ts. */
import { runCommand } from './cli.ts';
import { genCommand } from './gen/command.ts';

await runCommand(genCommand);
