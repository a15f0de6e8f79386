/** Cuts Trino SQL text into tokens; joining their texts gives the input back, byte for byte. */
import { SqlError } from './errors.ts';

export interface Token {
  kind: 'space' | 'comment' | 'word' | 'quoted' | 'string' | 'number' | 'symbol';
  text: string;
}

const patterns: readonly [Token['kind'], RegExp][] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?\*\//y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['string', /'(?:[^']|'')*'/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$@]*/uy],
  ['symbol', /->|\/\*|=>|\|\||<>|!=|<=|>=|::|[^\s]/uy],
];

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < sql.length) {
    const token = tokenAt(sql, position);
    if (/^(["']|\/\*)/.test(token.text) && token.kind === 'symbol') {
      throw new SqlError('SYNTAX_ERROR', `line ${lineOf(sql, position)}: ${token.text} is never closed`);
    }
    tokens.push(token);
    position += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, position: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined) return { kind, text };
  }
  throw new SqlError(
    'SYNTAX_ERROR',
    `line ${lineOf(sql, position)}: cannot read ${sql.slice(position, position + 20)}`,
  );
}

function lineOf(sql: string, position: number): number {
  return sql.slice(0, position).split('\n').length;
}

/** A copy in which what `replacement` finds at a token, and the tokens that it covers, are one token of its text. */
export function replaceAt(
  tokens: readonly Token[],
  replacement: (at: number) => { length: number; text: string } | undefined,
): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const found = replacement(at);
    result.push(found === undefined ? tokens[at]! : symbol(found.text));
    if (found !== undefined) at += found.length - 1;
  }
  return result;
}

/** Where the parenthesis that opens at `open` closes. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === '(') depth++;
    if (tokens[at]?.text === ')' && --depth === 0) return at;
  }
  throw new SqlError('SYNTAX_ERROR', 'a parenthesis is never closed');
}

export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toLowerCase());
}

export function symbol(text: string): Token {
  return { kind: 'symbol', text };
}
