import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Policy } from '../../lake/cloud/policy.ts';
import { apiDocument } from '../../lake/openapi/document.ts';
import { findWriteKey, parseWriteKeys } from '../../lake/write-keys.ts';
import { isAllowed } from './iam.ts';
import type { Graph, Resource } from './render/graph.ts';
import { render } from './render/render.ts';

const [dev, prod] = await Promise.all([render(), render({ stage: 'prod', place: { apiLogsRole: '' } })]);
const one = (graph: Graph | undefined, type: string, name?: string): Resource => graph!.one(type, name);
const api = one(dev, 'RestApi');
const stream = one(dev, 'Stream', 'Stream');
const names = (resources: Iterable<Resource>) => [...resources].map(({ name }) => name);

/** What a function is told by its environment, which is secret as a whole. */
const environment = (name: string): Record<string, string> =>
  one(dev, 'Function', name).inputs.environment.variables.$secret;

test('the API is made from the document, for this account and stream', () => {
  expect(api.inputs.endpointConfiguration).toEqual({ types: 'REGIONAL' });
  expect(JSON.parse(api.inputs.body)).toEqual(
    JSON.parse(
      JSON.stringify(
        apiDocument({
          title: 'firn-dev',
          partition: 'aws',
          region: 'eu-west-1',
          stream: stream.inputs.name,
          kinesisRole: one(dev, 'Role', 'GatewayRole').state.arn,
          authorizer: one(dev, 'Alias', 'AuthorizerAlias').state.arn,
          collect: one(dev, 'Alias', 'CollectAlias').state.arn,
          keyCacheSeconds: 300,
        }),
      ),
    ),
  );
});

test('another document is another deployment', () => {
  const { triggers } = one(dev, 'Deployment').inputs;
  expect(triggers.document).toBe(createHash('sha256').update(api.inputs.body).digest('hex'));
  expect(one(prod, 'Deployment').inputs.triggers.document).not.toBe(triggers.document);
});

test('the API opens when delivery reads the stream, and when it may call what it calls', () => {
  const first = names(dev!.before(one(dev, 'Deployment')));
  expect(first).toEqual(
    expect.arrayContaining([
      'Delivery',
      'GatewayPolicy',
      'AuthorizerPermission',
      'CollectPermission',
      'AuthorizerPolicy',
      'CollectPolicy',
      'AuthorizerAlias',
      'CollectAlias',
    ]),
  );
  expect(names(dev!.before(one(dev, 'Stage')))).toContain('ApiDeployment');
});

test('the stage is v1, and tells of each request without bodies, keys or addresses', () => {
  const { stageName, accessLogSettings } = one(dev, 'Stage').inputs;
  expect(stageName).toBe('v1');
  expect(accessLogSettings.destinationArn).toBe(one(dev, 'LogGroup', 'ApiLog').state.arn);
  expect(one(dev, 'LogGroup', 'ApiLog').inputs.retentionInDays).toBe(30);
  const format = JSON.parse(accessLogSettings.format);
  expect(format).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
  expect(accessLogSettings.format).not.toMatch(/identity|sourceIp|userAgent|header|body/i);
});

test('requests are limited, and those that describe the stream far more', () => {
  const limits = Object.fromEntries(
    dev!.all('MethodSettings').map(({ inputs }) => [inputs.methodPath, inputs.settings]),
  );
  expect(limits['*/*']).toMatchObject({
    throttlingRateLimit: 1000,
    throttlingBurstLimit: 2000,
    metricsEnabled: true,
    loggingLevel: 'OFF',
  });
  expect(limits['streams/GET'].throttlingRateLimit).toBeLessThanOrEqual(20);
  expect(limits['~1streams~1firn-dev-events/GET'].throttlingRateLimit).toBeLessThanOrEqual(10);
});

test.each([
  ['GatewayRole', 'kinesis:PutRecord', 'stream', true],
  ['GatewayRole', 'kinesis:PutRecords', 'stream', true],
  ['GatewayRole', 'kinesis:DescribeStreamSummary', 'stream', true],
  ['GatewayRole', 'kms:GenerateDataKey', 'key', true],
  ['GatewayRole', 'kinesis:PutRecords', 'other', false],
  ['GatewayRole', 'kinesis:ListStreams', 'stream', false],
  ['GatewayRole', 'kinesis:GetRecords', 'stream', false],
  ['GatewayRole', 'kinesis:DeleteStream', 'stream', false],
  ['GatewayRole', 'kms:Decrypt', 'key', false],
  ['CollectRole', 'kinesis:PutRecords', 'stream', true],
  ['CollectRole', 'kms:GenerateDataKey', 'key', true],
  ['CollectRole', 'kinesis:PutRecords', 'other', false],
  ['CollectRole', 'kinesis:GetRecords', 'stream', false],
  ['AuthorizerRole', 'kinesis:PutRecords', 'stream', false],
])('%s: may it %s on %s? %s', (role, action, resource, expected) => {
  const { state } = one(dev, 'Role', role);
  const policies = dev!
    .all('RolePolicy')
    .filter(({ inputs }) => inputs.role === state.name)
    .map(({ inputs }): Policy => JSON.parse(inputs.policy));
  expect(policies.length).toBeGreaterThan(0);
  const arns: Record<string, string> = {
    stream: stream.state.arn,
    key: one(dev, 'Key').state.arn,
    other: stream.state.arn.replace(/[^/]+$/, 'somebody-elses'),
  };
  const context = { 'kms:ViaService': 'kinesis.eu-west-1.amazonaws.com' };
  expect(isAllowed({ action, resource: arns[resource]!, context }, policies)).toBe(expected);
});

test('only API Gateway takes the role', () => {
  const { Statement } = JSON.parse(one(dev, 'Role', 'GatewayRole').inputs.assumeRolePolicy);
  expect(Statement.map((one: { Principal: object }) => one.Principal)).toEqual([
    { Service: 'apigateway.amazonaws.com' },
  ]);
});

test('only this API calls the functions, by their published versions', () => {
  const permissions = dev!.all('Permission').map(({ inputs }) => inputs);
  for (const [name, source] of [
    ['firn-dev-authorizer', '/authorizers/*'],
    ['firn-dev-collect', '/v1/*'],
  ]) {
    const own = permissions.filter((given) => given.function === name);
    expect(own).toEqual([
      {
        action: 'lambda:InvokeFunction',
        principal: 'apigateway.amazonaws.com',
        function: name,
        qualifier: 'live',
        sourceArn: `${api.state.executionArn}${source}`,
      },
    ]);
  }
});

test('the write key is made at deployment and shown; functions know its digest', () => {
  const { writeKey } = dev!.outputs as { writeKey: string };
  expect(one(dev, 'RandomPassword', 'GeneratedWriteKey').inputs.length).toBeGreaterThanOrEqual(32);
  expect(writeKey).toBe(one(dev, 'RandomPassword', 'GeneratedWriteKey').state.result);
  for (const name of ['AuthorizerFunction', 'CollectFunction']) {
    const { FIRN_WRITE_KEYS: keys } = environment(name);
    expect(keys).not.toContain(writeKey);
    expect(findWriteKey(parseWriteKeys(keys), writeKey)).toBe('default');
  }
});

test("a write key of one's own goes before the generated one", async () => {
  const own = await render({ environment: { SST_SECRET_WriteKey: 'a-key-of-my-own' } });
  expect(own.outputs).toMatchObject({ writeKey: 'a-key-of-my-own' });
});

test('the collecting function writes to our stream', () => {
  expect(environment('CollectFunction').FIRN_STREAM).toBe(stream.inputs.name);
});

test('the address is an output, with the stage', () => {
  expect(dev!.outputs).toMatchObject({
    url: `https://${api.state.id}.execute-api.eu-west-1.amazonaws.com/v1`,
  });
});

test('an account that has a role for logs keeps it', () => {
  const accounts = dev!.all('Account');
  expect(accounts.map(({ read }) => read)).toEqual([true]);
  expect(dev!.all('RolePolicyAttachment')).toEqual([]);
});

test('an account that has none gets one, which stays when the stage goes', () => {
  const made = prod!.all('Account').filter(({ read }) => !read);
  expect(made).toHaveLength(1);
  expect(made[0]!.inputs.cloudwatchRoleArn).toBe(one(prod, 'Role', 'ApiLogsRole').state.arn);
  for (const kept of [made[0]!, one(prod, 'Role', 'ApiLogsRole'), one(prod, 'RolePolicyAttachment')]) {
    expect([kept.name, kept.retainOnDelete]).toEqual([kept.name, true]);
  }
  expect(names(prod!.before(one(prod, 'Stage')))).toContain(made[0]!.name);
});

test('production keeps the API, whose address clients know; dev can be removed', () => {
  expect([one(prod, 'RestApi').protect, one(prod, 'RestApi').retainOnDelete]).toEqual([true, true]);
  expect([api.protect, api.retainOnDelete]).toEqual([false, false]);
});

test('where the firewall is on, an address that sends too much is stopped', () => {
  expect(dev!.all('WebAcl')).toEqual([]);
  const acl = one(prod, 'WebAcl');
  expect(acl.inputs).toMatchObject({ scope: 'REGIONAL', defaultAction: { allow: {} } });
  expect(acl.inputs.rules).toHaveLength(1);
  expect(acl.inputs.rules[0]).toMatchObject({
    action: { block: {} },
    statement: { rateBasedStatement: { limit: 10_000, aggregateKeyType: 'IP' } },
  });
  expect(one(prod, 'WebAclAssociation').inputs).toEqual({
    resourceArn: one(prod, 'Stage').state.arn,
    webAclArn: acl.state.arn,
  });
});
