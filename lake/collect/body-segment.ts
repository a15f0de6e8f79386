/** Bodies of Segment's routes. Messages pass as the bytes that came; only where they begin and end is found. */
import { invalid, isName, isWhole, type Refusal, unreadable } from '../gateway.ts';
import { scanArray, scanObject, skipSpace, skipValue } from '../json-scan.ts';
import type { Events } from './collect.ts';
import type { SegmentType } from './limits.ts';

/** One message: the whole body. */
export function readSegment(body: Buffer, type: SegmentType): Events | Refusal {
  const start = skipSpace(body, 0);
  const end = scanObject(body, start, (_name, _end, value) => skipValue(body, value));
  if (!isWhole(body, end)) return unreadable(body) ?? invalid('the body must be one message: a JSON object');
  return { events: [body.subarray(start, end)], route: `segment/${type}` };
}

/** Members of a batch that hold for all its messages. */
const sharedNames = ['sentAt', 'context', 'integrations'];

/**
 * `{"batch": [message, …], "sentAt": …, "context": …, "integrations": …}`. A message may be anything: what is no
 * message of a known type is a rejection of its own, and the others land.
 */
export function readSegmentBatch(body: Buffer): Events | Refusal {
  let events: Uint8Array[] | undefined;
  const shared = new Map<string, string>();
  const end = scanObject(body, skipSpace(body, 0), (name, nameEnd, value) => {
    if (isName(body, name, nameEnd, 'batch') && body[value] === openBracket) {
      const found: Uint8Array[] = [];
      events = found;
      return scanArray(body, value, (item) => {
        const itemEnd = skipValue(body, item);
        if (itemEnd >= 0) found.push(body.subarray(item, itemEnd));
        return itemEnd;
      });
    }
    const valueEnd = skipValue(body, value);
    const known = valueEnd < 0 ? undefined : sharedNames.find((one) => isName(body, name, nameEnd, one));
    // Of a member that is there twice the last counts, as JSON.parse has it.
    if (known !== undefined) shared.set(known, body.toString('utf8', value, valueEnd));
    return valueEnd;
  });
  if (!isWhole(body, end) || events === undefined) {
    return unreadable(body) ?? invalid('the body must be {"batch": [message, …]}');
  }
  const members = [...shared].map(([name, text]) => `"${name}":${text}`);
  return { events, route: 'segment/batch', ...(members.length > 0 && { batch: `{${members.join(',')}}` }) };
}

const openBracket = 0x5b;
