/**
 * From where the endpoint may be reached. On loopback nobody else can connect, but a page in this machine's
 * browser can; what gives it away is the name that it uses (`Host`) and where it comes from (`Origin`).
 */
import { isIP } from 'node:net';
import { Fault } from '../../lake/errors.ts';
import { Refusal } from '../../lake/gateway.ts';
import { localWriteKey } from '../../lake/settings.ts';

export interface Binding {
  /** The address or name to listen on. */
  host: string;
  /** Whether the home has access keys. */
  hasKeys: boolean;
  writeKey: string;
}

/** Throws a Fault for an endpoint that others could reach without a key of their own. */
export function checkBinding({ host, hasKeys, writeKey }: Binding): void {
  if (isLoopback(host)) return;
  const lacking = [
    ...(hasKeys ? [] : ['an access key (npm run keys -- make --role engineer)']),
    ...(writeKey === localWriteKey
      ? [`a write key other than "${localWriteKey}" (--write-key, or FIRN_WRITE_KEY)`]
      : []),
  ];
  if (lacking.length === 0) return;
  throw new Fault(
    `listening on ${host} lets other machines in, which needs ${lacking.join(' and ')}; ` +
      'or leave --host out to listen on this machine only',
  );
}

/** `127.0.0.0/8`, `::1` and `localhost`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** How this machine reaches what listens on `host`. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** What a person must mend, where it is known. */
export function listenFault(
  error: NodeJS.ErrnoException,
  { host, port }: { host: string; port: number },
): Error {
  if (error.code === 'EADDRINUSE') {
    return new Fault(`port ${port} is in use; stop what listens there, or choose another with --port`);
  }
  if (error.code === undefined) return error;
  return new Fault(`cannot listen on ${host}, port ${port}: ${error.message}; choose another --host`);
}

/** Headers that tell from where a request is. */
export interface Whence {
  host?: string | undefined;
  origin?: string | undefined;
  'sec-fetch-site'?: string | string[] | undefined;
  'sec-fetch-mode'?: string | string[] | undefined;
}

/**
 * Why a request is not for this endpoint, or from a page of somebody else's; undefined if it is fine.
 * A name that an attacker owns may resolve to this machine (DNS rebinding), so only addresses, `localhost` and
 * `names` count. A page's requests carry its origin, which must be this endpoint; those that carry none (images,
 * scripts) say whether they are from elsewhere (W3C, "Fetch Metadata Request Headers"). A link may be followed.
 */
export function foreign(whence: Whence, names: readonly string[]): Refusal | undefined {
  const { host = '', origin, 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode } = whence;
  const name = hostName(host);
  if (name === undefined || !(isIP(name) > 0 || isLocal(name) || names.includes(name))) {
    const known = ['addresses', 'localhost', ...names].join(', ');
    const message = `the host ${host.slice(0, 200)} is not this endpoint; known are ${known} (see --host-name)`;
    return new Refusal(421, 'MisdirectedRequestException', message);
  }
  const isOwn = site === 'none' || site === 'same-origin' || mode === 'navigate';
  if (origin === undefined ? isOwn : originHost(origin) === host.toLowerCase()) return undefined;
  const message = `pages of ${origin?.slice(0, 200) ?? 'another site'} may not use this endpoint; only its collection routes are open`;
  return new Refusal(403, 'AccessDeniedException', message);
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The name in `name:port`, in lower case, without the brackets of an IPv6 address; undefined for no such text. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(host.toLowerCase());
  return (match?.[1] ?? match?.[2])?.replace(/\.$/, '');
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}
