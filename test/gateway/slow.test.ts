import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type HttpServer, listen } from '../../local/gateway/http.ts';

const times = { requestMs: 100, idleMs: 200, stalledMs: 300 };
const large = Buffer.alloc(64 * 2 ** 20, 'x');
let server: HttpServer;

beforeAll(async () => {
  server = await listen(
    async ({ path }) => ({ status: 200, headers: {}, body: path === '/large' ? large : 'fine' }),
    { bytesMax: () => 1000, tooLarge: () => ({ status: 413, headers: {}, body: '' }) },
    { host: '127.0.0.1', port: 0 },
    times,
  );
});
afterAll(() => server.close());

function open(): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** All that comes until the server closes the connection. */
function until(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
  });
}

test.each([
  ['nothing', ''],
  ['half of a preface', 'PRI * HTTP/2.0\r\n'],
  ['half of a head', 'PUT / HTTP/1.1\r\nHost: x\r\n'],
  ['half of a body', 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'],
])('a client that sends %s and no more is not waited for', async (_, bytes) => {
  const socket = open();
  socket.write(bytes);
  expect(await until(socket)).toMatch(/^$|^HTTP\/1.1 408 /);
});

test('a connection without requests is closed', async () => {
  const socket = open();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await until(socket)).toMatch(/fine$/);
});

test('a client that does not read its answer is not waited for', async () => {
  const socket = open();
  socket.pause();
  socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 3 * times.stalledMs));
  expect((await until(socket.resume())).length).toBeLessThan(large.length);
});

test('over HTTP/2, half of a body is answered 408, and what else is asked meanwhile 200', async () => {
  const client = connectHttp2(`http://127.0.0.1:${server.port}`);
  client.on('error', () => {});
  onTestFinished(() => client.destroy());
  const status = (body: string, isWhole: boolean) =>
    new Promise((resolve) => {
      const request = client.request({ ':method': 'POST', ':path': '/' });
      request.on('response', (headers) => resolve(headers[':status']));
      request.on('error', () => {});
      request.write(body);
      if (isWhole) request.end();
    });
  expect(await Promise.all([status('half', false), status('whole', true)])).toEqual([408, 200]);
});

test('over HTTP/2, a connection on which nothing moves is closed', async () => {
  const client = connectHttp2(`http://127.0.0.1:${server.port}`);
  client.on('error', () => {});
  await new Promise((resolve) => client.on('close', resolve));
});
