import { describe, expect, test } from 'vitest';
import { onlyThrough, secureTransport } from '../../lake/cloud/bucket-policies.ts';
import { analystPolicy, engineerPolicy } from '../../lake/cloud/people.ts';
import { allow, policy } from '../../lake/cloud/policy.ts';
import { committerPolicy, deliveryPolicy, migratePolicy, optimizerPolicy } from '../../lake/cloud/roles.ts';
import { isAllowed } from './iam.ts';

const at = {
  partition: 'aws',
  region: 'eu-west-1',
  account: '123456789012',
  database: 'firn_dev',
  tables: ['web_log'],
  warehouseArn: 'arn:aws:s3:::warehouse',
  errorsArn: 'arn:aws:s3:::errors',
  resultsArn: 'arn:aws:s3:::results',
  keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k',
};
const glue = 'arn:aws:glue:eu-west-1:123456789012';
const file = { resource: 'arn:aws:s3:::warehouse/web_log/data/1.parquet' };

describe('the evaluator', () => {
  test('an explicit deny goes before an allow', () => {
    const open = policy([allow(['s3:*'], ['*'])]);
    const shut = policy([{ Effect: 'Deny', Action: ['s3:Get*'], Resource: ['arn:aws:s3:::a/*'] }]);
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::b/x' }, [open, shut])).toBe(true);
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::a/x' }, [open, shut])).toBe(false);
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::a/x' }, [open], [shut])).toBe(false);
  });

  test('what nobody allows is refused, and an unknown operator is an error and not an answer', () => {
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::a/x' }, [])).toBe(false);
    const odd = policy([allow(['s3:*'], ['*'], { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })]);
    expect(() => isAllowed({ action: 's3:GetObject', resource: 'x' }, [odd])).toThrow('IpAddress');
  });
});

describe('the analyst', () => {
  const own = [analystPolicy(at, { workgroup: 'firn-dev-analyst', resultsPrefix: 'analyst/' })];

  test('asks SQL in its own workgroup only', () => {
    const workgroup = 'arn:aws:athena:eu-west-1:123456789012:workgroup/';
    const action = 'athena:StartQueryExecution';
    expect(isAllowed({ action, resource: `${workgroup}firn-dev-analyst` }, own)).toBe(true);
    expect(isAllowed({ action, resource: `${workgroup}firn-dev` }, own)).toBe(false);
    expect(isAllowed({ action, resource: `${workgroup}primary` }, own)).toBe(false);
  });

  test('has no right on the files of tables, nor on the results of others', () => {
    expect(isAllowed({ action: 's3:GetObject', ...file }, own)).toBe(false);
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::results/analyst/1.csv' }, own)).toBe(
      true,
    );
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::results/engineer/1.csv' }, own)).toBe(
      false,
    );
    expect(isAllowed({ action: 's3:GetObject', resource: 'arn:aws:s3:::errors/delivery/x' }, own)).toBe(
      false,
    );
  });

  test('changes no table', () => {
    for (const action of ['glue:UpdateTable', 'glue:DeleteTable', 'glue:CreateTable']) {
      expect(isAllowed({ action, resource: `${glue}:table/firn_dev/web_log` }, own)).toBe(false);
    }
  });
});

describe('Firehose', () => {
  const own = [
    committerPolicy(at),
    deliveryPolicy(at, { streamArn: 'stream', transformArn: 'function:transform:live', logGroupArn: 'log' }),
  ];

  test('commits to our tables and to no others', () => {
    expect(isAllowed({ action: 'glue:UpdateTable', resource: `${glue}:table/firn_dev/web_log` }, own)).toBe(
      true,
    );
    expect(isAllowed({ action: 'glue:UpdateTable', resource: `${glue}:table/firn_dev/other` }, own)).toBe(
      false,
    );
    expect(isAllowed({ action: 'glue:UpdateTable', resource: `${glue}:table/else/web_log` }, own)).toBe(
      false,
    );
    expect(isAllowed({ action: 'glue:DeleteTable', resource: `${glue}:table/firn_dev/web_log` }, own)).toBe(
      false,
    );
  });

  test('calls the published transform and no other version', () => {
    expect(isAllowed({ action: 'lambda:InvokeFunction', resource: 'function:transform:live' }, own)).toBe(
      true,
    );
    expect(isAllowed({ action: 'lambda:InvokeFunction', resource: 'function:transform:$LATEST' }, own)).toBe(
      false,
    );
  });

  test('uses the key on behalf of S3 and Kinesis only', () => {
    const request = { action: 'kms:Decrypt', resource: at.keyArn };
    const via = (service: string) => ({ 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` });
    expect(isAllowed({ ...request, context: via('kinesis') }, own)).toBe(true);
    expect(isAllowed({ ...request, context: via('secretsmanager') }, own)).toBe(false);
    expect(isAllowed(request, own)).toBe(false);
  });

  test('reads the stream and does not write it', () => {
    expect(isAllowed({ action: 'kinesis:GetRecords', resource: 'stream' }, own)).toBe(true);
    expect(isAllowed({ action: 'kinesis:PutRecord', resource: 'stream' }, own)).toBe(false);
  });
});

test('migrate writes metadata and no data', () => {
  const own = [migratePolicy(at)];
  const metadata = 'arn:aws:s3:::warehouse/web_log/metadata/1.json';
  expect(isAllowed({ action: 's3:PutObject', resource: metadata }, own)).toBe(true);
  expect(isAllowed({ action: 's3:PutObject', ...file }, own)).toBe(false);
  expect(isAllowed({ action: 's3:GetObject', ...file }, own)).toBe(false);
  expect(isAllowed({ action: 's3:DeleteObject', resource: metadata }, own)).toBe(false);
});

test('the optimizers delete files of the warehouse and of no other bucket', () => {
  const own = [optimizerPolicy(at)];
  expect(isAllowed({ action: 's3:DeleteObject', ...file }, own)).toBe(true);
  expect(isAllowed({ action: 's3:DeleteObject', resource: 'arn:aws:s3:::errors/delivery/x' }, own)).toBe(
    false,
  );
});

test('a bucket refuses what comes without TLS, and whoever is not named', () => {
  const reader = 'arn:aws:iam::123456789012:role/registrar';
  const bucket = [policy([secureTransport(at.warehouseArn), onlyThrough(at.warehouseArn, [reader])])];
  const everything = [policy([allow(['*'], ['*'])])];
  const ask = (principal: string, tls: string) =>
    isAllowed(
      {
        action: 's3:GetObject',
        ...file,
        context: { 'aws:PrincipalArn': principal, 'aws:SecureTransport': tls },
      },
      everything,
      bucket,
    );
  expect(ask(reader, 'true')).toBe(true);
  expect(ask(reader, 'false')).toBe(false);
  expect(ask('arn:aws:iam::123456789012:role/administrator', 'true')).toBe(false);
});

test('no role writes to everything', () => {
  const own = { workgroup: 'w', resultsPrefix: 'p/', analystWorkgroup: 'a', streamArn: 's' };
  const documents = [
    analystPolicy(at, own),
    engineerPolicy(at, own),
    migratePolicy(at),
    optimizerPolicy(at),
    committerPolicy(at),
    deliveryPolicy(at, { transformArn: 'f', logGroupArn: 'l' }),
  ];
  const unbounded = documents
    .flatMap(({ Statement }) => Statement)
    .filter(({ Resource }) => Resource?.includes('*'))
    .flatMap(({ Action }) => Action);
  // The first hands out what Lake Formation has granted, the others tell names; none knows resources.
  expect(new Set(unbounded)).toEqual(
    new Set([
      'lakeformation:GetDataAccess',
      'athena:ListDataCatalogs',
      'athena:ListEngineVersions',
      'athena:ListWorkGroups',
    ]),
  );
});
