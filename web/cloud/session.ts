/**
 * Signs in at the stage's issuer: the authorization code flow with PKCE (RFC 7636). The token is kept for as long as
 * the tab is open, and goes to the page's own API only.
 */
import type { SignIn } from '../../lake/page/routes.ts';

const tokenKey = 'id-token';
const pendingKey = 'sign-in';

/** What must be remembered while the browser is at the issuer's. */
interface Pending {
  state: string;
  verifier: string;
  /** What was to be shown. */
  hash: string;
}

/** The token of whoever is signed in; undefined: nobody is, or not any more. */
export function currentToken(nowMs: number): string | undefined {
  const token = sessionStorage.getItem(tokenKey);
  return token !== null && expiryMs(token) > nowMs ? token : undefined;
}

export function forgetToken(): void {
  sessionStorage.removeItem(tokenKey);
}

/** Leaves the page, for the issuer's. */
export async function beginSignIn({ authorizeUrl, clientId }: SignIn): Promise<void> {
  const pending: Pending = { state: randomText(), verifier: randomText(), hash: location.hash };
  sessionStorage.setItem(pendingKey, JSON.stringify(pending));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const url = new URL(authorizeUrl);
  const asked = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: returnAddress(),
    scope: 'openid email',
    state: pending.state,
    code_challenge: base64Url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  location.assign(url);
}

/**
 * Back from the issuer: trades the code in the address for a token. False: nobody comes back from there. Throws an
 * Error with the issuer's words if it refused.
 */
export async function finishSignIn({ tokenUrl, clientId }: SignIn): Promise<boolean> {
  const given = new URLSearchParams(location.search);
  if (!given.has('state')) return false;
  const pending = JSON.parse(sessionStorage.getItem(pendingKey) ?? '{}') as Partial<Pending>;
  sessionStorage.removeItem(pendingKey);
  history.replaceState(null, '', `/${pending.hash ?? ''}`);
  // A link that somebody else made would sign in as somebody else (RFC 6749, 10.12).
  if (pending.state === undefined || given.get('state') !== pending.state) {
    throw new Error('this sign-in was not begun here: try again');
  }
  const code = given.get('code');
  if (code === null)
    throw new Error(given.get('error_description') ?? given.get('error') ?? 'no code came back');
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: returnAddress(),
      code_verifier: pending.verifier ?? '',
    }),
  });
  const value = (await answer.json()) as { id_token?: string; error?: string; error_description?: string };
  if (value.id_token === undefined) {
    throw new Error(value.error_description ?? value.error ?? `the issuer answered ${answer.status}`);
  }
  sessionStorage.setItem(tokenKey, value.id_token);
  return true;
}

function returnAddress(): string {
  return `${location.origin}/`;
}

/** When a token ends; it is the API that judges it, here it is only read. */
function expiryMs(token: string): number {
  try {
    const claims = atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'));
    return Number((JSON.parse(claims) as { exp?: number }).exp ?? 0) * 1000;
  } catch {
    return 0;
  }
}

function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
