/** The patterns of names that SHOW and the lists of Athena and Glue take. */

/** Whether a pattern is one that `nameFilter` understands. */
export function isNamePattern(pattern: string): boolean {
  return /^(?:[\w\- ]|\.?\*|[|^$()])*$/.test(pattern);
}

/**
 * A filter of names; everything matches without one. Services take a Java regular expression; here `*` and `.*`
 * stand for text, `|` for a choice, `^` and `$` for the ends, and all other characters for themselves: that covers
 * what clients send, and no pattern can take for ever. Callers refuse others.
 */
export function nameFilter(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined || pattern === '') return () => true;
  const choices = pattern
    .toLowerCase()
    .replaceAll(/[()]/g, '')
    .split('|')
    .map((choice) => parts(choice.replace(/^\^/, '').replace(/\$$/, '')));
  return (name) => choices.some((choice) => matches(choice, name.toLowerCase()));
}

/** Literal texts with any text between them. */
function parts(choice: string): string[] {
  return choice.replaceAll(/\\(.)/g, '$1').split(/(?:\.?\*)+/);
}

/** Whether a name is these parts in order, with any text between them. */
function matches(own: readonly string[], name: string): boolean {
  const [first = '', ...others] = own;
  if (others.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop()!;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}
