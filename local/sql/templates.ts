/**
 * Expressions with blanks. A template is SQL text in DuckDB's dialect; `_1`, `_2` … stand for a call's
 * arguments, `_self` for the call itself under DuckDB's name, `_self_sum` for the same call (with its
 * DISTINCT, FILTER and OVER) of another function.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Expression, isExpression, mapExpressions, members } from './ast.ts';
import { parseDuckDb } from './parser.ts';

export type Templates = ReadonlyMap<string, Expression>;

/** Parses templates, all at once. */
export async function parseTemplates(
  connection: DuckDBConnection,
  texts: Iterable<string>,
): Promise<Templates> {
  const list = [...new Set([...texts, ...once, ...onceValue])];
  const { node } = await parseDuckDb(connection, `SELECT ${list.map((text) => `(${text})`).join(', ')}`);
  return new Map(list.map((text, index) => [text, node.select_list![index]!]));
}

/** Larger arguments are computed once, as the parameter of a lambda. */
const inlineNodesMax = 20;
const onceValue = ['firn_1', 'firn_2', 'firn_3'];
const once = onceValue.map((name) => `list_transform([_1], lambda ${name}: _2)[1]`);

/**
 * A template with its blanks filled. Templates repeat their arguments, so nested ones would grow without bound;
 * hence the lambdas. `self`: the call, where the template speaks of it.
 */
export function fillTemplate(
  templates: Templates,
  text: string,
  args: readonly Expression[],
  self?: Expression,
): Expression {
  const large = args.findIndex(
    (argument) => argument.class !== 'LAMBDA' && countNodes(argument) > inlineNodesMax,
  );
  const [lambda, parameter] = [templates.get(once[large] ?? ''), templates.get(onceValue[large] ?? '')];
  if (lambda === undefined || parameter === undefined || self !== undefined) {
    return fill(templates.get(text)!, args, self);
  }
  const body = fillTemplate(templates, text, args.with(large, parameter));
  return fill(lambda, [args[large]!, body]);
}

function fill(template: Expression, args: readonly Expression[], self?: Expression): Expression {
  return mapExpressions(template, (expression) => {
    const name = expression.class === 'COLUMN_REF' ? expression.column_names?.[0] : undefined;
    const position = /^_(\d+)$/.exec(name ?? '')?.[1];
    if (position !== undefined) return args[Number(position) - 1]!;
    const other = /^_self_?(\w*)$/.exec(name ?? '')?.[1];
    if (other === undefined || self === undefined) return expression;
    return { ...self, alias: '', function_name: other === '' ? self.function_name! : other };
  });
}

function countNodes(value: object): number {
  return members(value).reduce((sum, member) => sum + countNodes(member), isExpression(value) ? 1 : 0);
}
