/**
 * Who asks the catalog. Where keys are configured, a request is signed by AWS's Signature Version 4, as for every
 * other service here, or carries a token that an access key was exchanged for: OAuth2's client credentials are what
 * every Iceberg client has built in. A token is signed with the key's secret, so none is stored, and revoking the
 * key ends it.
 */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Caller, Role } from '../aws/caller.ts';
import { ApiError } from '../aws/json11.ts';
import { forbidden, notAuthorized } from './errors.ts';

export interface KeyFinder {
  /** Whether there are keys at all; without, everybody is the engineer. */
  readonly configured: boolean;
  find(accessKeyId: string): { secret: string; role: Role } | undefined;
}

/** Clients ask for a new one in time. */
const TOKEN_SECONDS = 3600;

/** Throws a 401 for a caller that is not known, a 403 for one who may not touch the tables' files. */
export function authorize(
  authorization: string | undefined,
  signed: Caller | ApiError,
  keys: KeyFinder,
  nowMs: number,
): void {
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  const caller = keys.configured && bearer !== undefined ? callerOf(bearer, keys, nowMs) : signed;
  if (caller instanceof ApiError) {
    throw notAuthorized(`${caller.message}; sign with an access key, or exchange it for a token`);
  }
  if (caller === undefined) throw notAuthorized('the token is wrong, too old, or of a key that was revoked');
  if (caller.role !== 'engineer') {
    throw forbidden(`the catalog gives whole files to the engineer only; this key is of the ${caller.role}`);
  }
}

/** An answer of the token endpoint (RFC 6749, sections 5.1 and 5.2). */
export interface TokenAnswer {
  status: number;
  body: object;
}

/** `POST /v1/oauth/tokens`: an access key, or a token that is still good, for a new token. */
export function exchange(
  form: URLSearchParams,
  authorization: string | undefined,
  keys: KeyFinder,
  nowMs: number,
): TokenAnswer {
  const grant = form.get('grant_type');
  if (grant !== 'client_credentials' && grant !== 'urn:ietf:params:oauth:grant-type:token-exchange') {
    return refusal(400, 'unsupported_grant_type', 'expected client_credentials, or a token to be exchanged');
  }
  if (!keys.configured) return granted('unchecked', grant);
  const id =
    grant === 'client_credentials'
      ? keyOf(form, authorization, keys)
      : callerOf(form.get('subject_token') ?? '', keys, nowMs)?.accessKeyId;
  const key = id === undefined ? undefined : keys.find(id);
  if (id === undefined || key === undefined) {
    return refusal(401, 'invalid_client', 'expected the id and the secret of an access key (npm run keys)');
  }
  return granted(tokenOf(id, key.secret, nowMs), grant);
}

function refusal(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } };
}

function granted(token: string, grant: string): TokenAnswer {
  const kind = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  return {
    status: 200,
    body: {
      access_token: token,
      token_type: 'bearer',
      expires_in: TOKEN_SECONDS,
      ...(grant !== 'client_credentials' && kind),
    },
  };
}

/** The id of the key that the client credentials name, if the secret is right: in the form, or as HTTP Basic. */
function keyOf(
  form: URLSearchParams,
  authorization: string | undefined,
  keys: KeyFinder,
): string | undefined {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  const [id, ...rest] =
    basic === undefined
      ? [form.get('client_id') ?? '', form.get('client_secret') ?? '']
      : Buffer.from(basic, 'base64').toString('utf8').split(':');
  const key = keys.find(id!);
  return key !== undefined && equal(key.secret, rest.join(':')) ? id : undefined;
}

/** `firn.<payload>.<signature>`, both base64url. */
function tokenOf(accessKeyId: string, secret: string, nowMs: number): string {
  const claims = { key: accessKeyId, until: nowMs + TOKEN_SECONDS * 1000 };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `firn.${payload}.${signature(payload, secret)}`;
}

function callerOf(token: string, keys: KeyFinder, nowMs: number): Caller | undefined {
  const [prefix, payload = '', signed = ''] = token.split('.');
  if (prefix !== 'firn') return undefined;
  const claims = parse(payload);
  const key = claims && keys.find(claims.key);
  if (key === undefined || !equal(signature(payload, key.secret), signed)) return undefined;
  return claims!.until > nowMs ? { role: key.role, accessKeyId: claims!.key } : undefined;
}

function parse(payload: string): { key: string; until: number } | undefined {
  try {
    const { key, until } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof key === 'string' && typeof until === 'number' ? { key, until } : undefined;
  } catch {
    return undefined;
  }
}

/** The words before the payload keep it from being anything that AWS's signatures sign. */
function signature(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(`firn iceberg token\n${payload}`).digest('base64url');
}

/** In a time that does not tell how much is right. */
function equal(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHmac('sha256', 'equal').update(text).digest());
  return timingSafeEqual(left!, right!);
}
