/**
 * Evolution has one owner: functions/migrate.ts brings live tables to their contracts. The graph invokes it when
 * the contracts change, after a new table is made and before the transform's new code writes new columns.
 */

import { migratePolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { hash } from '../schemas/index.ts';
import { type LambdaFunction, lambdaFunction } from './functions.ts';
import type { Stage } from './stage.ts';

/** Made before the tables, since the warehouse's policy and the grants name its role. */
export function migrateFunction(stage: Stage, places: $util.Output<Places>): LambdaFunction {
  return lambdaFunction(stage, 'Migrate', {
    handler: 'migrate.handler',
    description: 'Brings live tables to what their contracts say',
    memory: '512 MB',
    timeout: '5 minutes',
    environment: { FIRN_DATABASE: stage.names.database },
    policy: places.apply(migratePolicy),
  });
}

/** A failed migration stops the deployment here: the former transform goes on writing the former columns. */
export function migration(
  { alias, name, ready }: LambdaFunction,
  after: $util.Resource[],
): aws.lambda.Invocation {
  return new aws.lambda.Invocation(
    'Migration',
    {
      functionName: name,
      qualifier: alias.name,
      input: JSON.stringify({ dryRun: false }),
      triggers: { contracts: hash },
    },
    { dependsOn: [...ready, ...after] },
  );
}
