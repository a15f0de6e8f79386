/** Athena's execution parameters: SQL literals as text, in the order of the question marks. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Expression, mapExpressions, type Statement, someExpression } from './ast.ts';
import { SqlError } from './errors.ts';
import { parseExpression } from './parser.ts';

/**
 * Puts parsed parameters in the place of the question marks, in the tree and never in the text: a parameter is
 * one value, whatever it holds.
 */
export async function bindParameters(
  connection: DuckDBConnection,
  statement: Statement,
  parameters: readonly string[],
): Promise<Statement> {
  const values: Expression[] = [];
  for (const [at, text] of parameters.entries()) values.push(await parseParameter(connection, text, at + 1));
  let used = 0;
  const bound = mapExpressions(statement, (expression) => {
    if (expression.class !== 'PARAMETER') return expression;
    used = Math.max(used, Number(expression.identifier));
    return values[Number(expression.identifier) - 1] ?? expression;
  });
  if (used !== parameters.length) {
    throw new SqlError(
      'SYNTAX_ERROR',
      `Incorrect number of parameters: expected ${used} but found ${parameters.length}`,
    );
  }
  return { ...bound, named_param_map: [] };
}

const literalClasses = new Set(['CONSTANT', 'CAST', 'FUNCTION', 'OPERATOR']);
const literalFunctions = /^(-|list_value|map|trunc|to_(years|months|weeks|days|hours|minutes|seconds))$/;

async function parseParameter(
  connection: DuckDBConnection,
  text: string,
  number: number,
): Promise<Expression> {
  const hint = `execution parameter ${number} is ${text}: expected a SQL literal such as 42, 'text' or DATE '2024-01-31'`;
  const expression = await parseExpression(connection, text).catch(() => {
    throw new SqlError('SYNTAX_ERROR', hint);
  });
  const isOther = ({ class: kind, function_name: name = '', type }: Expression) =>
    !literalClasses.has(kind) ||
    (kind === 'FUNCTION' && !literalFunctions.test(name)) ||
    (kind === 'OPERATOR' && type !== 'ARRAY_CONSTRUCTOR');
  if (someExpression(expression, isOther)) throw new SqlError('SYNTAX_ERROR', hint);
  return expression;
}
