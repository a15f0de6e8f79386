/**
 * Gives every function, operator and cast the meaning that it has in Athena. What is not in the table of
 * functions does not pass.
 */

import { isPlainArithmetic } from './arithmetic.ts';
import { castTo, type Expression, isExpression, literalText, mapExpressions, textConstant } from './ast.ts';
import { rewriteCast } from './casts.ts';
import { rewriteComparison } from './comparisons.ts';
import { SqlError } from './errors.ts';
import { functions, type SqlFunction } from './functions.ts';
import { convertLiteral } from './literals.ts';
import { fillTemplate, type Templates } from './templates.ts';
import { refuseZonedResult } from './zones.ts';

/** A copy of any part of a tree, in DuckDB's terms. */
export function rewrite<T>(tree: T, templates: Templates): T {
  refuseZonedResult(tree);
  return mapExpressions(tree, (expression) => {
    const changed = rewriteOne(expression, templates);
    return changed === expression ? expression : { ...changed, alias: expression.alias ?? '' };
  });
}

function rewriteOne(expression: Expression, templates: Templates): Expression {
  switch (expression.class) {
    case 'FUNCTION':
    case 'WINDOW':
      return rewriteCall(expression, templates);
    case 'CAST':
      return rewriteCast(expression, templates);
    case 'OPERATOR':
      if (expression.type === 'ARRAY_EXTRACT') return apply('[]', expression.children ?? [], templates);
      return rewriteComparison(expression);
    case 'COMPARISON':
    case 'BETWEEN':
      return rewriteComparison(expression);
    case 'COLUMN_REF':
      return rewriteKeyword(expression, templates);
    case 'CONSTANT':
      // Printed as SQL, a double would come back as a decimal.
      if (expression.value?.type.id !== 'DOUBLE') return expression;
      return castTo('DOUBLE', textConstant(String(expression.value.value)));
    default:
      return expression;
  }
}

const timeKeywords = new Set(['current_timestamp', 'current_date', 'localtimestamp']);

/** SQL's functions without parentheses look like columns to the parser; in Athena they are reserved words. */
export function isTimeKeyword(names: readonly string[]): boolean {
  return names.length === 1 && timeKeywords.has(names[0]!.toLowerCase());
}

function rewriteKeyword(column: Expression, templates: Templates): Expression {
  const names = column.column_names ?? [];
  return isTimeKeyword(names) ? apply(names[0]!.toLowerCase(), [], templates) : column;
}

function apply(name: string, args: readonly Expression[], templates: Templates): Expression {
  const sql = functions.get(name)?.sql;
  const text = typeof sql === 'object' ? sql[args.length] : sql;
  return fillTemplate(templates, text ?? '', args);
}

function rewriteCall(call: Expression, templates: Templates): Expression {
  const entry = lookup(call);
  const args = argumentsOf(entry, call);
  checkUse(entry, call, args.length);
  if (entry.fold !== undefined) {
    const { fold } = entry;
    return args.reduce((left, right) => fillTemplate(templates, fold, [left, right]));
  }
  if (isPlainArithmetic(entry.name, args)) return { ...call, children: args };
  if (entry.sql !== undefined) return apply(entry.name, args, templates);
  const children = entry.pack === undefined ? args : [fillTemplate(templates, entry.pack, args)];
  const own = { ...call, children, function_name: entry.call ?? call.function_name ?? '' };
  return entry.wrap === undefined ? own : fillTemplate(templates, entry.wrap, args, own);
}

/** `extract(dow FROM x)` arrives as date_part('dow', x). */
function lookup(call: Expression): SqlFunction {
  const name = (call.function_name ?? '').toLowerCase();
  const field = name === 'date_part' ? literalText(call.children?.[0])?.toLowerCase() : undefined;
  const entry = functions.get(field === undefined ? name : (extractFields[field] ?? field));
  if (entry !== undefined) return entry;
  const found = field === undefined ? `function ${name}` : `extract(${field} FROM …)`;
  const close = [...functions.keys()].filter(
    (known) => /^\w/.test(known) && known.startsWith(name.slice(0, 4)),
  );
  const hint = close.length === 0 ? '' : `; near it: ${close.slice(0, 6).join(', ')}`;
  throw new SqlError('FUNCTION_NOT_FOUND', `${found} does not run on the local endpoint${hint}`);
}

const extractFields: Readonly<Record<string, string>> = {
  dayofweek: 'dow',
  isodow: 'dow',
  dayofyear: 'doy',
  dayofmonth: 'day',
  weekofyear: 'week',
};

function argumentsOf(entry: SqlFunction, call: Expression): Expression[] {
  const children = call.children ?? [];
  const args = call.function_name?.toLowerCase() === 'date_part' ? children.slice(1) : children;
  return args.map((argument, at) => {
    const kind = entry.literals?.[at + 1];
    if (kind === undefined) return argument;
    const text = literalText(argument);
    if (text !== undefined) return textConstant(convertLiteral(kind, text));
    throw new SqlError(
      'NOT_SUPPORTED',
      `argument ${at + 1} of ${entry.name} must be a string literal (a ${kind.replace('-', ' ')}) to run locally`,
    );
  });
}

function checkUse(entry: SqlFunction, call: Expression, count: number): void {
  const [fewest, most] = entry.args;
  // lag(x, 1, 0) keeps its offset and default outside of the children.
  const extra = ['offset_expr', 'default_expr'].filter((name) =>
    isExpression(Reflect.get(call, name)),
  ).length;
  if (count + extra < fewest || count + extra > most) {
    const expected = fewest === most ? `${fewest}` : `${fewest} to ${most}`;
    throw new SqlError('SYNTAX_ERROR', `${entry.name} takes ${expected} argument(s), found ${count + extra}`);
  }
  const kind = entry.kind ?? 'scalar';
  if (kind === 'scalar' && (call.class === 'WINDOW' || call.distinct === true || hasFilter(call))) {
    throw new SqlError('SYNTAX_ERROR', `${entry.name} is not an aggregate: no DISTINCT, FILTER or OVER`);
  }
  if (kind === 'window' && call.class !== 'WINDOW') {
    throw new SqlError('SYNTAX_ERROR', `${entry.name} needs an OVER clause`);
  }
}

function hasFilter(call: Expression): boolean {
  return isExpression(Reflect.get(call, 'filter'));
}
