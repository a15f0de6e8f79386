/** The page's own files, as Vite built them, with the headers that keep other sites out. */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheControl, contentSecurityPolicy, contentTypes } from '../../lake/page/security.ts';
import type { HttpAnswer, HttpRequest } from '../gateway/http.ts';

function security(nonce: string): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy({ nonce }),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}

const noncePlace = 'NONCE-PLACE';

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
      const type = contentTypes[path.extname(name)];
      if (type === undefined) continue;
      const body = fs.readFileSync(path.join(folder, name));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      this.#assets.set(`/${name.split(path.sep).join('/')}`, { type, body, etag });
    }
  }

  /** The page for `/`, a file for its path; undefined for anything else. */
  answer({ path: asked, headers }: HttpRequest): HttpAnswer | undefined {
    if (asked === '/') return this.#page();
    const asset = this.#assets.get(asked);
    if (asset === undefined) return undefined;
    const { type, body, etag } = asset;
    const kept = {
      'content-type': type,
      'cache-control': cacheControl(asked.slice(1)),
      etag,
      ...security('none'),
    };
    if (headers['if-none-match'] === etag) return { status: 304, headers: kept, body: '' };
    return { status: 200, headers: kept, body };
  }

  /** The page itself, with a nonce that serves once. */
  #page(): HttpAnswer | undefined {
    const page = this.#assets.get('/index.html');
    if (page === undefined) return undefined;
    const nonce = randomBytes(16).toString('base64url');
    return {
      status: 200,
      headers: { 'content-type': page.type, 'cache-control': 'no-store', ...security(nonce) },
      body: page.body.toString().replace(noncePlace, nonce),
    };
  }
}
