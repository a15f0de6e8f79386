/** What the page's answers forbid the browser, on one machine and in the cloud. */

/**
 * Scripts and styles from the page's own address alone, no frames around it, no plugins (W3C, "Content Security
 * Policy Level 3"). `nonce`: of a style that the editor adds. `connect`: other addresses that it may ask.
 */
export function contentSecurityPolicy({
  nonce,
  connect = [],
}: {
  nonce?: string;
  connect?: readonly string[];
}): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    nonce === undefined ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    ["connect-src 'self'", ...connect].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Types of the page's files, by what their names end in. */
export const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** How long a browser may keep a file: names below `assets/` hold a hash of what is in them. */
export function cacheControl(path: string): string {
  return path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
