import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpHandler, type HttpServer, listen } from '../../local/gateway/http.ts';

let server: HttpServer;

const echo: HttpHandler = async ({ method, path, body }) => {
  if (method === 'OPTIONS') return { status: 204, headers: { 'x-said': 'nothing' }, body: '' };
  return { status: 200, headers: {}, body: `${method} ${path} ${body.length}` };
};

beforeAll(async () => {
  const tooLarge = () => ({ status: 413, headers: {}, body: 'too large' });
  server = await listen(echo, { bytesMax: () => 10 * 1024 * 1024, tooLarge }, { host: '127.0.0.1', port: 0 });
});

afterAll(() => server.close());

/** Sends these bytes, and answers all that comes until the server closes the connection. */
function exchange(...parts: string[]): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    for (const part of parts) socket.write(part);
  });
}

const close = 'Host: x\r\nConnection: close\r\n';

test('HEAD is answered as GET, without the body', async () => {
  const answer = await exchange(`HEAD /a HTTP/1.1\r\n${close}\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\ncontent-length: 8\r\n/);
  expect(answer).toMatch(/\r\n\r\n$/);
});

test('an answer without content says no length', async () => {
  const answer = await exchange(`OPTIONS /a HTTP/1.1\r\n${close}\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 204 No Content\r\nx-said: nothing\r\n/);
  expect(answer).not.toMatch(/content-length/i);
});

test('requests in a row on one connection are answered in order', async () => {
  const answer = await exchange(
    'GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nPUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc' +
      `GET /c HTTP/1.1\r\n${close}\r\n`,
  );
  expect(answer.match(/(?:GET|PUT) \/. \d/g)).toEqual(['GET /a 0', 'PUT /b 3', 'GET /c 0']);
});

test('a body may come in chunks, and after a question whether it may', async () => {
  const chunks = `PUT /a HTTP/1.1\r\n${close}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n`;
  expect(await exchange(chunks)).toMatch(/PUT \/a 5$/);
  const asked = await exchange(
    `PUT /a HTTP/1.1\r\n${close}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    'ab',
  );
  expect(asked).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/);
});

test.each([
  ['two lengths of a body', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n', 400],
  ['a chunk of no length', 'Transfer-Encoding: chunked\r\n\r\nZZ\r\n', 400],
  ['headers of 20 kB', `X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
])('%s are refused', async (_, rest, status) => {
  expect(await exchange(`PUT /a HTTP/1.1\r\n${close}${rest}`)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
