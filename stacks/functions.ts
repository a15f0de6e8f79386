/** Lambda functions: built by SST, small, on arm64, with a log group and a role of their own. */
import { type Policy, policy, trust } from '../lake/cloud/policy.ts';
import { functionLogPolicy } from '../lake/cloud/roles.ts';
import type { Stage } from './stage.ts';

export interface LambdaFunction {
  /** As CloudWatch knows it, before it is there. */
  physical: string;
  name: $util.Output<string>;
  role: aws.iam.Role;
  /** What is invoked: a published version, so that a bad one can be taken back by pointing elsewhere. */
  alias: aws.lambda.Alias;
  /** What must be there before the first invocation. */
  ready: $util.Resource[];
  logGroup: $util.Output<string>;
}

export interface PackagedFile {
  /** A file or folder, from the project's folder. */
  from: string;
  /** In the package; absent: the same. */
  to?: string;
}

export interface FunctionOptions {
  /** Below `functions/`: `transform.handler`. */
  handler: string;
  description: string;
  memory: `${number} MB`;
  timeout: `${number} second` | `${number} seconds` | `${number} minute` | `${number} minutes`;
  environment?: Record<string, $util.Input<string>>;
  /** Put beside the code. */
  files?: readonly PackagedFile[];
  /** What the function may do beside writing its log. */
  policy?: $util.Output<Policy>;
  /** What must be done before this code runs. */
  after?: $util.Input<$util.Resource>[];
}

export function lambdaFunction(stage: Stage, name: string, options: FunctionOptions): LambdaFunction {
  const physical = `${stage.names.base}-${name.toLowerCase()}`;
  const logGroup = new aws.cloudwatch.LogGroup(`${name}Log`, {
    name: `/aws/lambda/${physical}`,
    retentionInDays: stage.settings.logDays,
  });
  const component = new sst.aws.Function(name, {
    name: physical,
    handler: `functions/${options.handler}`,
    description: options.description,
    architecture: 'arm64',
    runtime: 'nodejs22.x',
    memory: options.memory,
    timeout: options.timeout,
    environment: options.environment ?? {},
    logging: { format: 'json', logGroup: logGroup.name },
    nodejs: { minify: true },
    ...(options.files && { copyFiles: [...options.files] }),
    versioning: true,
    // In `sst dev` the function would become a bridge to a developer's machine, and Firehose would go on calling it.
    dev: false,
    transform: {
      // SST's own trust lets every principal of the account take the role, and its log policy has no bounds.
      role: {
        assumeRolePolicy: JSON.stringify(trust({ Service: 'lambda.amazonaws.com' })),
        managedPolicyArns: [],
      },
      function: (_, opts) => {
        opts.dependsOn = options.after ?? [];
      },
    },
  });
  const { role, function: lambda } = component.nodes;
  const document = $util
    .all([logGroup.arn, options.policy ?? policy([])])
    .apply(([arn, more]) => policy([...functionLogPolicy(arn).Statement, ...(more as Policy).Statement]));
  const rights = new aws.iam.RolePolicy(`${name}Policy`, {
    role: role.name,
    policy: document.apply((value) => JSON.stringify(value)),
  });
  const alias = new aws.lambda.Alias(`${name}Alias`, {
    name: 'live',
    functionName: lambda.name,
    functionVersion: lambda.version,
  });
  return { physical, name: lambda.name, role, alias, ready: [rights, alias], logGroup: logGroup.name };
}
