/** Who a request is from, by its signature; and the names that each protocol has for why that is not known. */
import type { Caller, Role } from './caller.ts';
import { ApiError } from './json11.ts';
import {
  checkSignature,
  readSignature,
  type SignatureFault,
  type SignedRequest,
  type SigningStyle,
} from './sigv4.ts';

/** The keys of a home (`local/keys.ts`). */
export interface AccessKeys {
  /** Whether signatures are checked: not in a home that has no keys, on loopback. */
  readonly configured: boolean;
  find(accessKeyId: string): { secret: string; role: Role } | undefined;
}

export interface Access {
  keys: AccessKeys;
  now(): number;
}

/** The caller, or why it is not known. Where nothing is checked, everybody is the engineer. */
export function identify(
  request: SignedRequest,
  { keys, now }: Access,
  style: SigningStyle = 'general',
): Caller | SignatureFault {
  const signature = readSignature(request);
  if (!keys.configured) {
    return 'kind' in signature
      ? { role: 'engineer' }
      : { role: 'engineer', accessKeyId: signature.accessKeyId };
  }
  if ('kind' in signature) return signature;
  const key = keys.find(signature.accessKeyId);
  if (key === undefined) {
    return { kind: 'unknown-key', message: 'The security token included in the request is invalid.' };
  }
  const fault = checkSignature(request, signature, key.secret, now(), style);
  return fault ?? { role: key.role, accessKeyId: signature.accessKeyId };
}

/** How a protocol tells its errors. */
export type Protocol = 'json' | 'query' | 's3';

/** AWS, "Common errors" of the services; S3 API reference, "Error responses". */
const names: Record<Protocol, Record<SignatureFault['kind'], [type: string, status: number]>> = {
  json: {
    missing: ['MissingAuthenticationTokenException', 400],
    incomplete: ['IncompleteSignatureException', 400],
    'unknown-key': ['UnrecognizedClientException', 400],
    mismatch: ['InvalidSignatureException', 400],
    skewed: ['InvalidSignatureException', 400],
    payload: ['InvalidSignatureException', 400],
    expired: ['RequestExpired', 400],
  },
  query: {
    missing: ['MissingAuthenticationToken', 403],
    incomplete: ['IncompleteSignature', 400],
    'unknown-key': ['InvalidClientTokenId', 403],
    mismatch: ['SignatureDoesNotMatch', 403],
    skewed: ['SignatureDoesNotMatch', 403],
    payload: ['SignatureDoesNotMatch', 403],
    expired: ['RequestExpired', 400],
  },
  s3: {
    missing: ['AccessDenied', 403],
    incomplete: ['AuthorizationHeaderMalformed', 400],
    'unknown-key': ['InvalidAccessKeyId', 403],
    mismatch: ['SignatureDoesNotMatch', 403],
    skewed: ['RequestTimeTooSkewed', 403],
    payload: ['XAmzContentSHA256Mismatch', 400],
    expired: ['AccessDenied', 403],
  },
};

export function signatureError({ kind, message }: SignatureFault, protocol: Protocol): ApiError {
  const [type, status] = names[protocol][kind];
  return new ApiError(type, message, status);
}
