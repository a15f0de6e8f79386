/** HTTP plumbing: requests with whole bodies in, answers out, with limits on size and time. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { type HttpServer, listenHttp, type Message, type Response, type Times } from './listen.ts';

export type { HttpServer } from './listen.ts';

export interface HttpRequest {
  /** GET for HEAD too: the answer is the same, and its body is left out (RFC 9110, section 9.3.2). */
  method: string;
  /** The client said HEAD. */
  head?: boolean;
  /** Without query. */
  path: string;
  /** What follows the `?`, as it came; empty if there is none. */
  query: string;
  /** Lower-case names; `host` whichever version of HTTP it came by. */
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The client's address. */
  ip: string;
}

export interface HttpAnswer {
  status: number;
  /** A stream's length is said here, as `content-length`. */
  headers: Record<string, string>;
  body: string | Uint8Array | Readable;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

/** How large a body may be, and the answer to one that is larger, which is not kept in memory. */
export interface BodyLimits {
  bytesMax(path: string): number;
  tooLarge(request: Omit<HttpRequest, 'body'>): HttpAnswer;
}

/** Listens on `host` and `port` (0: a free one) for HTTP/1.1 and cleartext HTTP/2. */
export function listen(
  handler: HttpHandler,
  { bytesMax, tooLarge }: BodyLimits,
  address: { host: string; port: number },
  times?: Times,
): Promise<HttpServer> {
  return listenHttp(
    (message, response) => {
      const request = requestOf(message);
      readBody(message, bytesMax(request.path))
        .then((body) => (body === undefined ? tooLarge(request) : handler({ ...request, body })))
        .then(
          (answer) => send(response, answer, message.method === 'HEAD'),
          // The client is gone: there is nobody to answer.
          () => response.destroy(),
        );
    },
    address,
    times,
  );
}

function send(response: Response, answer: HttpAnswer, isHead: boolean): void {
  const { status, headers, body } = answer;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    // An answer without content has no length either (RFC 9110, section 8.6).
    const length =
      status === 204 || status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    response.writeHead(status, { ...headers, ...length });
    if (isHead) response.end();
    else response.end(body);
    return;
  }
  response.writeHead(status, headers);
  if (isHead) {
    body.destroy();
    response.end();
  } else {
    // A break on either side ends both; the client sees that fewer bytes came than were said.
    pipeline(body, response, () => {});
  }
}

function requestOf(message: Message): Omit<HttpRequest, 'body'> {
  const url = message.url ?? '/';
  const query = url.indexOf('?');
  return {
    method: message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET'),
    head: message.method === 'HEAD',
    path: query < 0 ? url : url.slice(0, query),
    query: query < 0 ? '' : url.slice(query + 1),
    headers: message.httpVersionMajor === 2 ? http1Headers(message.headers) : message.headers,
    ip: message.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
  };
}

/** HTTP/2 names the host `:authority`, beside other members that are no headers (RFC 9113, section 8.3.1). */
function http1Headers(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const known: IncomingHttpHeaders = {};
  for (const name of Object.keys(headers)) if (!name.startsWith(':')) known[name] = headers[name];
  const authority = headers[':authority'];
  if (typeof authority === 'string') known.host = authority;
  return known;
}

/** The body, or undefined if it is larger than the limit. Rejects if the client breaks off. */
function readBody(message: Message, bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
    });
    message.on('end', () => {
      // Over HTTP/2, what was broken off has an end as well.
      if (message.aborted) reject(new Error('the client broke off'));
      else if (size > bytesMax) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    message.on('error', reject);
    message.on('close', () => {
      if (!message.complete) reject(new Error('the client broke off'));
    });
  });
}
