/**
 * The little that DuckDB's parser cannot read in Athena's syntax, or reads as something else, changed in the
 * text. Everything that depends on meaning happens later, on the syntax tree.
 */
import { SqlError } from './errors.ts';
import { asOfClauses } from './time-travel.ts';
import { isWord, replaceAt, symbol, type Token, tokenize } from './tokens.ts';

/** Athena SQL → text that DuckDB's parser reads with the same structure. */
export function translate(sql: string): string {
  const tokens = tokenize(sql).filter(({ kind }) => kind !== 'comment' && kind !== 'space');
  while (tokens.at(-1)?.text === ';') tokens.pop();
  refuseForeignSyntax(tokens);
  const steps = [
    quoteForeignWords,
    asOfClauses,
    bareValues,
    hexLiterals,
    decimals,
    shortIf,
    sizedTypes,
    arrayTypes,
    ignoreNulls,
    withinGroup,
    samples,
  ];
  return steps
    .reduce((current, step) => step(current), tokens)
    .map(({ text }) => text)
    .join(' ');
}

function refuseForeignSyntax(tokens: readonly Token[]): void {
  const refusals: Record<string, string> = {
    '::': '"::" is not Athena SQL: write CAST(value AS type)',
    $: '"$" parameters are not Athena SQL: write ? and give execution parameters in order',
    '{': '"{" is not Athena SQL: write CAST(ROW(…) AS ROW(name type, …)) or MAP(ARRAY[…], ARRAY[…])',
  };
  for (const { kind, text } of tokens) {
    if (kind !== 'symbol') continue;
    if (text === ';')
      throw new SqlError('SYNTAX_ERROR', 'only one statement at a time: remove what follows ";"');
    const refusal = refusals[text];
    if (refusal !== undefined) throw new SqlError('SYNTAX_ERROR', refusal);
  }
}

/** Words that DuckDB reserves and Athena does not: quoted, they are names in both. */
const foreignWords = new Set(
  'analyse analyze asymmetric check collate column constraint deferrable do foreign initially lambda placing primary references returning summarize symmetric unique variadic'.split(
    ' ',
  ),
);

function quoteForeignWords(tokens: Token[]): Token[] {
  return tokens.map((token, at) => {
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    // `at` is a word of its own in AT TIME ZONE only.
    const isName = foreignWords.has(word) || (word === 'at' && !isWord(tokens[at + 1], 'time'));
    return isName ? { kind: 'quoted', text: `"${word}"` } : token;
  });
}

/** X'00 01' is bytes in Trino; DuckDB reads it as the text "x00 01". */
function hexLiterals(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [prefix, literal] = tokens.slice(at, at + 2);
    if (!isWord(prefix, 'x') || literal?.kind !== 'string') return undefined;
    return { length: 2, text: `from_hex(${literal.text.replaceAll(' ', '')})` };
  });
}

/** DECIMAL '1.50' is as wide as it is written, and DECIMAL alone is decimal(38,0); DuckDB has decimal(18,3). */
function decimals(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [word, next] = tokens.slice(at, at + 2);
    if (!isWord(word, 'decimal')) return undefined;
    if (next?.text === ')' && isWord(tokens[at - 1], 'as')) return { length: 1, text: 'decimal(38, 0)' };
    const digits = /^'[+-]?(\d*)\.?(\d*)'$/.exec(next?.text ?? '');
    if (next?.kind !== 'string' || digits === null) return undefined;
    const [whole = '', fraction = ''] = digits.slice(1);
    const width = Math.max(1, whole.replace(/^0+/, '').length + fraction.length);
    return { length: 2, text: `CAST(${next.text} AS DECIMAL(${width}, ${fraction.length}))` };
  });
}

/** `if(a, b)` without an else: NULL. */
function shortIf(tokens: Token[]): Token[] {
  const result: Token[] = [];
  /** Of what is open: the arguments of an `if` so far, or undefined for another parenthesis or bracket. */
  const open: (number | undefined)[] = [];
  for (const [at, token] of tokens.entries()) {
    const { text } = token;
    const arguments_ = open.at(-1);
    if (text === ',' && arguments_ !== undefined) open[open.length - 1] = arguments_ + 1;
    if (text === '[') open.push(undefined);
    if (text === '(') open.push(isWord(tokens[at - 1], 'if') ? 1 : undefined);
    if (text === ']' || text === ')') open.pop();
    if (text === ')' && arguments_ === 2) result.push(symbol(', NULL'));
    result.push(token);
  }
  return result;
}

/** Parameters of a type that DuckDB's parser drops: kept as a type name of their own, `"varchar(3)"`. */
function sizedTypes(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [name, open, size, close] = tokens.slice(at, at + 4);
    if (!isWord(name, 'varchar', 'char', 'timestamp') || size?.kind !== 'number') return undefined;
    if (open?.text !== '(' || close?.text !== ')') return undefined;
    const zoned = tokens
      .slice(at + 4, at + 7)
      .map(({ text }) => text.toLowerCase())
      .join(' ');
    if (zoned === 'with time zone') return { length: 7, text: 'timestamp with time zone' };
    return { length: 4, text: `"${name?.text.toLowerCase()}(${size.text})"` };
  });
}

/** `array(T)` → `T[]`; Trino has no function of that name. */
function arrayTypes(tokens: Token[]): Token[] {
  const result: Token[] = [];
  /** Of the parentheses that are open: whether each is a type's. */
  const open: boolean[] = [];
  for (const [at, token] of tokens.entries()) {
    const begins = isWord(token, 'array') && tokens[at + 1]?.text === '(';
    const isOfType = token.text === '(' ? isWord(tokens[at - 1], 'array') : token.text === ')' && open.at(-1);
    if (token.text === '(') open.push(isOfType === true);
    if (token.text === ')') open.pop();
    if (begins || (isOfType && token.text === '(')) continue;
    result.push(isOfType ? symbol('[]') : token);
  }
  return result;
}

/** `lag(x) IGNORE NULLS OVER` → `lag(x IGNORE NULLS) OVER`. */
function ignoreNulls(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [close, treatment, nulls] = tokens.slice(at, at + 3);
    if (close?.text !== ')' || !isWord(treatment, 'ignore', 'respect') || !isWord(nulls, 'nulls'))
      return undefined;
    return { length: 3, text: `${treatment?.text} NULLS )` };
  });
}

/** `listagg(x, ',') WITHIN GROUP (ORDER BY y)` → `listagg(x, ',' ORDER BY y)`. */
function withinGroup(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [close, within, group, open] = tokens.slice(at, at + 4);
    if (close?.text !== ')' || !isWord(within, 'within') || !isWord(group, 'group')) return undefined;
    return open?.text === '(' ? { length: 4, text: '' } : undefined;
  });
}

/** `VALUES 1, 2` has a row per value; DuckDB wants each in parentheses. */
function bareValues(tokens: Token[]): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    result.push(tokens[at]!);
    if (!isWord(tokens[at++], 'values') || !beginsLiteral(tokens[at])) continue;
    result.push(symbol('('));
    for (let depth = 0; at < tokens.length; at++) {
      const token = tokens[at]!;
      if (token.text === '(' || token.text === '[') depth++;
      if (token.text === ')' || token.text === ']') depth--;
      const isOver = isWord(token, 'order', 'limit', 'offset', 'union', 'except', 'intersect');
      if (depth < 0 || (depth === 0 && isOver)) break;
      result.push(depth === 0 && token.text === ',' ? symbol('), (') : token);
    }
    result.push(symbol(')'));
  }
  return result;
}

function beginsLiteral(token: Token | undefined): boolean {
  const words = [
    'array',
    'bigint',
    'date',
    'decimal',
    'double',
    'false',
    'interval',
    'null',
    'timestamp',
    'true',
  ];
  return (
    token?.kind === 'number' || token?.kind === 'string' || token?.text === '-' || isWord(token, ...words)
  );
}

/** `TABLESAMPLE BERNOULLI (10)` means percent; DuckDB wants it said. */
function samples(tokens: Token[]): Token[] {
  return replaceAt(tokens, (at) => {
    const [word, method, open, size, close] = tokens.slice(at, at + 5);
    if (!isWord(word, 'tablesample') || !isWord(method, 'bernoulli', 'system')) return undefined;
    if (open?.text !== '(' || size?.kind !== 'number' || close?.text !== ')') return undefined;
    return { length: 5, text: `TABLESAMPLE ${method?.text} (${size.text} PERCENT)` };
  });
}
