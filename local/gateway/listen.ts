/**
 * HTTP/1.1 and cleartext HTTP/2 on one port. A client that speaks HTTP/2 here knows so beforehand and begins
 * with a preface (RFC 9113, section 3.3), as the AWS SDK's clients for Kinesis do; the first bytes of a
 * connection tell which it is.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { constants, createServer as createHttp2, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Writable } from 'node:stream';

export type Message = IncomingMessage | Http2ServerRequest;
export type Response = Writable & {
  readonly headersSent: boolean;
  writeHead(status: number, headers?: Record<string, string>): unknown;
};

export interface HttpServer {
  port: number;
  /** Stops accepting, lets what is being answered finish, and closes idle connections. */
  close(): Promise<void>;
}

export interface Times {
  /** A client that takes longer than this to send its request is answered 408. */
  requestMs: number;
  /** How long a connection stays open without a request. */
  idleMs: number;
  /** A connection on which nothing moves is closed after this: its client does not read its answer. */
  stalledMs: number;
}

const defaultTimes: Times = { requestMs: 30_000, idleMs: 60_000, stalledMs: 120_000 };

/** What is still being answered when the server closes has this long. */
const closingMs = 5_000;

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Calls `onRequest` for each request of either version. `port` 0 takes a free one. */
export async function listenHttp(
  onRequest: (message: Message, response: Response) => void,
  { host, port }: { host: string; port: number },
  times: Times = defaultTimes,
): Promise<HttpServer> {
  const { requestMs, idleMs, stalledMs } = times;
  const http1 = createServer({
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: Math.min(5_000, requestMs),
  });
  http1.keepAliveTimeout = idleMs;
  http1.timeout = stalledMs;
  http1.on('request', onRequest);
  const http2 = http2Server(onRequest, times);

  // The server for HTTP/1.1 is the one that listens, since its time-outs run in one that does only.
  const [onHttp1] = http1.listeners('connection') as ((socket: Socket) => void)[];
  http1.removeAllListeners('connection');
  const undecided = new Set<Socket>();
  http1.on('connection', (socket: Socket) => {
    undecided.add(socket);
    peek(socket, requestMs, (isHttp2) => {
      undecided.delete(socket);
      if (isHttp2) http2.accept(socket);
      else onHttp1!.call(http1, socket);
    });
    socket.once('close', () => undecided.delete(socket));
  });

  await new Promise<void>((resolve, reject) => {
    http1.once('error', reject);
    http1.listen(port, host, resolve);
  });
  return {
    port: (http1.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()));
      http1.closeIdleConnections();
      for (const socket of undecided) socket.destroy();
      http2.close();
      const late = setTimeout(() => {
        http1.closeAllConnections();
        http2.destroy();
      }, closingMs);
      await closed;
      clearTimeout(late);
    },
  };
}

/** Tells from a connection's first bytes whether it is HTTP/2, and puts them back. */
function peek(socket: Socket, requestMs: number, decided: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.destroy();
  };
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const length = Math.min(seen.length, preface.length);
    const matches = seen.compare(preface, 0, length, 0, length) === 0;
    if (matches && length < preface.length) return;
    socket.off('readable', onReadable).off('end', giveUp).off('error', giveUp).off('timeout', giveUp);
    socket.setTimeout(0);
    socket.unshift(seen);
    decided(matches);
  };
  socket.on('readable', onReadable).on('end', giveUp).on('error', giveUp).on('timeout', giveUp);
  socket.setTimeout(requestMs);
}

function http2Server(
  onRequest: (message: Message, response: Response) => void,
  { requestMs, stalledMs }: Times,
) {
  const server = createHttp2({
    settings: { maxConcurrentStreams: 100, initialWindowSize: 1024 * 1024, maxHeaderListSize: 16 * 1024 },
  });
  const sessions = new Set<{ close(): void; destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(stalledMs, () => session.destroy());
  });
  server.on('request', (message, response) => {
    const late = setTimeout(() => {
      if (!response.headersSent) response.writeHead(408).end();
      message.stream.close(constants.NGHTTP2_NO_ERROR);
    }, requestMs);
    message.once('end', () => clearTimeout(late)).once('close', () => clearTimeout(late));
    onRequest(message, response);
  });
  return {
    accept: (socket: Socket) => server.emit('connection', socket),
    close() {
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) session.destroy();
    },
  };
}
