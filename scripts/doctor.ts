/** Looks at an account before the first deployment and at a stage after it, and says what mends what is wrong. */
import { runCommand } from './cli.ts';
import { doctorCommand } from './cloud/doctor.ts';

await runCommand(doctorCommand);
