/** `npm run keys`: who may ask the lakehouse on this machine. */
import { runCommand } from './cli.ts';
import { keysCommand } from './keys/command.ts';

await runCommand(keysCommand);
