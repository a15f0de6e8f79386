/**
 * Serves the shop: `npm start` here, with a lakehouse beside it. The trackers are bundled from node_modules, so that
 * no page loads anything from elsewhere.
 *
 *   FIRN_URL        where the lakehouse is (http://127.0.0.1:4566)
 *   FIRN_WRITE_KEY  its write key (local)
 *   PORT            where the shop is to be (8080; 0 takes a free one)
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const firn = process.env.FIRN_URL ?? 'http://127.0.0.1:4566';
const writeKey = process.env.FIRN_WRITE_KEY ?? 'local';

const { outputFiles } = await build({
  entryPoints: [path.join(folder, 'shop.js')],
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  define: {
    FIRN_URL: JSON.stringify(firn),
    FIRN_WRITE_KEY: JSON.stringify(writeKey),
    'process.env.NODE_ENV': '"production"',
    global: 'globalThis',
  },
  logLevel: 'warning',
});

const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript' };
const pages = new Set(['/index.html', '/product.html', '/cart.html', '/thanks.html', '/shop.css']);

const server = createServer(async ({ url = '/' }, response) => {
  const pathname = url.split('?')[0];
  const name = pathname === '/' ? '/index.html' : pathname;
  const isBundle = name === '/shop.bundle.js';
  if (!isBundle && !pages.has(name)) return response.writeHead(404).end('no such page');
  const content = isBundle ? outputFiles[0].contents : await readFile(path.join(folder, name));
  response.writeHead(200, { 'content-type': types[path.extname(name)], 'cache-control': 'no-store' });
  response.end(content);
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`the shop is at http://127.0.0.1:${server.address().port}, and sends to ${firn}`);
});
