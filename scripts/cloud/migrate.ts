/** `npm run migrate`: the code of functions/migrate.ts with the caller's own rights, and its plan in words. */
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { glueCatalog, migrate } from '../../functions/migrate.ts';
import type { Migration } from '../../lake/cloud/migration.ts';
import { contracts } from '../../schemas/index.ts';
import { type Command, UsageError } from '../cli.ts';
import { stageOutputs } from './outputs.ts';

const flags = {
  stage: { type: 'string', value: 'name', help: 'the stage, as it was deployed' },
  'dry-run': { type: 'boolean', help: 'print what would be done, and do nothing' },
} as const;

export const migrateCommand: Command<typeof flags> = {
  name: 'npm run migrate --',
  summary: "Brings a deployed stage's tables to what schemas/ says.",
  flags,
  examples: ['npm run migrate -- --stage dev --dry-run'],
  async run({ stage, 'dry-run': dryRun }) {
    if (stage === undefined) throw new UsageError('--stage is missing');
    const { region, database } = await stageOutputs(stage, process.env);
    const catalog = glueCatalog(database, new GlueClient({ region }), new S3Client({ region }));
    const plans = await migrate(catalog, contracts.values(), { dryRun });
    process.stdout.write(describe(plans, dryRun));
    return 0;
  },
};

/** A line for each table and each of its changes. */
export function describe(plans: readonly Migration[], dryRun: boolean): string {
  const lines = plans.flatMap(({ table, changes }) =>
    changes.length === 0
      ? [`${table}: as its contract says`]
      : [`${table}: ${dryRun ? 'would change' : 'changed'}`, ...changes.map((change) => `    ${change}`)],
  );
  return `${lines.join('\n')}\n`;
}
