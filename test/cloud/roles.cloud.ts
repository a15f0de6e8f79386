import { expect, test } from 'vitest';
import type { Policy } from '../../lake/cloud/policy.ts';
import { visibleColumns } from '../../lake/grants.ts';
import { contracts } from '../../schemas/index.ts';
import { isAllowed, type Request } from './iam.ts';
import { deployer, render } from './render/render.ts';

const graph = await render({ environment: { FIRN_ARCHIVE: 'true', FIRN_DIRECT_PUT: 'true' } });
const warehouse = graph.one('Bucket', 'Warehouse').state.arn;
const errors = graph.one('Bucket', 'Errors').state.arn;
const results = graph.one('Bucket', 'Results').state.arn;
const archive = graph.one('Bucket', 'Archive').state.arn;
const stream = graph.one('Stream', 'Stream').state.arn;
const transform = graph.one('Alias', 'TransformAlias').state.arn;
const glue = 'arn:aws:glue:eu-west-1:123456789012';
const s3 = { 'aws:SecureTransport': 'true', 'kms:ViaService': 's3.eu-west-1.amazonaws.com' };

/** What a role may do by its own policies and those of the buckets. */
function may(role: string, action: string, resource: string): boolean {
  const { state } = graph.one('Role', role);
  const own = graph.all('RolePolicy').filter(({ inputs }) => inputs.role === state.name);
  const buckets = graph.all('BucketPolicy');
  const documents = (list: typeof own): Policy[] => list.map(({ inputs }) => JSON.parse(inputs.policy));
  expect(own.length, `${role} has a policy`).toBeGreaterThan(0);
  const request: Request = { action, resource, context: { ...s3, 'aws:PrincipalArn': state.arn } };
  return isAllowed(request, documents(own), documents(buckets));
}

const file = `${warehouse}/web_log/data/1.parquet`;
const metadata = `${warehouse}/web_log/metadata/1.metadata.json`;
const table = `${glue}:table/firn_dev/web_log`;
const catalog = 'arn:aws:athena:eu-west-1:123456789012:datacatalog/AwsDataCatalog';

const allowed: [role: string, action: string, resource: string][] = [
  ['DeliveryRole', 's3:PutObject', file],
  ['DeliveryRole', 's3:GetObject', metadata],
  ['DeliveryRole', 's3:PutObject', `${errors}/delivery/x`],
  ['DeliveryRole', 'glue:UpdateTable', table],
  ['DeliveryRole', 'kinesis:GetRecords', stream],
  ['DeliveryRole', 'lambda:InvokeFunction', transform],
  ['DeliveryRole', 'lakeformation:GetDataAccess', '*'],
  ['DirectRole', 's3:PutObject', file],
  ['UpkeepRole', 's3:DeleteObject', file],
  ['UpkeepRole', 'glue:UpdateTable', table],
  ['RegistrarRole', 's3:GetObject', file],
  ['MigrateRole', 's3:PutObject', metadata],
  ['MigrateRole', 'glue:UpdateTable', table],
  ['ArchiveRole', 's3:PutObject', `${archive}/raw/year=2026/x`],
  ['ArchiveRole', 'kinesis:GetRecords', stream],
  ['AnalystRole', 's3:PutObject', `${results}/analyst/1.csv`],
  ['AnalystRole', 'lakeformation:GetDataAccess', '*'],
  ['AnalystRole', 'glue:GetTable', table],
  ['AnalystRole', 'athena:ListTableMetadata', catalog],
  ['AnalystRole', 'athena:ListDataCatalogs', '*'],
  ['AnalystRole', 'glue:GetDatabase', `${glue}:database/default`],
  ['EngineerRole', 's3:GetObject', `${errors}/delivery/x`],
  ['EngineerRole', 's3:GetObject', `${archive}/raw/x`],
  ['EngineerRole', 'glue:UpdateTable', table],
  ['EngineerRole', 'kinesis:GetRecords', stream],
  ['EngineerRole', 'kinesis:PutRecords', stream],
];

const denied: typeof allowed = [
  ['AnalystRole', 'athena:GetTableMetadata', catalog.replace('AwsDataCatalog', 'other')],
  ['AnalystRole', 'athena:UpdateDataCatalog', catalog],
  ['EngineerRole', 'athena:UpdateDataCatalog', catalog],
  ['DeliveryRole', 'glue:DeleteTable', table],
  ['DeliveryRole', 'glue:UpdateTable', `${glue}:table/other/web_log`],
  ['DeliveryRole', 'kinesis:PutRecord', stream],
  ['DeliveryRole', 's3:DeleteObject', `${errors}/delivery/x`],
  ['DeliveryRole', 'lambda:InvokeFunction', transform.replace(':live', ':$LATEST')],
  ['DirectRole', 'kinesis:GetRecords', stream],
  ['UpkeepRole', 's3:GetObject', `${errors}/delivery/x`],
  ['RegistrarRole', 'glue:UpdateTable', table],
  ['MigrateRole', 's3:GetObject', file],
  ['MigrateRole', 's3:DeleteObject', metadata],
  ['TransformRole', 's3:GetObject', file],
  ['TransformRole', 'kinesis:GetRecords', stream],
  ['ArchiveRole', 's3:GetObject', `${archive}/raw/x`],
  ['AnalystRole', 's3:GetObject', file],
  ['AnalystRole', 's3:GetObject', metadata],
  ['AnalystRole', 's3:GetObject', `${errors}/delivery/x`],
  ['AnalystRole', 's3:GetObject', `${archive}/raw/x`],
  ['AnalystRole', 's3:GetObject', `${results}/engineer/1.csv`],
  ['AnalystRole', 'glue:UpdateTable', table],
  ['AnalystRole', 'kinesis:GetRecords', stream],
  ['AnalystRole', 'kinesis:PutRecords', stream],
  ['EngineerRole', 'kinesis:DeleteStream', stream],
  ['AnalystRole', 'athena:StartQueryExecution', 'arn:aws:athena:eu-west-1:123456789012:workgroup/firn-dev'],
  // Through Lake Formation too, and not past it.
  ['EngineerRole', 's3:GetObject', file],
];

test.each(allowed)('%s may %s on %s', (...asked) => {
  expect(may(...asked)).toBe(true);
});

test.each(denied)('%s may not %s on %s', (...asked) => {
  expect(may(...asked)).toBe(false);
});

test('an administrator of the account neither reads nor deletes files of tables past the grants; who deploys can make and remove them', () => {
  const policies = graph.all('BucketPolicy').map(({ inputs }): Policy => JSON.parse(inputs.policy));
  const everything: Policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  };
  const mayDo = (action: string, principal: string) =>
    isAllowed(
      { action, resource: file, context: { ...s3, 'aws:PrincipalArn': principal } },
      [everything],
      policies,
    );
  for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion']) {
    expect([action, mayDo(action, 'arn:aws:iam::123456789012:role/administrator')]).toEqual([action, false]);
    expect([action, mayDo(action, deployer)]).toEqual([action, true]);
  }
  // Whoever removes the stage deletes this policy first, and then the bucket.
  expect([...graph.before(graph.one('BucketPolicy', 'WarehousePolicy'))].map(({ name }) => name)).toContain(
    'Warehouse',
  );
});

test('no policy writes to everything', () => {
  const open = graph
    .all('RolePolicy')
    .flatMap(({ name, inputs }) =>
      (JSON.parse(inputs.policy) as Policy).Statement.filter(({ Resource }) =>
        Resource?.includes('*'),
      ).flatMap(({ Action }) => Action.map((action) => `${name} ${action}`)),
    );
  const known = /lakeformation:GetDataAccess$|athena:List(DataCatalogs|EngineVersions|WorkGroups)$/;
  expect(open.filter((entry) => !known.test(entry))).toEqual([]);
  for (const { name, inputs } of graph.all('RolePolicy')) {
    const actions = (JSON.parse(inputs.policy) as Policy).Statement.flatMap(({ Action }) => Action);
    expect([name, actions.filter((action) => action.includes('*'))]).toEqual([name, []]);
  }
});

test('a role is taken by its service, and those for people by whom the account allows', () => {
  for (const { name, inputs } of graph.all('Role')) {
    const [statement] = JSON.parse(inputs.assumeRolePolicy).Statement;
    const people = /^(Analyst|Engineer)Role$/.test(name);
    if (people) expect(statement.Principal).toEqual({ AWS: 'arn:aws:iam::123456789012:root' });
    else expect(Object.keys(statement.Principal)).toEqual(['Service']);
    expect(inputs.managedPolicyArns ?? []).toEqual([]);
  }
  const trust = JSON.parse(graph.one('Role', 'DeliveryRole').inputs.assumeRolePolicy).Statement[0];
  expect(trust.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': '123456789012' } });
});

test('the analyst is granted every column but personal ones, and sees no table without a contract', () => {
  const analyst = graph.one('Role', 'AnalystRole').state.arn;
  const grants = graph.all('Permissions').filter(({ inputs }) => inputs.principal === analyst);
  const onTables = grants.filter(({ inputs }) => inputs.tableWithColumns !== undefined);
  expect(onTables).toHaveLength(contracts.size);
  for (const { inputs } of onTables) {
    const contract = contracts.get(inputs.tableWithColumns.name)!;
    const names = visibleColumns(contract, 'analyst').map(({ name }) => name);
    expect(inputs.tableWithColumns.columnNames).toEqual(names);
    expect(contract.fields.filter(({ pii, name }) => pii && names.includes(name))).toEqual([]);
    expect(inputs.permissions).toEqual(['SELECT']);
  }
  const whole = grants.filter(({ inputs }) => inputs.table !== undefined);
  const views = graph.all('CatalogTable').filter(({ inputs }) => inputs.tableType === 'VIRTUAL_VIEW');
  expect(whole.map(({ inputs }) => inputs.table.name).sort()).toEqual(
    views.map(({ inputs }) => inputs.name).sort(),
  );
});

test('a new table belongs to the engineer until it is granted, not to whoever IAM allows', () => {
  expect(graph.one('CatalogDatabase').inputs.createTableDefaultPermissions).toEqual([
    {
      permissions: ['ALL'],
      principal: { dataLakePrincipalIdentifier: graph.one('Role', 'EngineerRole').state.arn },
    },
  ]);
});

test("the warehouse is reached through Lake Formation, whose settings stay the account's own", () => {
  expect(graph.one('Resource', 'WarehouseLocation').inputs).toMatchObject({
    arn: warehouse,
    roleArn: graph.one('Role', 'RegistrarRole').state.arn,
    hybridAccessEnabled: false,
  });
  expect(graph.all('DataLakeSettings')).toEqual([]);
  const principals = graph.all('Permissions').map(({ inputs }) => inputs.principal);
  expect(principals).not.toContain(deployer);
});
