/** Makes fake events and sends them over HTTP. What the data is like: gen/sessions.ts; how it is sent: gen/sender.ts. */
import { runCommand } from './cli.ts';
import { genCommand } from './gen/command.ts';

await runCommand(genCommand);
