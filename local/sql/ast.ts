/**
 * DuckDB's syntax tree as `json_serialize_sql` spells it: what the cage and the rewriting need to know of it.
 * Members that nobody here looks at pass through untouched.
 */

import { isLosslessNumber, type LosslessNumber } from 'lossless-json';

export type AstValue = null | boolean | number | bigint | LosslessNumber | string | AstObject | AstValue[];
export interface AstObject {
  [member: string]: AstValue | undefined;
}

/** An expression: `class` says which kind. Only the members of its own kind are there. */
export interface Expression {
  class: string;
  type: string;
  alias?: string;
  /** FUNCTION, WINDOW */
  function_name?: string;
  schema?: string;
  catalog?: string;
  children?: Expression[];
  distinct?: boolean;
  is_operator?: boolean;
  /** COLUMN_REF */
  column_names?: string[];
  /** COMPARISON, LAMBDA (`lhs`, `expr`) */
  left?: Expression;
  right?: Expression;
  lhs?: Expression;
  expr?: Expression;
  /** CAST */
  child?: Expression;
  cast_type?: SqlType;
  try_cast?: boolean;
  /** CONSTANT */
  value?: { type: SqlType; is_null: boolean; value?: AstValue };
  /** BETWEEN */
  input?: Expression;
  lower?: Expression;
  upper?: Expression;
  /** PARAMETER: its number, from 1, as text */
  identifier?: string;
  /** SUBQUERY */
  subquery?: { node: QueryNode };
}

export interface SqlType {
  id: string;
  type_info?: AstObject;
}

export interface TableRef {
  type: string;
  alias?: string;
  /** BASE_TABLE */
  table_name?: string;
  schema_name?: string;
  catalog_name?: string;
  at_clause?: { unit: string; expr: Expression } | null;
  /** JOIN */
  left?: TableRef;
  right?: TableRef;
  join_type?: string;
  ref_type?: string;
  /** SUBQUERY */
  subquery?: { node: QueryNode };
  /** TABLE_FUNCTION */
  function?: Expression;
}

export interface QueryNode {
  type: string;
  cte_map?: { map?: { key: string; value: { query: { node: QueryNode } } }[] };
  /** SELECT_NODE */
  select_list?: Expression[];
  from_table?: TableRef;
  where_clause?: Expression;
  /** SET_OPERATION_NODE, RECURSIVE_CTE_NODE */
  left?: QueryNode;
  right?: QueryNode;
  cte_name?: string;
}

export interface Statement {
  node: QueryNode;
  named_param_map?: AstValue;
}

/** Objects and arrays directly inside a value, with nothing known about them. */
export function members(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((member) => typeof member === 'object' && member !== null);
}

export function isExpression(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'class' in value && 'type' in value;
}

/**
 * A copy in which every expression, innermost first, is replaced by what `change` answers for it.
 * Everything that is no expression is copied as it is.
 */
export function mapExpressions<T>(value: T, change: (expression: Expression) => Expression): T {
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return value;
  if (Array.isArray(value)) return value.map((item) => mapExpressions(item, change)) as T;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mapExpressions(member, change)]),
  ) as T;
  return isExpression(copy) ? (change(copy) as T) : copy;
}

/** Whether `test` holds for an expression at or below this value. */
export function someExpression(value: unknown, test: (expression: Expression) => boolean): boolean {
  if (isExpression(value) && test(value)) return true;
  return members(value).some((member) => someExpression(member, test));
}

export function textConstant(text: string): Expression {
  const value = { type: { id: 'VARCHAR' }, is_null: false, value: text };
  return { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value };
}

/** The text of a string literal, or undefined if the expression is anything else. */
export function literalText(expression: Expression | undefined): string | undefined {
  const { class: kind, value } = expression ?? {};
  if (kind !== 'CONSTANT' || value?.type.id !== 'VARCHAR' || typeof value.value !== 'string')
    return undefined;
  return value.value;
}

export function castTo(id: string, child: Expression): Expression {
  return { class: 'CAST', type: 'OPERATOR_CAST', alias: '', child, cast_type: { id }, try_cast: false };
}
