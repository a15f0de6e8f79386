/** Where AWS's services are asked, and with which credentials: the same for every client of the scripts. */
import { localEndpoint } from '../lake/settings.ts';

export interface ClientConfig {
  /** Absent: AWS itself. */
  endpoint?: string;
  region: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `endpoint`: a URL, or `aws`; absent: the environment's for the service (`ATHENA`) or for all, else the local
 * lakehouse. `region`: else the environment's.
 */
export function clientConfig(
  service: string,
  endpoint: string | undefined,
  environment: Environment,
  region?: string,
): ClientConfig {
  // The SDK tells of Node versions that it will leave behind some day; here that would stand amid the answers.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const url =
    endpoint ?? environment[`AWS_ENDPOINT_URL_${service}`] ?? environment.AWS_ENDPOINT_URL ?? localEndpoint;
  const configured = environment.AWS_ACCESS_KEY_ID !== undefined || environment.AWS_PROFILE !== undefined;
  return {
    ...(url !== 'aws' && { endpoint: url }),
    region: region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    // The SDK signs every request; on this machine nobody checks, but it must have something to sign with.
    ...(isLoopback(url) &&
      !configured && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}
