/**
 * Numbers of more digits than a double holds (ids of other systems, mostly) keep them in the columns of JSON text.
 * Few messages have one. Such a message is read once more with each of these numbers as a marked text, and the
 * marks are taken off what is printed.
 */
import { Rejection } from '../errors.ts';
import { addTexts, type Fields } from './clickstream.ts';
import { readMessage, readSurroundings, type Surroundings } from './message.ts';

/**
 * What a double may not hold: 16 digits, with a point among them or not; an exponent of three digits. A number's end is
 * asked for, since UUIDs and user agents (`15E148`) have parts that look like exponents.
 */
const many = /\d{16}|[\d.]{17}|\d[eE][+-]?\d{3,}\s*[,}\]]/;

/**
 * Brings the texts among a message's fields back to the digits that came. `text` is the event's own, `envelope`
 * what the gateway wrote around it, if it did, and `surroundings` what was read there.
 */
export function keepDigits(
  fields: Fields,
  text: string,
  envelope: string | undefined,
  surroundings: Surroundings,
): void {
  // Of the envelope, only what a batch says for all its messages becomes text.
  const shared = surroundings.batch === undefined ? '' : (envelope ?? '');
  if (!many.test(text) && !many.test(shared)) return;
  // Whoever sends all of them loses the digits, and nothing else.
  const mark = marks.find((one) => !text.includes(one) && !shared.includes(one));
  if (mark === undefined) return;
  const [ownMarked, sharedMarked] = [marked(text, mark), marked(shared, mark)];
  if (ownMarked === text && sharedMarked === shared) return;
  const { batch } = readSurroundings(sharedMarked === '' ? undefined : sharedMarked);
  const message = readMessage(JSON.parse(ownMarked), { ...surroundings, ...(batch && { batch }) });
  const texts: Fields = {};
  if (message instanceof Rejection || addTexts(texts, message) !== undefined) return;
  for (const [name, value] of Object.entries(texts)) fields[name] = unmarked(String(value), mark);
}

/** Control characters that JSON spells in one way alone. */
const marks = [0, 1, 2, 3, 4, 5, 6, 7].map((code) => `\\u000${code}`);

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The JSON text with the numbers that would be rounded as strings that begin with the mark. */
function marked(text: string, mark: string): string {
  return text.replace(stringOrNumber, (token) =>
    token.startsWith('"') || token.length < 5 || String(Number(token)) === token
      ? token
      : `"${mark}${token}"`,
  );
}

function unmarked(text: string, mark: string): string {
  const [head, ...parts] = text.split(`"${mark}`);
  // What follows a mark is the number, and the quotation mark after it.
  return [head, ...parts.map((part) => part.replace('"', ''))].join('');
}
