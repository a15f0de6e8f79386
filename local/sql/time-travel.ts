/**
 * `t FOR TIMESTAMP AS OF x a` → `t a AT (TIMESTAMP => x)`, which is how DuckDB's parser takes it; so is `VERSION`.
 */
import { closing, isWord, symbol, type Token } from './tokens.ts';

const units: Readonly<Record<string, string>> = {
  timestamp: 'TIMESTAMP',
  system_time: 'TIMESTAMP',
  version: 'VERSION',
  system_version: 'VERSION',
};

export function asOfClauses(tokens: Token[]): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    if (!isClause(tokens, at)) {
      result.push(tokens[at++]!);
      continue;
    }
    const unit = units[tokens[at + 1]!.text.toLowerCase()]!;
    const end = endOfValue(tokens, at + 4);
    const next = end + aliasLength(tokens, end);
    result.push(...tokens.slice(end, next), symbol(`AT (${unit} =>`));
    result.push(...tokens.slice(at + 4, end), symbol(')'));
    at = next;
  }
  return result;
}

function isClause(tokens: readonly Token[], at: number): boolean {
  return (
    isWord(tokens[at], 'for') &&
    isWord(tokens[at + 1], ...Object.keys(units)) &&
    isWord(tokens[at + 2], 'as') &&
    isWord(tokens[at + 3], 'of')
  );
}

/** Where a value expression ends: operands with operators between them. */
function endOfValue(tokens: readonly Token[], from: number): number {
  let end = endOfOperand(tokens, from);
  for (;;) {
    if (['+', '-', '*', '/', '||'].includes(tokens[end]?.text ?? '')) end = endOfOperand(tokens, end + 1);
    else if (isWord(tokens[end], 'at') && isWord(tokens[end + 1], 'time'))
      end = endOfOperand(tokens, end + 3);
    else return end;
  }
}

/** A literal, a call, a name, a question mark, or anything in parentheses. */
function endOfOperand(tokens: readonly Token[], from: number): number {
  const [token, next] = tokens.slice(from, from + 2);
  if (token === undefined) return from;
  if (token.text === '-') return endOfOperand(tokens, from + 1);
  if (token.text === '(') return closing(tokens, from) + 1;
  if (token.kind !== 'word') return from + 1;
  if (next?.text === '(') return closing(tokens, from + 1) + 1;
  // INTERVAL '1' DAY; TIMESTAMP '…', DATE '…'.
  if (next?.kind === 'string') return from + (isWord(token, 'interval') ? 3 : 2);
  return from + 1;
}

const clauseWords =
  'where group order having limit offset fetch window join inner left right full cross natural on using union except intersect tablesample for'.split(
    ' ',
  );

/** Tokens of an alias that follows, `AS` included. */
function aliasLength(tokens: readonly Token[], at: number): number {
  if (isWord(tokens[at], 'as')) return 2;
  const token = tokens[at];
  if (token?.kind === 'quoted') return 1;
  return token?.kind === 'word' && !isWord(token, ...clauseWords) ? 1 : 0;
}
