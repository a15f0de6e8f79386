/** The write key in a request. */
import { isName } from '../gateway.ts';
import { scanArray, scanObject, skipSpace, skipValue } from '../json-scan.ts';
import { basicKey } from '../write-keys.ts';
import type { CollectRequest } from './collect.ts';
import type { CollectRoute, KeyPlace } from './routes.ts';

/** The first key that is given in any of the route's places; undefined if there is none. */
export function givenKey(route: CollectRoute, request: CollectRequest, body: Buffer): string | undefined {
  for (const place of route.keys) {
    const key = keyIn(place, request, body);
    if (key !== undefined && key !== '') return key;
  }
  return undefined;
}

function keyIn(place: KeyPlace, { headers, query }: CollectRequest, body: Buffer): string | undefined {
  const authorization = headers.authorization?.toString();
  switch (place) {
    case 'basic':
      return basicKey(authorization);
    case 'bearer':
      return /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
    case 'x-api-key':
      return headers['x-api-key']?.toString();
    case 'body':
      return keyInBody(body);
    case 'query':
      return new URLSearchParams(query).get('writeKey') ?? undefined;
    case 'app-id':
      return new URLSearchParams(query).get('appId') ?? undefined;
  }
}

/** The member `writeKey` of a message; of a batch, or else of the batch's first message. */
function keyInBody(body: Buffer): string | undefined {
  let own: string | undefined;
  let first: string | undefined;
  scanObject(body, skipSpace(body, 0), (name, nameEnd, value) => {
    const end = skipValue(body, value);
    if (end >= 0 && isName(body, name, nameEnd, 'writeKey')) own = textAt(body, value, end);
    if (end >= 0 && isName(body, name, nameEnd, 'batch')) first = keyOfFirst(body, value);
    return end;
  });
  return own ?? first;
}

function keyOfFirst(body: Buffer, batch: number): string | undefined {
  let key: string | undefined;
  scanArray(body, batch, (item) => {
    scanObject(body, item, (name, nameEnd, value) => {
      const end = skipValue(body, value);
      if (end >= 0 && isName(body, name, nameEnd, 'writeKey')) key = textAt(body, value, end);
      return end;
    });
    return -1;
  });
  return key;
}

function textAt(body: Buffer, start: number, end: number): string | undefined {
  const value: unknown = JSON.parse(body.toString('utf8', start, end));
  return typeof value === 'string' ? value : undefined;
}
