/** The page's own files, as Vite built them, with the headers that keep other sites out. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { HttpAnswer, HttpRequest } from '../gateway/http.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** Scripts and styles from here alone, no frames around it, no plugins (W3C, "Content Security Policy Level 3"). */
const security = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

interface Asset {
  type: string;
  body: Buffer;
  etag: string;
}

export class Assets {
  readonly #assets = new Map<string, Asset>();

  /** Reads all files of a folder; there are few, and they do not change while the server runs. */
  constructor(folder: string) {
    if (!fs.existsSync(folder)) return;
    for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const type = types[path.extname(name)];
      if (type === undefined) continue;
      const body = fs.readFileSync(path.join(folder, name));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      this.#assets.set(`/${name.split(path.sep).join('/')}`, { type, body, etag });
    }
  }

  /** The page for `/` and for the addresses of its views; a file for its path; undefined for anything else. */
  answer({ path: asked, headers }: HttpRequest): HttpAnswer | undefined {
    const asset = this.#assets.get(asked === '/' ? '/index.html' : asked);
    if (asset === undefined) return undefined;
    const { type, body, etag } = asset;
    // File names hold a hash of what is in them; the page itself does not.
    const cache = asked.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    const kept = { 'content-type': type, 'cache-control': cache, etag, ...security };
    if (headers['if-none-match'] === etag) return { status: 304, headers: kept, body: '' };
    return { status: 200, headers: kept, body };
  }
}
