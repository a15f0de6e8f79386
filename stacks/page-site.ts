/** The page's files, and the one address under which they and the page's API are found. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { allow } from '../lake/cloud/policy.ts';
import { aboutPath, type CloudAbout, type SignIn } from '../lake/page/routes.ts';
import { cacheControl, contentSecurityPolicy, contentTypes } from '../lake/page/security.ts';
import { bucketPolicy, privateBucket } from './buckets.ts';
import type { Stage } from './stage.ts';

export interface PageSite {
  bucket: aws.s3.Bucket;
  /** With a slash at its end: people sign in there too. */
  url: $util.Output<string>;
}

/** CloudFront's own policies, the same in every account (its developer guide, "Use managed policies"). */
const managed = {
  cachingOptimized: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  // Authorization too; without Host, by which the API knows itself.
  allViewerExceptHostHeader: 'b689b0a8-53d0-40ab-baf2-38738e2966ac',
};

/** `connect`: the origin that the page asks for tokens. */
export function pageSite(stage: Stage, apiId: $util.Output<string>, connect: string): PageSite {
  const { names, region } = stage;
  const bucket = privateBucket(stage, 'Page', {});
  const access = new aws.cloudfront.OriginAccessControl('PageAccess', {
    name: names.pageWorkgroup,
    originAccessControlOriginType: 's3',
    signingBehavior: 'always',
    signingProtocol: 'sigv4',
  });
  const headers = securityHeaders(stage, connect);
  const files = {
    targetOriginId: 'files',
    viewerProtocolPolicy: 'redirect-to-https',
    allowedMethods: ['GET', 'HEAD'],
    cachedMethods: ['GET', 'HEAD'],
    cachePolicyId: managed.cachingOptimized,
    responseHeadersPolicyId: headers.id,
    compress: true,
  };
  const distribution = new aws.cloudfront.Distribution('PageSite', {
    comment: `Firn ${names.base}: the page`,
    enabled: true,
    isIpv6Enabled: true,
    httpVersion: 'http2and3',
    priceClass: 'PriceClass_100',
    defaultRootObject: 'index.html',
    origins: [
      { originId: 'files', domainName: bucket.bucketRegionalDomainName, originAccessControlId: access.id },
      {
        originId: 'api',
        domainName: $util.interpolate`${apiId}.execute-api.${region}.amazonaws.com`,
        customOriginConfig: {
          httpPort: 80,
          httpsPort: 443,
          originProtocolPolicy: 'https-only',
          originSslProtocols: ['TLSv1.2'],
        },
      },
    ],
    defaultCacheBehavior: files,
    orderedCacheBehaviors: [
      { ...files, pathPattern: `/${aboutPath}` },
      {
        ...files,
        pathPattern: '/api/*',
        targetOriginId: 'api',
        viewerProtocolPolicy: 'https-only',
        allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
        cachePolicyId: managed.cachingDisabled,
        originRequestPolicyId: managed.allViewerExceptHostHeader,
      },
    ],
    restrictions: { geoRestriction: { restrictionType: 'none' } },
    viewerCertificate: { cloudfrontDefaultCertificate: true },
  });
  // The distribution reads files, and nobody else does.
  bucketPolicy(
    'Page',
    bucket,
    $util.all([bucket.arn, distribution.arn]).apply(([arn, reader]) => [
      {
        ...allow(['s3:GetObject'], [`${arn}/*`], { StringEquals: { 'AWS:SourceArn': reader } }),
        Principal: { Service: 'cloudfront.amazonaws.com' },
      },
    ]),
  );
  return { bucket, url: $util.interpolate`https://${distribution.domainName}/` };
}

function securityHeaders({ names }: Stage, connect: string): aws.cloudfront.ResponseHeadersPolicy {
  const override = true;
  return new aws.cloudfront.ResponseHeadersPolicy('PageHeaders', {
    name: names.pageWorkgroup,
    securityHeadersConfig: {
      contentSecurityPolicy: {
        contentSecurityPolicy: contentSecurityPolicy({ connect: [connect] }),
        override,
      },
      contentTypeOptions: { override },
      frameOptions: { frameOption: 'DENY', override },
      referrerPolicy: { referrerPolicy: 'no-referrer', override },
      strictTransportSecurity: { accessControlMaxAgeSec: 31_536_000, override },
    },
    customHeadersConfig: {
      items: [{ header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override }],
    },
  });
}

/** Builds the page as `npm start` does, and puts it beside a file that says where it is. */
export function pageFiles(
  { name, names, settings }: Stage,
  { bucket }: PageSite,
  signIn: { [part in keyof SignIn]: $util.Input<string> },
): void {
  const folder = path.join($cli.paths.work, 'page');
  const vite = path.join($cli.paths.root, 'node_modules/vite/bin/vite.js');
  const target = ['--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  execFileSync(process.execPath, [vite, 'build', path.join($cli.paths.root, 'web'), ...target]);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const from = path.join(folder, file);
    if (!statSync(from).isFile()) continue;
    const key = file.split(path.sep).join('/');
    new aws.s3.BucketObjectv2(`PageFile-${key}`, {
      bucket: bucket.bucket,
      key,
      source: new $util.asset.FileAsset(from),
      contentType: contentTypes[path.extname(file)] ?? 'application/octet-stream',
      cacheControl: cacheControl(key),
    });
  }
  const about = $util.output(signIn).apply(
    (known): CloudAbout => ({
      version: packageVersion(),
      stream: names.stream,
      database: names.database,
      cloud: {
        stage: name,
        liveSeconds: settings.pageLiveSeconds,
        cacheMinutes: settings.pageCacheMinutes,
        signIn: known,
      },
    }),
  );
  new aws.s3.BucketObjectv2('PageAbout', {
    bucket: bucket.bucket,
    key: aboutPath,
    content: about.apply((value) => JSON.stringify(value)),
    contentType: 'application/json',
    cacheControl: 'no-cache',
  });
}

function packageVersion(): string {
  const file = readFileSync(path.join($cli.paths.root, 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
