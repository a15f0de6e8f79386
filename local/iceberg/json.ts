/**
 * JSON of table metadata and REST catalog messages. Snapshot ids use all of 63 bits, which JSON.parse would
 * round, so members whose name ends in `snapshot-id` are bigint here. All other numbers of the format
 * (sequence numbers, times, counts) stay far below 2^53.
 */

/** The quotes are the delimiters of a member name: within a JSON string they would be escaped. */
const SNAPSHOT_ID = /(?<!\\)"((?:[a-z]+-)*snapshot-id)"(\s*:\s*)(-?\d+)(?=\s*[,}])/g;
const SNAPSHOT_IDS = /(?<!\\)"snapshot-ids"\s*:\s*\[[\s\d,-]*\]/g;

/** Parses JSON text; snapshot ids come out as bigint. */
export function parseJson(text: string): unknown {
  const quoted = text
    .replace(SNAPSHOT_ID, '"$1"$2"$3"')
    .replace(SNAPSHOT_IDS, (member) => member.replace(/-?\d+(?=\s*[,\]])/g, '"$&"'));
  return restoreIds(JSON.parse(quoted));
}

/** Turns the quoted ids into bigint, in place. Maps of free text are left alone: their values were strings. */
function restoreIds(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (const item of value) restoreIds(item);
    return value;
  }
  const members = value as Record<string, unknown>;
  for (const name in members) {
    const member = members[name];
    if (name.endsWith('snapshot-id') && typeof member === 'string') members[name] = BigInt(member);
    else if (name === 'snapshot-ids' && Array.isArray(member)) members[name] = member.map(BigInt);
    else if (name !== 'summary' && name !== 'properties' && name !== 'updates') restoreIds(member);
    else if (Array.isArray(member)) restoreIds(member);
  }
  return members;
}

const quotedNames = new Map<string, string>();

/** JSON text without white space; bigint becomes a number with all its digits. */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`;
  let text = '';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${memberName(name)}:${stringifyJson(member)}`;
  }
  return `{${text}}`;
}

/** Member names repeat a thousand times in one document; property names are few and bounded by it too. */
function memberName(name: string): string {
  let quoted = quotedNames.get(name);
  if (quoted === undefined) {
    quoted = JSON.stringify(name);
    if (quotedNames.size < 1000) quotedNames.set(name, quoted);
  }
  return quoted;
}
