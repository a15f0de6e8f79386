/** The pixel: `GET /v1/pixel.gif?writeKey=…&event=…`, for mail and for pages without scripts. */
import type { Events } from './collect.ts';

/** The parameters as one JSON object, without the key; of one that is there twice the last counts. */
export function pixelEvent(query: URLSearchParams): Events {
  const members = [...new Map(query)].filter(([name]) => name !== 'writeKey');
  const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  return { events: [Buffer.from(text)], route: 'pixel' };
}
