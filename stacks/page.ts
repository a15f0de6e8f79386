/**
 * Off by default: the page of reports, for people who sign in. Its files lie in a private bucket behind CloudFront;
 * its API runs the queries that ship, as analyst, and lets nobody through without a token.
 */

import { pagePolicy } from '../lake/cloud/people.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { pageRoutes } from '../lake/page/routes.ts';
import { checkPage, cognitoEndpoints, cognitoIssuer } from '../lake/page/sign-in.ts';
import type { Buckets } from './buckets.ts';
import { type LambdaFunction, lambdaFunction } from './functions.ts';
import { grantPage } from './governance.ts';
import { pageFiles, pageSite } from './page-site.ts';
import { pageClient, pageUsers } from './page-users.ts';
import { athenaWorkgroup, prefixes } from './query.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';
import type { Views } from './views.ts';

export interface Page {
  url: $util.Output<string>;
  /** Where people are added, unless an issuer of the settings has them. */
  userPool: $util.Output<string> | undefined;
}

/** `after`: what must be done before columns can be granted. */
export function page(
  stage: Stage,
  storage: Buckets,
  places: $util.Output<Places>,
  tables: Tables,
  views: Views,
  after: $util.Resource[],
): Page | undefined {
  const { settings, names, region } = stage;
  if (!settings.page) return undefined;
  const given = checkPage(settings);
  const users = given === undefined ? pageUsers(stage) : undefined;
  const { authorizeUrl, tokenUrl } = given ?? cognitoEndpoints(region, users!.domain);
  const api = new aws.apigatewayv2.Api('PageApi', {
    name: names.pageWorkgroup,
    description: 'The queries that ship, for the page',
    protocolType: 'HTTP',
  });
  const site = pageSite(stage, api.id, new URL(tokenUrl).origin);
  const clientId = given?.clientId ?? pageClient(stage, users!, site.url).id;
  const issuer = given?.issuer ?? users!.pool.id.apply((pool) => cognitoIssuer(region, pool));
  pageFiles(stage, site, { authorizeUrl, tokenUrl, clientId });
  const behind = pageFunction(stage, storage, places, tables, views, after);
  const authorizer = new aws.apigatewayv2.Authorizer('PageAuthorizer', {
    apiId: api.id,
    name: 'signed-in',
    authorizerType: 'JWT',
    identitySources: ['$request.header.Authorization'],
    jwtConfiguration: { issuer, audiences: [clientId] },
  });
  openApi(stage, api, authorizer, behind);
  return { url: site.url, userPool: users?.pool.id };
}

/** Runs in a workgroup of its own: it can look at no query but the page's, and has its own limit of what is scanned. */
function pageFunction(
  stage: Stage,
  storage: Buckets,
  places: $util.Output<Places>,
  tables: Tables,
  views: Views,
  after: $util.Resource[],
): LambdaFunction {
  const { settings, names } = stage;
  const workgroup = athenaWorkgroup(stage, storage, 'PageWorkgroup', {
    name: names.pageWorkgroup,
    prefix: prefixes.page,
    scanGiB: settings.pageScanGiB,
  });
  const behind = lambdaFunction(stage, 'Page', {
    handler: 'page.handler',
    description: 'Runs the queries that ship, as analyst',
    memory: '512 MB',
    timeout: '20 seconds',
    environment: {
      FIRN_DATABASE: names.database,
      FIRN_WORKGROUP: workgroup.name,
      FIRN_CACHE_MINUTES: String(settings.pageCacheMinutes),
      FIRN_LIVE_SECONDS: String(settings.pageLiveSeconds),
      FIRN_CLAIM: settings.pageClaim,
    },
    files: [{ from: 'queries' }],
    policy: places.apply((at) =>
      pagePolicy(at, { workgroup: names.pageWorkgroup, resultsPrefix: prefixes.page }),
    ),
  });
  grantPage(stage, tables, views, behind.role.arn, after);
  return behind;
}

/** Every route asks for a token; what has no route is not found. */
function openApi(
  { names, settings }: Stage,
  api: aws.apigatewayv2.Api,
  authorizer: aws.apigatewayv2.Authorizer,
  { alias, ready }: LambdaFunction,
): void {
  const permission = new aws.lambda.Permission('PagePermission', {
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    function: alias.functionName,
    qualifier: alias.name,
    sourceArn: $util.interpolate`${api.executionArn}/*/*/api/*`,
  });
  const integration = new aws.apigatewayv2.Integration(
    'PageIntegration',
    {
      apiId: api.id,
      integrationType: 'AWS_PROXY',
      integrationUri: alias.invokeArn,
      payloadFormatVersion: '2.0',
    },
    { dependsOn: [permission, ...ready] },
  );
  const routes = Object.entries(pageRoutes).map(
    ([name, routeKey]) =>
      new aws.apigatewayv2.Route(`PageRoute-${name}`, {
        apiId: api.id,
        routeKey,
        target: $util.interpolate`integrations/${integration.id}`,
        authorizationType: 'JWT',
        authorizerId: authorizer.id,
      }),
  );
  const log = new aws.cloudwatch.LogGroup('PageApiLog', {
    name: `/aws/apigateway/${names.pageWorkgroup}`,
    retentionInDays: settings.logDays,
  });
  new aws.apigatewayv2.Stage(
    'PageApiStage',
    {
      apiId: api.id,
      name: '$default',
      autoDeploy: true,
      // Athena runs some twenty queries at once, for all of the account; a page asks a few times a second.
      defaultRouteSettings: { throttlingRateLimit: 50, throttlingBurstLimit: 100 },
      accessLogSettings: { destinationArn: log.arn, format: pageLogFormat() },
    },
    { dependsOn: routes },
  );
}

/** Who asked what, by the issuer's own id of a person; no values, no addresses. */
function pageLogFormat(): string {
  return JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    who: '$context.authorizer.claims.sub',
    error: '$context.error.message',
  });
}
