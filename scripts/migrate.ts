/** Brings a stage's tables to what their contracts say: what the deployment does by itself, by hand or to look. */
import { runCommand } from './cli.ts';
import { migrateCommand } from './cloud/migrate.ts';

await runCommand(migrateCommand);
