/** Who may look at the page of a deployed stage: people of a Cognito user pool, or of an issuer that is there. */
import type { CloudSettings } from '../cloud/settings.ts';
import { Fault } from '../errors.ts';
import type { SignIn } from './routes.ts';

/** An OpenID Connect issuer, and the page as its client: a public one, without a secret, with PKCE. */
export interface Issuer extends SignIn {
  /** As its tokens spell it; the API finds its keys below `/.well-known/`. */
  issuer: string;
}

/** The issuer of the settings; undefined: Cognito. Throws a Fault for settings that do not go together. */
export function checkPage(settings: CloudSettings): Issuer | undefined {
  const { page, governed, pageIssuer, pageClient, pageAuthorizeUrl, pageTokenUrl } = settings;
  if (!page) return undefined;
  if (!governed) {
    throw new Fault(
      'setting page needs governed: the page shows what the analyst may see, and IAM alone cannot hide columns',
    );
  }
  const needed = { pageIssuer, pageClient, pageAuthorizeUrl, pageTokenUrl };
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === '' ? [name] : []));
  if (missing.length === Object.keys(needed).length) return undefined;
  if (missing.length > 0) {
    throw new Fault(
      `the page's issuer needs ${missing.join(', ')} too; <issuer>/.well-known/openid-configuration tells its endpoints`,
    );
  }
  return {
    issuer: pageIssuer,
    clientId: pageClient,
    authorizeUrl: pageAuthorizeUrl,
    tokenUrl: pageTokenUrl,
  };
}

/** A user pool's endpoints, below the domain of its sign-in page (Cognito developer guide, "User pool endpoints"). */
export function cognitoEndpoints(region: string, domain: string): Omit<SignIn, 'clientId'> {
  const endpoints = `https://${domain}.auth.${region}.amazoncognito.com/oauth2`;
  return { authorizeUrl: `${endpoints}/authorize`, tokenUrl: `${endpoints}/token` };
}

/** As the tokens of a user pool spell it. */
export function cognitoIssuer(region: string, pool: string): string {
  return `https://cognito-idp.${region}.amazonaws.com/${pool}`;
}
