/**
 * What a statement may be made of. Every kind of node that is not on a list here is refused, so that a new
 * DuckDB version cannot open a door by itself; functions are checked where they are rewritten.
 */
import { localDatabase } from '../../lake/settings.ts';
import {
  type Expression,
  isExpression,
  members,
  type QueryNode,
  type Statement,
  type TableRef,
} from './ast.ts';
import { SqlError } from './errors.ts';
import { noViews, standInFor, type Views } from './views.ts';

/** A reference to a catalogued table, to be filled in with what to read. */
export interface TableUse {
  ref: TableRef;
  database: string;
  table: string;
  /** The SELECT that it stands in. */
  select: QueryNode;
  /** `FOR TIMESTAMP AS OF`, `FOR VERSION AS OF`: the unit and a constant. */
  asOf?: { unit: string; expr: Expression };
}

type Scope = ReadonlySet<string>;

const expressionClasses = new Set([
  'COLUMN_REF',
  'CONSTANT',
  'FUNCTION',
  'WINDOW',
  'CAST',
  'OPERATOR',
  'COMPARISON',
  'CONJUNCTION',
  'CASE',
  'BETWEEN',
  'STAR',
  'SUBQUERY',
  'LAMBDA',
]);

/** Checks a statement whose parameters are already values, and lists the tables that it reads. */
export function checkStatement(statement: Statement, defaultDatabase: string, views: Views): TableUse[] {
  const uses: TableUse[] = [];
  checkQuery(statement.node, new Set(), uses, { database: defaultDatabase, views });
  return uses;
}

/** Where names are looked up. */
interface Names {
  database: string;
  views: Views;
}

function checkQuery(node: QueryNode, outer: Scope, uses: TableUse[], names: Names): void {
  let scope = outer;
  for (const { key, value } of node.cte_map?.map ?? []) {
    checkQuery(value.query.node, scope, uses, names);
    scope = new Set([...scope, key.toLowerCase()]);
  }
  switch (node.type) {
    case 'SELECT_NODE': {
      const { from_table: from, cte_map: _, ...rest } = node;
      refuseExtensions(rest);
      if (from !== undefined) checkTable(from, node, scope, uses, names);
      checkExpressions(rest, scope, uses, names);
      return;
    }
    case 'SET_OPERATION_NODE':
    case 'RECURSIVE_CTE_NODE': {
      if (node.cte_name !== undefined && node.cte_name !== '') {
        scope = new Set([...scope, node.cte_name.toLowerCase()]);
      }
      const { left, right, cte_map: _, ...rest } = node;
      if (left !== undefined) checkQuery(left, scope, uses, names);
      if (right !== undefined) checkQuery(right, scope, uses, names);
      checkExpressions(rest, scope, uses, names);
      return;
    }
    default:
      throw notSupported(`a query of kind ${node.type}`);
  }
}

function checkTable(ref: TableRef, select: QueryNode, scope: Scope, uses: TableUse[], names: Names): void {
  switch (ref.type) {
    case 'EMPTY':
      return;
    case 'BASE_TABLE':
      checkName(ref, select, scope, uses, names);
      return;
    case 'SUBQUERY':
      checkQuery(ref.subquery!.node, scope, uses, names);
      return;
    case 'JOIN': {
      if (!['REGULAR', 'CROSS', 'NATURAL'].includes(ref.ref_type ?? 'REGULAR')) {
        throw notSupported(`a ${ref.ref_type} join`);
      }
      if (!['INNER', 'LEFT', 'RIGHT', 'FULL'].includes(ref.join_type ?? 'INNER')) {
        throw notSupported(`a ${ref.join_type} join`);
      }
      const { left, right, ...rest } = ref;
      checkTable(left!, select, scope, uses, names);
      checkTable(right!, select, scope, uses, names);
      checkExpressions(rest, scope, uses, names);
      return;
    }
    case 'TABLE_FUNCTION':
      if (ref.function?.function_name?.toLowerCase() !== 'unnest') {
        throw notSupported(`the table function ${ref.function?.function_name}`);
      }
      checkExpressions(ref.function, scope, uses, names);
      return;
    case 'EXPRESSION_LIST':
      checkExpressions(ref, scope, uses, names);
      return;
    default:
      throw notSupported(`FROM with ${ref.type.toLowerCase().replaceAll('_', ' ')}`);
  }
}

/** `t`, `firn.t` and `awsdatacatalog.firn.t` are tables; a lone name is a WITH query where one is in scope. */
function checkName(ref: TableRef, select: QueryNode, scope: Scope, uses: TableUse[], names: Names): void {
  const table = (ref.table_name ?? '').toLowerCase();
  const database = (ref.schema_name ?? '').toLowerCase();
  const catalog = (ref.catalog_name ?? '').toLowerCase();
  const asOf = ref.at_clause ?? undefined;
  if (database === '' && scope.has(table)) {
    if (asOf === undefined) return;
    throw new SqlError('NOT_SUPPORTED', `${table} is a WITH query: only tables have versions`);
  }
  if (catalog !== '' && catalog !== 'awsdatacatalog') {
    throw new SqlError(
      'TABLE_NOT_FOUND',
      `Catalog '${catalog}' does not exist: the only one is awsdatacatalog`,
    );
  }
  if (asOf !== undefined) checkExpressions(asOf.expr, scope, uses, names);
  const view = (database || names.database) === localDatabase ? names.views.get(table) : undefined;
  if (view !== undefined) {
    if (asOf !== undefined)
      throw new SqlError('NOT_SUPPORTED', `${table} is a view: only tables have versions`);
    standInFor(ref, view);
    checkTable(ref, select, new Set(), uses, { database: localDatabase, views: noViews });
    return;
  }
  uses.push({ ref, database: database || names.database, table, select, ...(asOf && { asOf }) });
}

function checkExpressions(value: unknown, scope: Scope, uses: TableUse[], names: Names): void {
  if (isExpression(value)) {
    checkExpression(value);
    if (value.class === 'SUBQUERY') checkQuery(value.subquery!.node, scope, uses, names);
    const { subquery: _, ...rest } = value;
    for (const member of members(rest)) checkExpressions(member, scope, uses, names);
    return;
  }
  for (const member of members(value)) checkExpressions(member, scope, uses, names);
}

function checkExpression(expression: Expression): void {
  if (expression.class === 'PARAMETER') {
    throw new SqlError('SYNTAX_ERROR', 'parameters are written as ? and given in order');
  }
  if (!expressionClasses.has(expression.class)) {
    throw notSupported(`an expression of kind ${expression.class.toLowerCase()}`);
  }
  if (expression.class === 'STAR' && !isPlainStar(expression))
    throw notSupported('* with anything behind it');
  if (expression.schema !== undefined && !['', 'main'].includes(expression.schema)) {
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `function ${expression.schema}.${expression.function_name} does not exist`,
    );
  }
}

function isPlainStar(star: Expression): boolean {
  const { class: _, type: __, ...rest } = star;
  return Object.entries(rest).every(
    ([name, value]) =>
      ['relation_name', 'query_location'].includes(name) ||
      value === null ||
      value === '' ||
      value === false ||
      (Array.isArray(value) && value.length === 0),
  );
}

/** DuckDB's own additions to SELECT, which Athena does not have. */
function refuseExtensions(select: object): void {
  const {
    aggregate_handling: handling,
    qualify,
    modifiers,
  } = select as {
    aggregate_handling?: string;
    qualify?: unknown;
    modifiers?: { type: string; distinct_on_targets?: unknown[] }[];
  };
  if (handling !== undefined && handling !== 'STANDARD_HANDLING') throw notSupported('GROUP BY ALL');
  if (qualify !== undefined && qualify !== null) throw notSupported('QUALIFY');
  for (const { type, distinct_on_targets: targets } of modifiers ?? []) {
    if (type === 'LIMIT_PERCENT_MODIFIER') throw notSupported('LIMIT with a percentage');
    if (targets !== undefined && targets.length > 0) throw notSupported('DISTINCT ON');
  }
}

function notSupported(what: string): SqlError {
  return new SqlError('NOT_SUPPORTED', `${what} is not part of the SQL that runs here (Athena's SELECT)`);
}
