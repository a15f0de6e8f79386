import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type HttpHandler, type HttpServer, listen } from '../../local/gateway/http.ts';

let server: HttpServer;

/** Paths of the requests that came to be answered, and the sizes of their bodies. */
const handled: string[] = [];
const sources: Readable[] = [];

/** Tells what the request was; below `/stream` a stream of bytes, below `/slow` an answer that takes its time. */
const tell: HttpHandler = async ({ method, path, query, headers, body }) => {
  handled.push(`${path} ${body.length}`);
  if (path === '/stream') {
    const bytes = Buffer.alloc(3_000_000, 'x');
    const body = Readable.from([bytes]);
    sources.push(body);
    return { status: 200, headers: { 'content-length': String(bytes.length) }, body };
  }
  if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 50));
  const { host, connection } = headers;
  const said = { method, path, query, host, connection, size: body.length };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(said) };
};

const limits = { bytesMax: () => 100_000, tooLarge: () => ({ status: 413, headers: {}, body: 'too large' }) };
const start = (): Promise<HttpServer> => listen(tell, limits, { host: '127.0.0.1', port: 0 });

beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

function session(port = server.port): ClientHttp2Session {
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  onTestFinished(() => client.destroy());
  return client;
}

interface Answer {
  status: number;
  length: string | undefined;
  text: string;
}

function ask(client: ClientHttp2Session, method: string, path: string, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = client.request({ ':method': method, ':path': path });
    let status = 0;
    let length: string | undefined;
    let text = '';
    request.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      length = headers['content-length'];
    });
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('error', reject);
    request.on('end', () => resolve({ status, length, text }));
    if (body === undefined) request.end();
    else request.end(body);
  });
}

test('HTTP/2 is spoken on the port of HTTP/1.1, and the handler sees the same request', async () => {
  const { status, text } = await ask(session(), 'POST', '/a/b?c=d', Buffer.alloc(70_000));
  expect(status).toBe(200);
  const host = `127.0.0.1:${server.port}`;
  expect(JSON.parse(text)).toEqual({ method: 'POST', path: '/a/b', query: 'c=d', host, size: 70_000 });
});

test('many requests share a connection, and one that is slow holds up none', async () => {
  const client = session();
  const order: string[] = [];
  const asked = ['/slow', '/1', '/2'].map((path) => ask(client, 'GET', path).then(() => order.push(path)));
  await Promise.all(asked);
  expect(order.at(-1)).toBe('/slow');
});

test('HEAD is answered as GET, without the body', async () => {
  const { status, length, text } = await ask(session(), 'HEAD', '/stream');
  expect({ status, length, text }).toEqual({ status: 200, length: '3000000', text: '' });
});

test('a stream is sent whole', async () => {
  expect((await ask(session(), 'GET', '/stream')).text).toHaveLength(3_000_000);
});

test('a body above the limit is answered 413, and the connection goes on', async () => {
  const client = session();
  expect((await ask(client, 'POST', '/a', Buffer.alloc(100_001))).status).toBe(413);
  expect((await ask(client, 'POST', '/a', Buffer.alloc(100_000))).status).toBe(200);
});

test('a request that is broken off leaves the others alone', async () => {
  const client = session();
  const broken = client.request({ ':method': 'POST', ':path': '/a', 'content-length': '5000' });
  broken.on('error', () => {});
  broken.write('half');
  broken.close(constants.NGHTTP2_CANCEL);
  expect((await ask(client, 'GET', '/b')).status).toBe(200);
});

/** A frame of the first stream (RFC 9113, section 4.1). */
function frame(type: number, flags: number, payload: Buffer, stream = 1): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Preface, settings, and a POST to that path, whose body is to come. */
function openPost(path: string): Buffer[] {
  const value = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const fields = [Buffer.from([0x83, 0x86, 0x04]), value(path), Buffer.from([0x01]), value('127.0.0.1')];
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  return [preface, frame(4, 0, Buffer.alloc(0), 0), frame(1, 0x4, Buffer.concat(fields))];
}

const reset = (code: number): Buffer => frame(3, 0, Buffer.from([0, 0, 0, code]));

test.each([
  ['the request is reset', [reset(constants.NGHTTP2_CANCEL)]],
  ['the request is reset as if nothing were wrong', [reset(constants.NGHTTP2_NO_ERROR)]],
  ['the connection is lost', []],
])('half a body is no body: %s', async (how, rest) => {
  const path = `/half/${how.length}`;
  const socket = connect(server.port, '127.0.0.1').resume();
  for (const part of [...openPost(path), frame(0, 0, Buffer.from('half')), ...rest]) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  socket.destroy();
  expect((await ask(session(), 'GET', '/after')).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(handled.filter((own) => own.startsWith(path))).toEqual([]);
});

test('a whole body is one, whatever follows it', async () => {
  const socket = connect(server.port, '127.0.0.1').resume();
  socket.write(Buffer.concat([...openPost('/whole'), frame(0, 0x1, Buffer.from('whole'))]));
  await vi.waitFor(() => expect(handled).toContain('/whole 5'));
  socket.write(reset(constants.NGHTTP2_CANCEL));
  socket.destroy();
});

test('a request that is reset once its body is there is carried out, and its answer goes nowhere', async () => {
  const client = session();
  const broken = client.request({ ':method': 'POST', ':path': '/slow' });
  broken.on('error', () => {});
  broken.end('whole');
  await ask(client, 'GET', '/between');
  broken.close(constants.NGHTTP2_CANCEL);
  const asked = await Promise.all(['/slow', '/stream', '/b'].map((path) => ask(client, 'GET', path)));
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(handled).toContain('/slow 5');
});

test('a stream that is reset while it is sent ends, and its source with it', async () => {
  const client = session();
  const broken = client.request({ ':path': '/stream' });
  broken.on('error', () => {});
  await new Promise((resolve) => broken.once('data', resolve));
  broken.close(constants.NGHTTP2_CANCEL);
  await vi.waitFor(() => expect(sources.at(-1)?.destroyed).toBe(true));
  expect((await ask(client, 'GET', '/b')).status).toBe(200);
});

test('closing lets a request under way finish and ends every connection', async () => {
  const other = await start();
  const idle = connect(other.port, '127.0.0.1');
  const idleEnd = new Promise((resolve) => idle.on('close', resolve));
  const idle2 = session(other.port);
  const idle2End = new Promise((resolve) => idle2.on('close', resolve));
  await ask(idle2, 'GET', '/a');
  const client = session(other.port);
  await ask(client, 'GET', '/first');
  const slow = ask(client, 'GET', '/slow');
  await ask(client, 'GET', '/meanwhile');
  const closed = other.close();
  expect((await slow).status).toBe(200);
  await Promise.all([closed, idleEnd, idle2End]);
});

/** Writes these bytes apart from each other, and answers all that comes until the connection closes. */
async function trickle(
  parts: readonly (string | Buffer)[],
  until?: (text: string) => boolean,
): Promise<string> {
  const socket: Socket = connect(server.port, '127.0.0.1');
  socket.setNoDelay(true);
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  const done = new Promise<string>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until?.(text)) resolve(text);
    });
  });
  for (const part of parts) {
    socket.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return done;
}

test.each(['PUT /x', 'P', 'PR', 'PRI * HTTP/2.0\r\n'])(
  'a request whose first bytes come alone is understood: %j',
  async (first) => {
    if (first.startsWith('PRI')) {
      // The rest of the preface and an empty SETTINGS frame: the server answers with its own.
      const rest = Buffer.concat([Buffer.from('\r\nSM\r\n\r\n'), Buffer.from('000000040000000000', 'hex')]);
      const text = await trickle([first, rest], (said) => said.length >= 9);
      expect(text.charCodeAt(3)).toBe(4);
      return;
    }
    const whole = 'PUT /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab';
    // PROPFIND begins as the preface of HTTP/2 does.
    const request = first === 'PR' ? whole.replace('PUT', 'PROPFIND') : whole;
    const text = await trickle([first, request.slice(first.length, 30), request.slice(30)]);
    expect(text).toMatch(/^HTTP\/1.1 200 /);
    expect(text).toContain('"size":2');
  },
);

test('a preface that goes wrong is no HTTP/1.1 request', async () => {
  expect(await trickle(['PRI * HTTP/2.0\r\n', 'X: y\r\n\r\n'])).toMatch(/^HTTP\/1.1 4\d\d |^$/);
});

test('a connection that ends before it said anything is closed', async () => {
  const socket = connect(server.port, '127.0.0.1');
  socket.end();
  await new Promise((resolve) => socket.on('close', resolve).resume());
});
