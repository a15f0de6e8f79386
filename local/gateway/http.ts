/** HTTP plumbing: requests with whole bodies in, answers out, with limits on size and time. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { limits } from '../../lake/gateway.ts';

export interface HttpRequest {
  method: string;
  /** Without query. */
  path: string;
  /** What follows the `?`, as it came; empty if there is none. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The client's address. */
  ip: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

/** A client that takes longer than this to send its request is answered 408. */
const requestTimeoutMs = 30_000;

/**
 * Listens on `host` and `port` (0: a free one). Bodies above the gateway's limit are answered by `tooLarge`
 * without being kept in memory.
 */
export async function listen(
  handler: HttpHandler,
  tooLarge: (request: Omit<HttpRequest, 'body'>) => HttpAnswer,
  address: { host: string; port: number },
): Promise<Server> {
  const server = createServer({ requestTimeout: requestTimeoutMs, connectionsCheckingInterval: 5_000 });
  server.keepAliveTimeout = 60_000;
  server.on('request', (message, response) => {
    const request = requestOf(message);
    readBody(message)
      .then((body) => (body === undefined ? tooLarge(request) : handler({ ...request, body })))
      .then(
        (answer) => {
          response.writeHead(answer.status, answerHeaders(answer));
          response.end(answer.body);
        },
        // The client is gone: there is nobody to answer.
        () => response.destroy(),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
  return server;
}

/** Stops accepting, lets what is being answered finish, and closes idle connections. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), 5_000);
  await closed;
  clearTimeout(late);
}

/** An answer without content has no length either (RFC 9110, section 8.6). */
function answerHeaders({ status, headers, body }: HttpAnswer): Record<string, string> {
  return status === 204 ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) };
}

function requestOf(message: IncomingMessage): Omit<HttpRequest, 'body'> {
  const url = message.url ?? '/';
  const query = url.indexOf('?');
  return {
    // HEAD is answered as GET, and Node leaves the body out (RFC 9110, section 9.3.2).
    method: message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET'),
    path: query < 0 ? url : url.slice(0, query),
    query: query < 0 ? '' : url.slice(query + 1),
    headers: message.headers,
    ip: message.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
  };
}

/** The body, or undefined if it is larger than the limit. Rejects if the client breaks off. */
function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limits.bodyBytes) chunks.push(chunk);
    });
    message.on('end', () => {
      if (size > limits.bodyBytes) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    message.on('error', reject);
    message.on('close', () => {
      if (!message.complete) reject(new Error('the client broke off'));
    });
  });
}
