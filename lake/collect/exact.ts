/**
 * Numbers of more digits than a double holds (ids of other systems, mostly) keep them: where a message has one, its
 * JSON columns are cut out of the text that came instead of being printed anew.
 */
import { isName } from '../gateway.ts';
import { scanObject, skipSpace, skipValue } from '../json-scan.ts';
import type { Fields } from './clickstream.ts';

/** Members of an event that are columns as they stand. */
const ofMessages: Readonly<Record<string, string>> = { properties: 'properties', traits: 'traits' };
const ofCloudEvents: Readonly<Record<string, string>> = { data: 'properties' };

/** Whether JSON.parse may round a number of this text: 16 digits in a row, or 15 after a point. */
function mayRound(text: string): boolean {
  return /\d{16}|\.\d{15}/.test(text);
}

/** `text` is the event's own; `route` its envelope's. What is no object there has a column of another form. */
export function keepDigits(fields: Fields, text: string, route: string | undefined): void {
  if (!mayRound(text) || route === 'pixel' || route === 'collect') return;
  const columns = route === 'cloudevents' ? ofCloudEvents : ofMessages;
  const bytes = Buffer.from(text);
  const found = new Map<string, string>();
  const end = scanObject(bytes, skipSpace(bytes, 0), (name, nameEnd, value) => {
    const valueEnd = skipValue(bytes, value);
    for (const [member, column] of Object.entries(columns)) {
      if (valueEnd < 0 || !isName(bytes, name, nameEnd, member)) continue;
      found.set(column, bytes.toString('utf8', value, valueEnd));
    }
    return valueEnd;
  });
  if (end < 0) return;
  for (const [column, exact] of found) {
    if (exact.startsWith('{') && fields[column] !== undefined) fields[column] = exact;
  }
}
