/**
 * Off by default: Redshift Serverless reads the same stream, for questions about the last seconds. It reads before
 * the transform does: nothing is validated, and no rule on personal data is applied, so it is the engineer's alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { askWarehousePolicy } from '../lake/cloud/people.ts';
import { redshiftStatements } from '../lake/cloud/redshift.ts';
import { runSqlPolicy, warehousePolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import type { LambdaFunction } from './functions.ts';
import { rolePolicy, serviceRole } from './roles.ts';
import type { Stage } from './stage.ts';

export function warehouse(
  stage: Stage,
  stream: aws.kinesis.Stream,
  key: aws.kms.Key,
  places: $util.Output<Places>,
  migrate: LambdaFunction,
  engineer: aws.iam.Role,
): aws.redshiftserverless.Workgroup | undefined {
  const { names, settings } = stage;
  if (!settings.warehouse) return undefined;
  // Both (Redshift management guide, "Granting permissions to Amazon Redshift Serverless").
  const services = ['redshift-serverless.amazonaws.com', 'redshift.amazonaws.com'];
  const role = serviceRole(stage, 'Redshift', services);
  const rights = rolePolicy(
    'Redshift',
    role.name,
    $util.all([places, stream.arn]).apply(([at, streamArn]) => warehousePolicy(at, { streamArn })),
  );
  const database = 'firn';
  const namespace = new aws.redshiftserverless.Namespace(
    'WarehouseNamespace',
    {
      namespaceName: names.base,
      dbName: database,
      adminUsername: 'firn',
      manageAdminPassword: true,
      kmsKeyId: key.arn,
      iamRoles: [role.arn],
    },
    stage.keep,
  );
  const workgroup = new aws.redshiftserverless.Workgroup('WarehouseWorkgroup', {
    workgroupName: names.base,
    namespaceName: namespace.namespaceName,
    baseCapacity: settings.warehouseUnits,
    maxCapacity: settings.warehouseUnits,
    publiclyAccessible: false,
    // Members of events are told apart by case.
    configParameters: [
      { parameterKey: 'enable_case_sensitive_identifier', parameterValue: 'true' },
      { parameterKey: 'require_ssl', parameterValue: 'true' },
    ],
  });
  const sql = rolePolicy(
    'MigrateWarehouse',
    migrate.role.name,
    $util
      .all([workgroup.arn, namespace.adminPasswordSecretArn])
      .apply(([workgroupArn, secretArn]) => runSqlPolicy({ workgroupArn, secretArn })),
  );
  rolePolicy(
    'EngineerWarehouse',
    engineer.name,
    workgroup.arn.apply((workgroupArn) => askWarehousePolicy({ workgroupArn })),
  );
  const statements = $util
    .all([role.arn, stream.name, engineer.name])
    .apply(([roleArn, streamName, engineerName]) =>
      redshiftStatements(files(), stage.contracts, {
        role: roleArn,
        stream: streamName,
        defaultTable: settings.defaultTable,
        engineer: engineerName,
      }),
    );
  const input = $util
    .all([statements, namespace.adminPasswordSecretArn, workgroup.workgroupName])
    .apply(([all, secretArn, name]) =>
      JSON.stringify({ warehouse: { workgroup: name, database, secretArn, statements: all } }),
    );
  new aws.lambda.Invocation(
    'WarehouseSql',
    { functionName: migrate.name, qualifier: migrate.alias.name, input, triggers: { input } },
    { dependsOn: [rights, sql, workgroup, ...migrate.ready] },
  );
  return workgroup;
}

/** What is applied; the questions below are asked by hand. */
function files(): { name: string; sql: string }[] {
  const folder = path.join($cli.paths.root, 'queries/redshift');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => ({
      name: path.basename(file, '.sql'),
      sql: readFileSync(path.join(folder, file), 'utf8'),
    }));
}
