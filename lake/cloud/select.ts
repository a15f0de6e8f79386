/** What a SELECT's own text tells without a parser: the words in it, and the names of its columns. */
import { Fault } from '../errors.ts';

interface Token {
  text: string;
  /** Of brackets around it. */
  depth: number;
}

/** Comments, strings, quoted names, words, numbers; any other character by itself. */
const pattern = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|\d[\w.]*|\S/g;

/** Names and keywords, without quotes. */
export function wordsOf(select: string): string[] {
  return tokensOf(select).flatMap(({ text }) => nameOf(text) ?? []);
}

const ends = new Set(['FROM', 'WHERE', 'UNION', 'INTERSECT', 'EXCEPT', 'ORDER', 'LIMIT']);

/**
 * Names of the outermost columns, in lower case. Throws a Fault that names `where` for a star and for an expression
 * without a name.
 */
export function outputColumns(where: string, select: string): string[] {
  const outer = tokensOf(select);
  const at = (words: ReadonlySet<string>, from: number) =>
    outer.findIndex(({ text, depth }, i) => i >= from && depth === 0 && words.has(text.toUpperCase()));
  let first = at(new Set(['SELECT']), 0) + 1;
  if (first === 0) throw new Fault(`${where}: expected SELECT`);
  if (/^(DISTINCT|ALL)$/i.test(outer[first]?.text ?? '')) first += 1;
  const end = at(ends, first);
  return splitByComma(outer.slice(first, end === -1 ? undefined : end)).map((item) => {
    const written = item.map(({ text }) => text).join(' ');
    const name = nameOf(item.at(-1)?.text ?? '');
    if (name === undefined || !isNamed(item)) {
      throw new Fault(
        `${where}: "${written}" has no name of its own; name each column, since the catalog keeps them: … AS name`,
      );
    }
    return name.toLowerCase();
  });
}

/** Whether the last word is the name of all that is before it: a plain or qualified column, or an alias. */
function isNamed(item: readonly Token[]): boolean {
  if (/^END$/i.test(item.at(-1)!.text)) return false;
  const before = item.at(-2)?.text;
  return before === undefined || /^(AS|\.|\)|\]|END|\w+|"[\s\S]*"|'[\s\S]*')$/i.test(before);
}

function splitByComma(tokens: readonly Token[]): Token[][] {
  const items: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',' && token.depth === 0) items.push([]);
    else items.at(-1)!.push(token);
  }
  return items;
}

function tokensOf(sql: string): Token[] {
  let depth = 0;
  return [...sql.matchAll(pattern)]
    .map(([text]) => text)
    .filter((text) => !text.startsWith('--') && !text.startsWith('/*'))
    .map((text) => {
      if (text === ')' || text === ']') depth -= 1;
      const token = { text, depth };
      if (text === '(' || text === '[') depth += 1;
      return token;
    });
}

function nameOf(text: string): string | undefined {
  if (/^[A-Za-z_]/.test(text)) return text;
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined;
}
