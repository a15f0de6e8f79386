/**
 * The API that events come in by: a REST API from one document (lake/openapi/document.ts), with the functions for
 * what its templates cannot do, write keys, throttling, an access log and, if wanted, a firewall.
 */
import { createHash } from 'node:crypto';
import { accessLogFormat, collectPolicy, gatewayPolicy } from '../lake/cloud/gateway.ts';
import { trust } from '../lake/cloud/policy.ts';
import { apiDocument, apiStage } from '../lake/openapi/document.ts';
import { digestWriteKeys } from '../lake/write-keys.ts';
import { type LambdaFunction, lambdaFunction } from './functions.ts';
import { rolePolicy, serviceRole } from './roles.ts';
import type { Stage } from './stage.ts';

export interface Gateway {
  /** Of the collection routes, `/v1` included: what a client is told. */
  url: $util.Output<string>;
  /** Shown when the stage is deployed; pages that send events hold it anyway. */
  writeKey: $util.Output<string>;
  /** As CloudWatch knows it. */
  api: { name: string; stage: string };
}

/** The API opens when `after` is there: a record that nobody reads yet would never become a row. */
export function gateway(
  stage: Stage,
  stream: aws.kinesis.Stream,
  key: aws.kms.Key,
  after: $util.Resource[],
): Gateway {
  const { names, settings, keep, region } = stage;
  const secret = writeKey(stage);
  const digests = secret.apply((value) => digestWriteKeys({ default: value }));
  const place = $util
    .all([stream.arn, key.arn])
    .apply(([streamArn, keyArn]) => ({ region, streamArn, keyArn }));

  const authorizer = lambdaFunction(stage, 'Authorizer', {
    handler: 'authorizer.handler',
    description: 'Knows the write keys',
    memory: '256 MB',
    timeout: '5 seconds',
    environment: { FIRN_WRITE_KEYS: digests },
  });
  const collect = lambdaFunction(stage, 'Collect', {
    handler: 'collect.handler',
    description: 'Collects what the API cannot put into the stream itself',
    memory: '512 MB',
    timeout: '25 seconds',
    environment: { FIRN_WRITE_KEYS: digests, FIRN_STREAM: stream.name },
    policy: place.apply(collectPolicy),
  });
  const role = serviceRole(stage, 'Gateway', 'apigateway.amazonaws.com');
  const rights = rolePolicy('Gateway', role.name, place.apply(gatewayPolicy));

  const document = $util
    .all([stream.name, role.arn, authorizer.alias.arn, collect.alias.arn])
    .apply(([name, kinesisRole, authorizerArn, collectArn]) =>
      JSON.stringify(
        apiDocument({
          title: names.base,
          partition: stage.partition,
          region,
          stream: name,
          kinesisRole,
          authorizer: authorizerArn,
          collect: collectArn,
          keyCacheSeconds: 300,
        }),
      ),
    );
  // Its id is in the address that clients know, so nothing replaces it by mistake.
  const api = new aws.apigateway.RestApi(
    'Api',
    {
      name: names.base,
      description: `Collects events of ${names.base}`,
      body: document,
      endpointConfiguration: { types: 'REGIONAL' },
    },
    keep,
  );
  const permissions = [
    invocable('Authorizer', authorizer, $util.interpolate`${api.executionArn}/authorizers/*`),
    invocable('Collect', collect, $util.interpolate`${api.executionArn}/${apiStage}/*`),
  ];
  const deployment = new aws.apigateway.Deployment(
    'ApiDeployment',
    {
      restApi: api.id,
      triggers: { document: document.apply((text) => createHash('sha256').update(text).digest('hex')) },
    },
    { dependsOn: [...after, ...permissions, rights, ...authorizer.ready, ...collect.ready] },
  );
  const opened = openStage(stage, api, deployment);
  if (settings.firewall) firewall(stage, opened);
  return {
    url: $util.interpolate`https://${api.id}.execute-api.${region}.amazonaws.com/${apiStage}`,
    writeKey: secret,
    api: { name: names.base, stage: apiStage },
  };
}

/** Made once and kept, or given by `sst secret set WriteKey`. */
function writeKey({ keep }: Stage): $util.Output<string> {
  const generated = new random.RandomPassword('GeneratedWriteKey', { length: 32, special: false }, keep);
  return new sst.Secret('WriteKey', generated.result).value;
}

function invocable(
  name: string,
  { alias }: LambdaFunction,
  sourceArn: $util.Input<string>,
): aws.lambda.Permission {
  return new aws.lambda.Permission(`${name}Permission`, {
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    function: alias.functionName,
    qualifier: alias.name,
    sourceArn,
  });
}

function openStage(
  stage: Stage,
  api: aws.apigateway.RestApi,
  deployment: aws.apigateway.Deployment,
): aws.apigateway.Stage {
  const { names, settings } = stage;
  const log = new aws.cloudwatch.LogGroup('ApiLog', {
    name: `/aws/apigateway/${names.base}`,
    retentionInDays: settings.logDays,
  });
  const opened = new aws.apigateway.Stage(
    'ApiStage',
    {
      restApi: api.id,
      deployment: deployment.id,
      stageName: apiStage,
      accessLogSettings: { destinationArn: log.arn, format: accessLogFormat() },
    },
    { dependsOn: [logsAccount(stage)] },
  );
  const limit = (name: string, methodPath: string, rate: number, burst: number) =>
    new aws.apigateway.MethodSettings(name, {
      restApi: api.id,
      stageName: opened.stageName,
      methodPath,
      settings: {
        metricsEnabled: methodPath === '*/*',
        // Its own log of each execution would hold bodies, in a group that nobody sets an end to.
        loggingLevel: 'OFF',
        throttlingRateLimit: rate,
        throttlingBurstLimit: burst,
      },
    });
  limit('ApiLimits', '*/*', settings.requestsPerSecond, settings.requestsBurst);
  // For all of the account, Kinesis describes streams ten times a second at most, and sums them up twenty times; it
  // is Firehose that would have to wait.
  limit('ApiListLimits', 'streams/GET', 5, 5);
  // A slash within a path is ~1 (API Gateway, "UpdateStage").
  limit('ApiDescribeLimits', `~1streams~1${names.stream}/GET`, 2, 2);
  return opened;
}

/**
 * The role by which API Gateway writes logs belongs to the account and region, not to us: it is set where there is
 * none, and stays when the stage goes.
 */
function logsAccount({ partition }: Stage): $util.Output<aws.apigateway.Account> {
  const account = aws.apigateway.Account.get('ApiAccount', 'api-gateway-account');
  return account.cloudwatchRoleArn.apply((given) => {
    if (given) return account;
    const retained = { retainOnDelete: true };
    const role = new aws.iam.Role(
      'ApiLogsRole',
      {
        namePrefix: 'api-gateway-logs-',
        assumeRolePolicy: JSON.stringify(trust({ Service: 'apigateway.amazonaws.com' })),
      },
      retained,
    );
    const attached = new aws.iam.RolePolicyAttachment(
      'ApiLogsRolePolicy',
      {
        role: role.name,
        policyArn: `arn:${partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`,
      },
      retained,
    );
    return new aws.apigateway.Account(
      'ApiAccountLogs',
      { cloudwatchRoleArn: role.arn },
      { ...retained, dependsOn: [attached] },
    );
  });
}

/** Stops an address that sends more than it should. */
function firewall({ names, settings }: Stage, opened: aws.apigateway.Stage): void {
  const seen = (metricName: string) => ({
    cloudwatchMetricsEnabled: true,
    sampledRequestsEnabled: false,
    metricName,
  });
  const acl = new aws.wafv2.WebAcl('Firewall', {
    name: names.base,
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    rules: [
      {
        name: 'rate',
        priority: 1,
        action: { block: {} },
        statement: {
          rateBasedStatement: {
            limit: settings.addressRequests,
            evaluationWindowSec: 300,
            aggregateKeyType: 'IP',
          },
        },
        visibilityConfig: seen(`${names.base}-rate`),
      },
    ],
    visibilityConfig: seen(names.base),
  });
  new aws.wafv2.WebAclAssociation('FirewallApi', { resourceArn: opened.arn, webAclArn: acl.arn });
}
