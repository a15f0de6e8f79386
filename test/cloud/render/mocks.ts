/** What AWS would answer to the program, as far as the program looks at it. */
import type { Asked } from './graph.ts';

export interface Place {
  account: string;
  region: string;
  /** ARN of the deployer and of Lake Formation's administrators. */
  deployer: string;
  admins: readonly string[];
  /** ARN of the role by which API Gateway writes logs in this account; empty if there is none. */
  apiLogsRole?: string;
}

type Values = Record<string, unknown>;

export interface Registration {
  type: string;
  name: string;
  inputs: Values;
  id?: string;
  custom: boolean;
}

/** Names that begin with a prefix are completed by the provider. */
const suffix = '20260102030405000000000001';

export function mocks({ account, region, deployer, admins, apiLogsRole }: Place) {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const arns: Record<string, (name: string) => string> = {
    'aws:kinesis/stream:Stream': (name) => arn('kinesis', `stream/${name}`),
    'aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream': (name) =>
      arn('firehose', `deliverystream/${name}`),
    'aws:s3/bucket:Bucket': (name) => `arn:aws:s3:::${name}`,
    'aws:iam/role:Role': (name) => `arn:aws:iam::${account}:role/${name}`,
    'aws:lambda/function:Function': (name) => arn('lambda', `function:${name}`),
    'aws:cloudwatch/logGroup:LogGroup': (name) => arn('logs', `log-group:${name}`),
    'aws:kms/key:Key': () => arn('kms', 'key/11111111-2222-3333-4444-555555555555'),
    'aws:glue/catalogDatabase:CatalogDatabase': (name) => arn('glue', `database/${name}`),
    'aws:sns/topic:Topic': (name) => arn('sns', name),
    'aws:athena/workgroup:Workgroup': (name) => arn('athena', `workgroup/${name}`),
    'aws:cloudfront/distribution:Distribution': () => `arn:aws:cloudfront::${account}:distribution/E2EXAMPLE`,
  };
  const special: Record<string, (inputs: Values, state: Values) => Values> = {
    'aws:apigateway/restApi:RestApi': () => ({
      id: 'api1234567',
      rootResourceId: 'root123456',
      executionArn: arn('execute-api', 'api1234567'),
    }),
    'aws:lambda/alias:Alias': (inputs) => {
      const own = `${arns['aws:lambda/function:Function']!(String(inputs.functionName))}:${String(inputs.name)}`;
      return { arn: own, invokeArn: invokeArn(own) };
    },
    'aws:lambda/function:Function': (_, state) => ({
      invokeArn: invokeArn(String(state.arn)),
      qualifiedArn: `${String(state.arn)}:1`,
      version: '1',
    }),
    'aws:lambda/invocation:Invocation': () => ({ result: '{}' }),
    'aws:kms/key:Key': () => ({
      id: '11111111-2222-3333-4444-555555555555',
      keyId: '11111111-2222-3333-4444-555555555555',
    }),
    'random:index/randomBytes:RandomBytes': () => ({ base64: Buffer.alloc(32, 7).toString('base64') }),
    'random:index/randomPassword:RandomPassword': () => ({ result: 'r4nd0mr4nd0mr4nd0mr4nd0m' }),
    'aws:s3/bucket:Bucket': (_, state) => ({
      bucket: state.name,
      region,
      bucketRegionalDomainName: `${String(state.name)}.s3.${region}.amazonaws.com`,
    }),
    'aws:apigatewayv2/api:Api': () => ({ id: 'page123456', executionArn: arn('execute-api', 'page123456') }),
    'aws:cloudfront/distribution:Distribution': () => ({ domainName: 'd111111abcdef8.cloudfront.net' }),
    'aws:cognito/userPool:UserPool': () => ({ id: `${region}_Pool12345` }),
    'aws:cognito/userPoolClient:UserPoolClient': () => ({ id: 'client1234567890' }),
    'aws:apigateway/account:Account': (inputs) => ({
      cloudwatchRoleArn: inputs.cloudwatchRoleArn ?? apiLogsRole ?? `arn:aws:iam::${account}:role/api-logs`,
    }),
  };
  const invokeArn = (of: string) =>
    `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${of}/invocations`;

  return {
    newResource({ type, name, inputs, id, custom }: Registration): { id: string; state: Values } {
      if (!custom) return { id: '', state: inputs };
      const prefix = inputs.bucketPrefix ?? inputs.namePrefix;
      const own = String(
        inputs.name ??
          inputs.bucket ??
          inputs.workgroupName ??
          (prefix === undefined ? name : `${String(prefix)}${suffix}`),
      );
      const state: Values = { ...inputs, name: own };
      const service = type.split(':')[1]!.split('/')[0]!;
      state.arn = arns[type]?.(own) ?? arn(service, own);
      const more = special[type]?.(inputs, state) ?? {};
      return { id: String(id || more.id || own), state: { ...state, ...more } };
    },

    call({ token, inputs }: Asked): Values {
      switch (token) {
        case 'aws:index/getCallerIdentity:getCallerIdentity':
          return { accountId: account, arn: deployer, userId: 'AIDA', id: account };
        case 'aws:index/getRegion:getRegion':
          return { name: region, region, id: region, description: region };
        case 'aws:index/getPartition:getPartition':
          return {
            partition: 'aws',
            dnsSuffix: 'amazonaws.com',
            reverseDnsPrefix: 'com.amazonaws',
            id: 'aws',
          };
        case 'aws:iam/getSessionContext:getSessionContext':
          return {
            arn: inputs.arn,
            issuerArn: inputs.arn,
            issuerId: 'AIDA',
            issuerName: 'deployer',
            sessionName: '',
            id: '0',
          };
        case 'aws:lakeformation/getDataLakeSettings:getDataLakeSettings':
          return {
            admins,
            readOnlyAdmins: [],
            createDatabaseDefaultPermissions: [],
            createTableDefaultPermissions: [],
            id: '0',
          };
        case 'aws:iam/getPolicyDocument:getPolicyDocument': {
          const { statements, ...rest } = inputs as { statements?: unknown[] };
          const json = JSON.stringify({
            Version: '2012-10-17',
            Statement: (statements ?? []).map(statement),
          });
          // The provider leaves an empty list out; SST's Function relies on it.
          return { ...rest, ...(statements?.length && { statements }), json, minifiedJson: json, id: '0' };
        }
        default:
          throw new Error(`no answer is known to ${token}(${JSON.stringify(inputs)})`);
      }
    },
  };
}

interface StatementInput {
  sid?: string;
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** As terraform's `aws_iam_policy_document` spells a statement. */
function statement(input: unknown): Values {
  const { sid, effect, actions, resources, principals, conditions } = input as StatementInput;
  const said: Values = { ...(sid && { Sid: sid }), Effect: effect ?? 'Allow' };
  if (actions?.length) said.Action = actions;
  if (resources?.length) said.Resource = resources;
  if (principals?.length) said.Principal = Object.fromEntries(principals.map((p) => [p.type, p.identifiers]));
  const tests: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions ?? []) {
    tests[test] = { ...tests[test], [variable]: values };
  }
  if (conditions?.length) said.Condition = tests;
  return said;
}
