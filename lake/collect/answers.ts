/** What the collection routes answer. */
import type { Refusal } from '../gateway.ts';
import { corsHeaders } from '../openapi/answers.ts';
import type { CollectRoute } from './routes.ts';

export interface CollectAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Of the library's own metrics: how many came. */
  metrics?: number;
}

/**
 * Headers that let pages of any site read the answer. A browser that sends cookies along takes no `*` for an
 * answer, so there the page's own origin is named; nothing that we answer depends on cookies.
 */
export function corsOf(
  { credentials }: CollectRoute,
  origin: string | string[] | undefined,
): Record<string, string> {
  if (!credentials || typeof origin !== 'string') return corsHeaders;
  return {
    ...corsHeaders,
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'origin',
  };
}

export function successAnswer(cors: Record<string, string>): CollectAnswer {
  return { status: 200, headers: { ...json, ...cors }, body: '{"success":true}' };
}

/** 429 says how soon, in seconds: some libraries wait a minute where they are not told. */
export function refusalAnswer(
  { status, type, message }: Refusal,
  cors: Record<string, string>,
): CollectAnswer {
  const retry: Record<string, string> = status === 429 ? { 'retry-after': '1' } : {};
  return { status, headers: { ...json, ...cors, ...retry }, body: JSON.stringify({ __type: type, message }) };
}

const json = { 'content-type': 'application/json' };

/** A transparent GIF of one pixel, 43 bytes. */
export const pixelGif = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

export function pixelAnswer(cors: Record<string, string>): CollectAnswer {
  const headers = { ...cors, 'content-type': 'image/gif', 'cache-control': 'no-store' };
  return { status: 200, headers, body: Buffer.from(pixelGif, 'base64') };
}
