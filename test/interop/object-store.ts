/** As much of S3 as ClickHouse needs to read files of this machine, on loopback, for as long as a read takes. */
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface Store {
  /** A file `/a/b` is the object `url + '/a/b'`. */
  url: string;
  close(): Promise<void>;
}

export async function openStore(): Promise<Store> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/root`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://store');
  const key = decodeURIComponent(url.pathname).replace(/^\/root\/?/, '');
  if (url.searchParams.has('list-type')) {
    response.end(listing(url.searchParams.get('prefix') ?? ''));
    return;
  }
  const file = `/${key}`;
  if (!existsSync(file) || !statSync(file).isFile()) {
    response
      .writeHead(404, { 'content-type': 'application/xml' })
      .end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const { size, mtime } = statSync(file);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range === null || range[2] === '' ? size - 1 : Math.min(size - 1, Number(range[2]));
  response.writeHead(range === null ? 200 : 206, {
    'content-length': Math.max(0, end - start + 1),
    'last-modified': mtime.toUTCString(),
    etag: `"${size}"`,
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) response.end();
  else createReadStream(file, { start, end }).pipe(response);
}

/** ListObjectsV2 of all files below a folder. */
function listing(prefix: string): string {
  const folder = `/${prefix}`.replace(/[^/]*$/, '');
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const files = names
    .map((name) => path.join(folder, name))
    .filter((file) => file.startsWith(`/${prefix}`) && statSync(file).isFile());
  const contents = files.map((file) => {
    const { size, mtime } = statSync(file);
    const key = file.slice(1).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<Contents><Key>${key}</Key><LastModified>${mtime.toISOString()}</LastModified><ETag>"${size}"</ETag><Size>${size}</Size></Contents>`;
  });
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>${files.length}</KeyCount>${contents.join('')}</ListBucketResult>`;
}
