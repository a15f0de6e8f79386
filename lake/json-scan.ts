/**
 * Finds the parts of a JSON text without parsing it (RFC 8259). The gateway passes events on as the bytes that
 * came, so it needs to know where they are and that they are JSON, but not what they hold: this costs a
 * quarter of parsing and printing them, and keeps every digit of a number.
 *
 * Positions are byte offsets; a function that finds no JSON answers -1. The text must be UTF-8.
 */

/** Levels of nesting beyond which a text is not read. */
export const scanDepth = 1000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

/** Position past the whitespace at `at`. */
export function skipSpace(text: Uint8Array, at: number): number {
  for (;;) {
    const byte = text[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** Position past the value that begins at `at`. */
export function skipValue(text: Uint8Array, at: number, depth = scanDepth): number {
  const byte = text[at];
  if (byte === quote) return skipString(text, at);
  if (byte === 0x7b) return skipObject(text, at, depth);
  if (byte === 0x5b)
    return depth === 0 ? -1 : scanArray(text, at, (value) => skipValue(text, value, depth - 1));
  if (byte === 0x74) return skipWord(text, at, 0x72, 0x75, 0x65);
  if (byte === 0x6e) return skipWord(text, at, 0x75, 0x6c, 0x6c);
  if (byte === 0x66) return text[at + 1] === 0x61 ? skipWord(text, at + 1, 0x6c, 0x73, 0x65) : -1;
  return skipNumber(text, at);
}

/** Told where a member's name begins and ends (quotes included) and its value begins; answers where that ends. */
export type OnMember = (name: number, nameEnd: number, value: number) => number;
/** Told where an item begins; answers where it ends. */
export type OnItem = (value: number) => number;

/** Position past the object that begins at `at`. */
export function scanObject(text: Uint8Array, at: number, onMember: OnMember): number {
  if (text[at] !== 0x7b) return -1;
  at = skipSpace(text, at + 1);
  if (text[at] === 0x7d) return at + 1;
  for (;;) {
    const name = at;
    const nameEnd = text[at] === quote ? skipString(text, at) : -1;
    if (nameEnd < 0) return -1;
    at = skipSpace(text, nameEnd);
    if (text[at] !== colon) return -1;
    at = onMember(name, nameEnd, skipSpace(text, at + 1));
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] === 0x7d) return at + 1;
    if (text[at] !== comma) return -1;
    at = skipSpace(text, at + 1);
  }
}

/** Position past the array that begins at `at`. */
export function scanArray(text: Uint8Array, at: number, onItem: OnItem): number {
  if (text[at] !== 0x5b) return -1;
  at = skipSpace(text, at + 1);
  if (text[at] === 0x5d) return at + 1;
  for (;;) {
    at = onItem(at);
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] === 0x5d) return at + 1;
    if (text[at] !== comma) return -1;
    at = skipSpace(text, at + 1);
  }
}

/** As scanObject, without a call for each member: nearly every byte of a request passes through here. */
function skipObject(text: Uint8Array, at: number, depth: number): number {
  if (depth === 0) return -1;
  at = skipSpace(text, at + 1);
  if (text[at] === 0x7d) return at + 1;
  for (;;) {
    at = text[at] === quote ? skipString(text, at) : -1;
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] !== colon) return -1;
    at = skipValue(text, skipSpace(text, at + 1), depth - 1);
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text[at] === 0x7d) return at + 1;
    if (text[at] !== comma) return -1;
    at = skipSpace(text, at + 1);
  }
}

function skipString(text: Uint8Array, at: number): number {
  for (at += 1; ; at += 1) {
    const byte = text[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) {
      at = skipEscape(text, at + 1);
      if (at < 0) return -1;
    } else if (byte === undefined || byte < 0x20) {
      return -1;
    }
  }
}

/** Position of the last byte of the escape whose letter is at `at`. */
function skipEscape(text: Uint8Array, at: number): number {
  switch (text[at]) {
    case quote:
    case backslash:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at;
    case 0x75: // u
      for (let i = at + 1; i <= at + 4; i++) if (!isHexDigit(text[i])) return -1;
      return at + 4;
    default:
      return -1;
  }
}

function skipWord(text: Uint8Array, at: number, second: number, third: number, fourth: number): number {
  return text[at + 1] === second && text[at + 2] === third && text[at + 3] === fourth ? at + 4 : -1;
}

function skipNumber(text: Uint8Array, at: number): number {
  if (text[at] === 0x2d) at += 1;
  if (text[at] === 0x30) at += 1;
  else at = skipDigits(text, at);
  if (at >= 0 && text[at] === 0x2e) at = skipDigits(text, at + 1);
  if (at >= 0 && (text[at] === 0x65 || text[at] === 0x45)) {
    at += text[at + 1] === 0x2b || text[at + 1] === 0x2d ? 2 : 1;
    at = skipDigits(text, at);
  }
  return at;
}

/** Past one digit or more. */
function skipDigits(text: Uint8Array, at: number): number {
  const start = at;
  while (isDigit(text[at])) at += 1;
  return at > start ? at : -1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
