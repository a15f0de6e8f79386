/**
 * Comparisons with text. Trino compares text with text only: `ts > '2024-01-01'` is an error, and so is `n = '1'`.
 * DuckDB would read such a literal as the other side's type, by rules of its own; so it is made text for good, and
 * DuckDB refuses to compare (`errors.ts` puts that into Trino's words).
 */
import { castTo, type Expression, literalText } from './ast.ts';

export function rewriteComparison(comparison: Expression): Expression {
  const { class: kind, type, left, right, input, lower, upper, children = [] } = comparison;
  if (kind === 'BETWEEN') {
    return { ...comparison, input: asText(input!), lower: asText(lower!), upper: asText(upper!) };
  }
  if (type === 'COMPARE_IN' || type === 'COMPARE_NOT_IN') return rewriteIn(comparison, children);
  if (kind !== 'COMPARISON') return comparison;
  const [value, literal] = isLiteral(left!) ? [right!, left!] : [left!, right!];
  if (readsAsOther(literal) && (type === 'COMPARE_EQUAL' || type === 'COMPARE_NOTEQUAL')) {
    return equals(value, literal, type === 'COMPARE_EQUAL');
  }
  return { ...comparison, left: asText(left!), right: asText(right!) };
}

/** Of a list that may be read as another type, the first value decides for all. */
function rewriteIn(comparison: Expression, [value, ...items]: readonly Expression[]): Expression {
  const at = items.findIndex(readsAsOther);
  if (value === undefined || at < 0) return comparison;
  const isIn = comparison.type === 'COMPARE_IN';
  const first = equals(value, items[at]!, isIn);
  const others = items.toSpliced(at, 1);
  if (others.length === 0) return first;
  const rest = { ...comparison, alias: '', children: [value, ...others] };
  return {
    class: 'CONJUNCTION',
    type: isIn ? 'CONJUNCTION_OR' : 'CONJUNCTION_AND',
    alias: '',
    children: [first, rest],
  };
}

/** DuckDB's `=` converts text even when it is no literal; its BETWEEN does not. */
function equals(value: Expression, literal: Expression, isEqual: boolean): Expression {
  const text = asText(literal);
  const between = {
    class: 'BETWEEN',
    type: 'COMPARE_BETWEEN',
    alias: '',
    input: value,
    lower: text,
    upper: text,
  };
  return isEqual ? between : { class: 'OPERATOR', type: 'OPERATOR_NOT', alias: '', children: [between] };
}

function asText(expression: Expression): Expression {
  return isLiteral(expression) ? castTo('VARCHAR', expression) : expression;
}

function isLiteral(expression: Expression): boolean {
  return literalText(expression) !== undefined;
}

/** Whether a text literal could be read as a number, a time or a truth value. Others fail by themselves. */
function readsAsOther(expression: Expression): boolean {
  const text = literalText(expression)?.trim().toLowerCase() ?? '';
  return /^[-+.]?\d/.test(text) || otherWords.has(text);
}

const otherWords = new Set('t f true false y n yes no nan inf infinity -inf -infinity epoch'.split(' '));
