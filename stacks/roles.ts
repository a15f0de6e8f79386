/** Roles, and where things are for the policies in lake/cloud/roles.ts. */
import { rolePrefix } from '../lake/cloud/names.ts';
import { type Policy, trust } from '../lake/cloud/policy.ts';
import type { Places } from '../lake/cloud/statements.ts';
import type { Buckets } from './buckets.ts';
import type { Stage } from './stage.ts';

/** A role that an AWS service takes, or several. Its name is completed by AWS: role names are shared by all regions. */
export function serviceRole(
  { names, account }: Stage,
  name: string,
  service: string | readonly string[],
): aws.iam.Role {
  // Firehose says on whose behalf it comes (its guide, "Cross-service confused deputy prevention").
  const condition =
    service === 'firehose.amazonaws.com' ? { StringEquals: { 'aws:SourceAccount': account } } : undefined;
  return new aws.iam.Role(`${name}Role`, {
    namePrefix: rolePrefix(names.base, name),
    assumeRolePolicy: JSON.stringify(trust({ Service: service }, condition)),
  });
}

/** A role for people: whoever the account's own policies allow to take it. */
export function personRole(
  { names, account, partition }: Stage,
  name: string,
  description: string,
): aws.iam.Role {
  return new aws.iam.Role(`${name}Role`, {
    namePrefix: rolePrefix(names.base, name),
    description,
    assumeRolePolicy: JSON.stringify(trust({ AWS: `arn:${partition}:iam::${account}:root` })),
  });
}

export function rolePolicy(
  name: string,
  role: $util.Input<string>,
  document: $util.Output<Policy>,
): aws.iam.RolePolicy {
  return new aws.iam.RolePolicy(`${name}Policy`, {
    role,
    policy: document.apply((policy) => JSON.stringify(policy)),
  });
}

export function placesOf(stage: Stage, storage: Buckets, key: aws.kms.Key): $util.Output<Places> {
  return $util
    .all([storage.warehouse.arn, storage.errors.arn, storage.results.arn, key.arn])
    .apply(([warehouseArn, errorsArn, resultsArn, keyArn]) => ({
      partition: stage.partition,
      region: stage.region,
      account: stage.account,
      database: stage.names.database,
      tables: stage.contracts.map(({ table }) => table),
      warehouseArn,
      errorsArn,
      resultsArn,
      keyArn,
    }));
}
