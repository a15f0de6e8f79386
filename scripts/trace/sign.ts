/** Requests beside AWS's operations, signed as the SDK signs those. */
import type { AthenaClient } from '@aws-sdk/client-athena';
import { SignatureV4 } from '@smithy/signature-v4';

/** Headers for a GET of `url`, `given` among them, signed by a client's own credentials (Signature Version 4). */
export async function signedHeaders(
  { config }: AthenaClient,
  url: URL,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { region, credentials, sha256 } = config;
  const signer = new SignatureV4({ service: 'athena', region, credentials, sha256 });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { ...given, host: url.host },
  });
  return headers;
}
