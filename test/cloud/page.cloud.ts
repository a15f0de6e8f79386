import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Policy } from '../../lake/cloud/policy.ts';
import { visibleColumns } from '../../lake/grants.ts';
import { liveQuery, pageRoutes } from '../../lake/page/routes.ts';
import { contracts } from '../../schemas/index.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { isAllowed } from './iam.ts';
import { bundleHandler } from './render/bundle.ts';
import { root } from './render/platform.ts';
import { render } from './render/render.ts';

const issuer = {
  FIRN_PAGE: 'true',
  FIRN_PAGE_ISSUER: 'https://login.example.com/realms/firn',
  FIRN_PAGE_CLIENT: 'firn-page',
  FIRN_PAGE_AUTHORIZE_URL: 'https://login.example.com/realms/firn/auth',
  FIRN_PAGE_TOKEN_URL: 'https://tokens.example.com/realms/firn/token',
};
const [plain, graph, foreign, prod] = await Promise.all([
  render(),
  render({ environment: { FIRN_PAGE: 'true', FIRN_ARCHIVE: 'true' } }),
  render({ environment: issuer }),
  render({ stage: 'prod', environment: { FIRN_PAGE: 'true' } }),
]);

const of = (found: typeof graph, service: string) =>
  found.resources.filter(({ type }) => type.startsWith(`aws:${service}/`));
const file = (name: string) => graph.one('BucketObjectv2', name).inputs;

test('the page is off, and nothing of it is there', () => {
  for (const service of ['cloudfront', 'cognito', 'apigatewayv2']) expect(of(plain, service)).toEqual([]);
  expect(plain.resources.filter(({ name }) => /^Page/.test(name))).toEqual([]);
  expect(plain.outputs).not.toHaveProperty('page');
});

test('its files are in a private bucket, which the distribution alone reads, over TLS', () => {
  const bucket = graph.one('Bucket', 'Page');
  const own = (type: string) => graph.all(type).find(({ inputs }) => inputs.bucket === bucket.id)!.inputs;
  const { bucket: _, ...access } = own('BucketPublicAccessBlock');
  expect(Object.values(access)).toEqual([true, true, true, true]);
  const [rule] = own('BucketServerSideEncryptionConfiguration').rules;
  expect(rule.applyServerSideEncryptionByDefault.sseAlgorithm).toBe('AES256');
  const statements = (JSON.parse(own('BucketPolicy').policy) as Policy).Statement;
  expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
    {
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: ['s3:GetObject'],
      Resource: [`${bucket.state.arn}/*`],
      Condition: { StringEquals: { 'AWS:SourceArn': graph.one('Distribution').state.arn } },
    },
  ]);
  expect(statements).toContainEqual(expect.objectContaining({ Sid: 'TlsOnly', Effect: 'Deny' }));
});

test('the built page is there, and a file that says where it is and how one signs in', () => {
  expect(file('PageFile-index.html')).toMatchObject({
    contentType: 'text/html; charset=utf-8',
    cacheControl: 'no-cache',
  });
  const assets = graph.all('BucketObjectv2').filter(({ name }) => name.startsWith('PageFile-assets/'));
  expect(assets.map(({ inputs }) => inputs.key.split('.').at(-1))).toEqual(
    expect.arrayContaining(['js', 'css']),
  );
  for (const { inputs } of assets) expect(inputs.cacheControl).toContain('immutable');
  const own = createHash('sha256').update('123456789012 eu-west-1 firn-dev').digest('hex').slice(0, 12);
  const host = `https://firn-dev-${own}.auth.eu-west-1.amazoncognito.com`;
  expect(file('PageAbout')).toMatchObject({ key: 'api/about', contentType: 'application/json' });
  expect(JSON.parse(file('PageAbout').content)).toMatchObject({
    stream: 'firn-dev-events',
    cloud: {
      stage: 'dev',
      liveSeconds: 30,
      cacheMinutes: 5,
      signIn: {
        authorizeUrl: `${host}/oauth2/authorize`,
        tokenUrl: `${host}/oauth2/token`,
        clientId: graph.one('UserPoolClient').id,
      },
    },
  });
  expect(graph.outputs.page).toBe(`https://${graph.one('Distribution').state.domainName}/`);
});

test('every route asks for a token of the issuer for this page', () => {
  const routes = of(graph, 'apigatewayv2').filter(({ type }) => type.endsWith(':Route'));
  expect(routes.map(({ inputs }) => inputs.routeKey).sort()).toEqual(Object.values(pageRoutes).sort());
  const authorizer = of(graph, 'apigatewayv2').find(({ type }) => type.endsWith(':Authorizer'))!;
  for (const { inputs } of routes) {
    expect(inputs).toMatchObject({ authorizationType: 'JWT', authorizerId: authorizer.id });
  }
  expect(authorizer.inputs.jwtConfiguration).toEqual({
    issuer: `https://cognito-idp.eu-west-1.amazonaws.com/${graph.one('UserPool').id}`,
    audiences: [graph.one('UserPoolClient').id],
  });
  // No other site is let in by CORS.
  expect(
    of(graph, 'apigatewayv2').find(({ type }) => type.endsWith(':Api'))!.inputs.corsConfiguration,
  ).toBeUndefined();
});

test('people are added by an administrator, and sign in with a code and PKCE, without a secret', () => {
  expect(graph.one('UserPool').inputs.adminCreateUserConfig).toEqual({ allowAdminCreateUserOnly: true });
  expect(graph.one('UserPoolClient').inputs).toMatchObject({
    generateSecret: false,
    allowedOauthFlows: ['code'],
    callbackUrls: [graph.outputs.page],
    explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
    idTokenValidity: 8,
  });
  expect(prod.one('UserPool')).toMatchObject({ protect: true, retainOnDelete: true });
  expect(prod.one('UserPool').inputs.deletionProtection).toBe('ACTIVE');
  expect(graph.one('UserPool').inputs.deletionProtection).toBe('INACTIVE');
});

test('an issuer of the settings takes the place of Cognito', () => {
  expect(of(foreign, 'cognito')).toEqual([]);
  const authorizer = of(foreign, 'apigatewayv2').find(({ type }) => type.endsWith(':Authorizer'))!;
  expect(authorizer.inputs.jwtConfiguration).toEqual({
    issuer: issuer.FIRN_PAGE_ISSUER,
    audiences: ['firn-page'],
  });
  expect(JSON.parse(foreign.one('BucketObjectv2', 'PageAbout').inputs.content).cloud.signIn).toEqual({
    authorizeUrl: issuer.FIRN_PAGE_AUTHORIZE_URL,
    tokenUrl: issuer.FIRN_PAGE_TOKEN_URL,
    clientId: 'firn-page',
  });
  expect(policyOf(foreign)).toContain("connect-src 'self' https://tokens.example.com;");
  expect(foreign.outputs).not.toHaveProperty('pageUsers');
});

const policyOf = (found: typeof graph): string =>
  found.one('ResponseHeadersPolicy').inputs.securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy;

test('answers forbid the browser foreign scripts, inline ones and frames', () => {
  const policy = policyOf(graph);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  const { defaultCacheBehavior, orderedCacheBehaviors } = graph.one('Distribution').inputs;
  for (const behaviour of [defaultCacheBehavior, ...orderedCacheBehaviors]) {
    expect(behaviour.responseHeadersPolicyId).toBe(graph.one('ResponseHeadersPolicy').id);
    expect(behaviour.viewerProtocolPolicy).toMatch(/https/);
  }
});

test('answers of the API are kept by nobody, and tokens reach it; the file about the page comes first', () => {
  const [about, api] = graph.one('Distribution').inputs.orderedCacheBehaviors;
  expect([about.pathPattern, about.targetOriginId]).toEqual(['/api/about', 'files']);
  expect(api).toMatchObject({
    pathPattern: '/api/*',
    targetOriginId: 'api',
    cachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    originRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-38738e2966ac',
  });
});

test('the page has a workgroup of its own, with its own limit, and its queries beside its code', () => {
  expect(graph.one('Workgroup', 'PageWorkgroup').inputs).toMatchObject({
    name: 'firn-dev-page',
    configuration: { enforceWorkgroupConfiguration: true, bytesScannedCutoffPerQuery: 10 * 1024 ** 3 },
  });
  const lambda = graph.one('Function', 'PageFunction').inputs;
  expect(lambda.environment.variables).toMatchObject({
    FIRN_DATABASE: 'firn_dev',
    FIRN_WORKGROUP: 'firn-dev-page',
    FIRN_CACHE_MINUTES: '5',
    FIRN_LIVE_SECONDS: '30',
  });
});

test('the function, as it is sent to Lambda, knows the queries that are put beside it', async () => {
  const folder = makeTemporaryFolder();
  try {
    const file = await bundleHandler({ handler: 'functions/page.handler', out: folder.path, minify: true });
    const event = { routeKey: pageRoutes.queries, requestContext: {} };
    const code = `const { handler } = await import(${JSON.stringify(file)});
      console.log((await handler(${JSON.stringify(event)})).body);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: folder.path,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        LAMBDA_TASK_ROOT: path.resolve(root),
        // The SDK tells of the end of Node 20, which Lambda does not run.
        NODE_NO_WARNINGS: '1',
        AWS_REGION: 'eu-west-1',
        FIRN_CACHE_MINUTES: '5',
        FIRN_LIVE_SECONDS: '30',
      },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toContain(liveQuery);
  } finally {
    folder.remove();
  }
});

const region = 'eu-west-1:123456789012';
const bucketArn = (name: string): string => graph.one('Bucket', name).state.arn;

/** What the function may do, by its own policies and those of the buckets. */
function may(action: string, resource: string): boolean {
  const { state } = graph.one('Role', 'PageRole');
  const documents = (list: typeof graph.resources): Policy[] =>
    list.map(({ inputs }) => JSON.parse(inputs.policy));
  const own = graph.all('RolePolicy').filter(({ inputs }) => inputs.role === state.name);
  expect(own.length).toBeGreaterThan(0);
  const context = { 'aws:SecureTransport': 'true', 'aws:PrincipalArn': state.arn };
  return isAllowed({ action, resource, context }, documents(own), documents(graph.all('BucketPolicy')));
}

const workgroup = (name: string) => `arn:aws:athena:${region}:workgroup/${name}`;

test.each([
  ['athena:StartQueryExecution', workgroup('firn-dev-page')],
  ['athena:GetQueryExecution', workgroup('firn-dev-page')],
  ['athena:GetQueryResults', workgroup('firn-dev-page')],
  ['athena:StopQueryExecution', workgroup('firn-dev-page')],
  ['s3:PutObject', `${bucketArn('Results')}/page/1.csv`],
  ['s3:GetObject', `${bucketArn('Results')}/page/1.csv`],
  ['glue:GetTable', `arn:aws:glue:${region}:table/firn_dev/web_log`],
  ['lakeformation:GetDataAccess', '*'],
])('the page may %s on %s', (action, resource) => {
  expect(may(action, resource)).toBe(true);
});

test.each([
  ['athena:StartQueryExecution', workgroup('firn-dev')],
  ['athena:GetQueryResults', workgroup('firn-dev-analyst')],
  ['athena:GetQueryResults', workgroup('firn-other-page')],
  ['athena:ListQueryExecutions', workgroup('firn-dev-page')],
  ['athena:UpdateWorkGroup', workgroup('firn-dev-page')],
  ['athena:CreateNamedQuery', workgroup('firn-dev-page')],
  ['s3:GetObject', `${bucketArn('Results')}/engineer/1.csv`],
  ['s3:GetObject', `${bucketArn('Results')}/analyst/1.csv`],
  ['s3:GetObject', `${bucketArn('Warehouse')}/web_log/data/1.parquet`],
  ['s3:GetObject', `${bucketArn('Warehouse')}/web_log/metadata/1.metadata.json`],
  ['s3:GetObject', `${bucketArn('Errors')}/delivery/x`],
  ['s3:GetObject', `${bucketArn('Archive')}/raw/x`],
  ['s3:PutObject', `${bucketArn('Page')}/index.html`],
  ['glue:UpdateTable', `arn:aws:glue:${region}:table/firn_dev/web_log`],
  ['glue:GetTable', `arn:aws:glue:${region}:table/firn_other/web_log`],
  ['kinesis:GetRecords', `arn:aws:kinesis:${region}:stream/firn-dev-events`],
  ['kms:Decrypt', graph.one('Key').state.arn],
  ['lakeformation:GrantPermissions', '*'],
])('the page may not %s on %s', (action, resource) => {
  expect(may(action, resource)).toBe(false);
});

test('Lake Formation grants the page what it grants the analyst', () => {
  const grants = (role: string) =>
    graph
      .all('Permissions')
      .filter(({ inputs }) => inputs.principal === graph.one('Role', role).state.arn)
      .map(({ inputs: { principal: _, ...inputs } }) => JSON.stringify(inputs))
      .sort();
  expect(grants('PageRole')).toEqual(grants('AnalystRole'));
  const views = graph.all('CatalogTable').filter(({ inputs }) => inputs.tableType === 'VIRTUAL_VIEW');
  expect(grants('PageRole')).toHaveLength(1 + contracts.size + views.length);
  const all = grants('PageRole').join();
  for (const contract of contracts.values()) {
    const visible = new Set(visibleColumns(contract, 'analyst').map(({ name }) => name));
    const hidden = contract.fields.filter(({ name }) => !visible.has(name));
    expect(hidden.filter(({ pii }) => !pii)).toEqual([]);
  }
  expect(all).not.toContain('"raw"');
});

test('the API may call the function, on its own routes only', () => {
  expect(graph.one('Permission', 'PagePermission').inputs).toMatchObject({
    principal: 'apigateway.amazonaws.com',
    qualifier: 'live',
    sourceArn: expect.stringMatching(/:page123456\/\*\/\*\/api\/\*$/),
  });
  for (const { name, inputs } of graph.all('LogGroup'))
    expect([name, inputs.retentionInDays]).toEqual([name, 30]);
});

test('a page that nobody could guard is refused before anything is made', async () => {
  const ungoverned = { FIRN_PAGE: 'true', FIRN_GOVERNED: 'false' };
  await expect(render({ environment: ungoverned, place: { admins: [] } })).rejects.toThrow(
    'page needs governed',
  );
  const half = { FIRN_PAGE: 'true', FIRN_PAGE_ISSUER: issuer.FIRN_PAGE_ISSUER };
  await expect(render({ environment: half })).rejects.toThrow(
    'needs pageClient, pageAuthorizeUrl, pageTokenUrl',
  );
  await expect(render({ environment: { ...issuer, FIRN_PAGE_TOKEN_URL: 'http://x/token' } })).rejects.toThrow(
    'pageTokenUrl',
  );
});
