/**
 * Conditions that every row of a table must satisfy to reach the result, read off the tree, so that files
 * without such rows are not opened. A condition that is not understood is left out: fewer files are skipped,
 * never a row.
 */
import type { IcebergSchema } from '../../lake/iceberg.ts';
import type { PredicateOperator } from '../iceberg/types.ts';
import { type Expression, literalText, someExpression, type TableRef } from './ast.ts';
import type { TableUse } from './cage.ts';
import { functions } from './functions.ts';
import { isTimeKeyword } from './rewrite.ts';

/** A condition whose right side is still an expression, constant for the whole query. */
export interface Condition {
  /** Path of the column in the schema, joined by dots. */
  column: string;
  /** Iceberg primitive type of the column. */
  type: string;
  op: PredicateOperator;
  operands: readonly Expression[];
  /** `starts with`: the text itself. */
  prefix?: string;
}

/** What WHERE demands of the rows of one table. */
export function findConditions({ ref, select }: TableUse, schema: IcebergSchema): Condition[] {
  const { where_clause: where, from_table: from } = select;
  if (where === undefined || where === null || from === undefined || !keepsUnmatched(from, ref)) return [];
  const resolve = columnResolver(from, ref, schema);
  return conjuncts(where).flatMap((condition) => understand(condition, resolve));
}

/** How many conditions WHERE joins by AND. */
export function countConjuncts({ select: { where_clause: where } }: TableUse): number {
  return where === undefined || where === null ? 0 : conjuncts(where).length;
}

/**
 * Whether each row of the table that WHERE lets through is in the join's result as itself. Not so on the side
 * of an outer join that is filled with NULL.
 */
function keepsUnmatched(from: TableRef, ref: TableRef): boolean {
  if (from === ref) return true;
  if (from.type !== 'JOIN') return false;
  const type = from.join_type ?? 'INNER';
  if (contains(from.left, ref))
    return (type === 'INNER' || type === 'LEFT') && keepsUnmatched(from.left!, ref);
  return (type === 'INNER' || type === 'RIGHT') && keepsUnmatched(from.right!, ref);
}

function contains(tree: TableRef | undefined, ref: TableRef): boolean {
  return tree === ref || (tree?.type === 'JOIN' && (contains(tree.left, ref) || contains(tree.right, ref)));
}

function conjuncts(expression: Expression): Expression[] {
  if (expression.type !== 'CONJUNCTION_AND') return [expression];
  return (expression.children ?? []).flatMap(conjuncts);
}

interface Column {
  column: string;
  type: string;
}

type Resolve = (expression: Expression | undefined) => Column | undefined;

/** Names a column only where there can be no doubt: by the table's alias, or with one relation in FROM. */
function columnResolver(from: TableRef, ref: TableRef, schema: IcebergSchema): Resolve {
  const aliases = relations(from).map((relation) => aliasOf(relation));
  const alias = aliasOf(ref);
  const alone = aliases.length === 1;
  const unique = aliases.filter((other) => other === alias || other === '').length === 1;
  return (expression) => {
    const names =
      expression?.class === 'COLUMN_REF' ? expression.column_names!.map((name) => name.toLowerCase()) : [];
    if (names[0] === alias) return unique ? primitive(schema, names.slice(1)) : undefined;
    return alone ? primitive(schema, names) : undefined;
  };
}

function relations(from: TableRef): TableRef[] {
  return from.type === 'JOIN' ? [...relations(from.left!), ...relations(from.right!)] : [from];
}

function aliasOf({ alias = '', table_name: table = '' }: TableRef): string {
  return (alias || table).toLowerCase();
}

function primitive({ fields }: Pick<IcebergSchema, 'fields'>, names: readonly string[]): Column | undefined {
  const field = fields.find(({ name }) => name.toLowerCase() === names[0]);
  if (field === undefined) return undefined;
  if (typeof field.type === 'string')
    return names.length === 1 ? { column: field.name, type: field.type } : undefined;
  if (field.type.type !== 'struct') return undefined;
  const inner = primitive(field.type, names.slice(1));
  return inner && { column: `${field.name}.${inner.column}`, type: inner.type };
}

const comparisons: Readonly<Record<string, readonly [op: PredicateOperator, reversed: PredicateOperator]>> = {
  COMPARE_EQUAL: ['=', '='],
  COMPARE_NOTEQUAL: ['!=', '!='],
  COMPARE_LESSTHAN: ['<', '>'],
  COMPARE_GREATERTHAN: ['>', '<'],
  COMPARE_LESSTHANOREQUALTO: ['<=', '>='],
  COMPARE_GREATERTHANOREQUALTO: ['>=', '<='],
};

function understand(condition: Expression, resolve: Resolve): Condition[] {
  const { type, children = [], left, right, input, lower, upper } = condition;
  const make = (
    target: Expression | undefined,
    op: PredicateOperator,
    operands: readonly (Expression | undefined)[],
  ) => {
    const column = resolve(target);
    const constants = operands.filter((operand) => operand !== undefined && isConstant(operand));
    return column !== undefined && constants.length === operands.length
      ? [{ ...column, op, operands: constants as Expression[] }]
      : [];
  };
  const comparison = comparisons[type];
  if (comparison !== undefined)
    return [...make(left, comparison[0], [right]), ...make(right, comparison[1], [left])];
  switch (type) {
    case 'COMPARE_BETWEEN':
      return [...make(input, '>=', [lower]), ...make(input, '<=', [upper])];
    case 'COMPARE_IN':
      return make(children[0], 'in', children.slice(1));
    case 'OPERATOR_IS_NULL':
      return make(children[0], 'is null', []);
    case 'OPERATOR_IS_NOT_NULL':
      return make(children[0], 'not null', []);
    default:
      return startsWith(condition, resolve);
  }
}

/** `column LIKE 'text%'`: the pattern up to its first wildcard. */
function startsWith({ function_name: name, children = [] }: Expression, resolve: Resolve): Condition[] {
  const column = name === '~~' ? resolve(children[0]) : undefined;
  const prefix = literalText(children[1])?.split(/[%_]/)[0] ?? '';
  if (column?.type !== 'string' || prefix === '') return [];
  return [{ ...column, op: 'starts with', operands: [], prefix }];
}

const volatile = new Set(['random', 'rand', 'uuid']);

/** Whether an expression has one value for the whole query. */
export function isConstant(expression: Expression): boolean {
  return !someExpression(expression, ({ class: kind, function_name: name = '', column_names: names }) => {
    if (kind === 'COLUMN_REF') return !isTimeKeyword(names ?? []);
    if (kind === 'FUNCTION') {
      const entry = functions.get(name.toLowerCase());
      return entry?.kind === 'aggregate' || entry?.kind === 'window' || volatile.has(name.toLowerCase());
    }
    return ['SUBQUERY', 'WINDOW', 'STAR', 'LAMBDA'].includes(kind);
  });
}
