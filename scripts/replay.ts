/** `npm run replay`: sends again what became no row, once the contract or the transform was mended. */
import { runCommand } from './cli.ts';
import { replayCommand } from './replay/command.ts';

await runCommand(replayCommand);
