/** A network that can be cut, and that remembers what it carried: HTTP to another port, while it is whole. */
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Carried {
  method: string;
  path: string;
  body: string;
}

export interface Network {
  url: string;
  /** Requests that went through, whatever became of them. */
  carried: readonly Carried[];
  /** Ends what is open; whoever connects from now on is turned away. */
  cut(): void;
  restore(): void;
}

export async function networkTo(target: string): Promise<Network> {
  const open = new Set<Socket>();
  const carried: Carried[] = [];
  let whole = true;
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      carried.push({ method, path: url, body: body.toString() });
      const onward = request(new URL(url, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    });
  });
  server.on('connection', (socket: Socket) => {
    if (!whole) return socket.resetAndDestroy();
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    carried,
    cut,
    restore: () => {
      whole = true;
    },
  };
}
