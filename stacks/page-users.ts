/** People who may look at the page: a Cognito user pool, to which only an administrator adds somebody. */
import { createHash } from 'node:crypto';
import type { Stage } from './stage.ts';

export interface PageUsers {
  pool: aws.cognito.UserPool;
  /** First part of the host name of its sign-in page. */
  domain: string;
  ready: $util.Resource;
}

export function pageUsers({ names, account, region, keep }: Stage): PageUsers {
  const pool = new aws.cognito.UserPool(
    'PageUsers',
    {
      name: names.pageWorkgroup,
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      usernameAttributes: ['email'],
      autoVerifiedAttributes: ['email'],
      accountRecoverySetting: { recoveryMechanisms: [{ name: 'verified_email', priority: 1 }] },
      passwordPolicy: {
        minimumLength: 12,
        requireLowercase: false,
        requireUppercase: false,
        requireNumbers: false,
        requireSymbols: false,
        temporaryPasswordValidityDays: 7,
      },
      mfaConfiguration: 'OPTIONAL',
      softwareTokenMfaConfiguration: { enabled: true },
      deletionProtection: keep.protect ? 'ACTIVE' : 'INACTIVE',
    },
    keep,
  );
  // All pools of a region share these names, whoever owns them.
  const own = createHash('sha256').update(`${account} ${region} ${names.base}`).digest('hex').slice(0, 12);
  const domain = `${names.base}-${own}`;
  const ready = new aws.cognito.UserPoolDomain('PageDomain', { userPoolId: pool.id, domain });
  return { pool, domain, ready };
}

/** The page as a client: it has no secret, and proves by PKCE that it is who asked (RFC 7636). */
export function pageClient(
  { names, settings }: Stage,
  { pool, ready }: PageUsers,
  url: $util.Output<string>,
): aws.cognito.UserPoolClient {
  return new aws.cognito.UserPoolClient(
    'PageClient',
    {
      name: names.pageWorkgroup,
      userPoolId: pool.id,
      generateSecret: false,
      allowedOauthFlowsUserPoolClient: true,
      allowedOauthFlows: ['code'],
      allowedOauthScopes: ['openid', 'email'],
      callbackUrls: [url],
      supportedIdentityProviders: ['COGNITO'],
      // The sign-in page is the only way in: no passwords by API.
      explicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
      preventUserExistenceErrors: 'ENABLED',
      enableTokenRevocation: true,
      idTokenValidity: settings.pageSignInHours,
      accessTokenValidity: settings.pageSignInHours,
      tokenValidityUnits: { idToken: 'hours', accessToken: 'hours' },
    },
    { dependsOn: [ready] },
  );
}
