/** An answer in JSON, which nobody keeps. */
import type { HttpAnswer } from '../gateway/http.ts';

export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Whoever opens it as a page sees text.
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      ...headers,
    },
    body: JSON.stringify(value),
  };
}
