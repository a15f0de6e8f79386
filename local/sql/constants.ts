/** The constant side of conditions, computed by DuckDB and put into Iceberg's representation of the column. */
import type { Predicate, Value } from '../iceberg/types.ts';
import type { Expression } from './ast.ts';
import type { TableUse } from './cage.ts';
import type { Database } from './database.ts';
import { SqlError } from './errors.ts';
import { parseDuckDb, printQuery } from './parser.ts';
import { type Condition, isConstant } from './predicates.ts';
import { rewrite } from './rewrite.ts';
import type { Plain, Session } from './session.ts';
import type { Version } from './versions.ts';

/**
 * Conditions → predicates, for several tables at once, in one statement of the query's own transaction (so that
 * now() is the query's). A condition whose constant is of another kind than its column is dropped.
 */
export async function evaluateConditions(
  session: Session,
  database: Database,
  tables: readonly (readonly Condition[])[],
): Promise<Predicate[][]> {
  const operands = tables.flat().flatMap((condition) => condition.operands);
  const values = await evaluate(session, database, operands);
  let next = 0;
  return tables.map((conditions) =>
    conditions.flatMap(({ column, type, op, operands: own, prefix }) => {
      const mine = own.map(() => toIceberg(type, values[next++] ?? null));
      if (mine.includes(undefined)) return [];
      return [{ column, op, values: prefix === undefined ? (mine as Value[]) : [prefix] }];
    }),
  );
}

async function evaluate(
  session: Session,
  database: Database,
  expressions: readonly Expression[],
): Promise<readonly Plain[]> {
  if (expressions.length === 0) return [];
  const statement = await parseDuckDb(database.parser, 'SELECT 1');
  statement.node.select_list = expressions.map((expression) => rewrite(expression, database.templates));
  const [values = []] = await session.rows(await printQuery(database.parser, statement));
  return values;
}

/** The version that each use of a table asks for; undefined where it asks for none. */
export async function evaluateVersions(
  session: Session,
  database: Database,
  uses: readonly TableUse[],
): Promise<(Version | undefined)[]> {
  const expressions = uses.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf.expr]));
  if (!expressions.every(isConstant)) {
    throw new SqlError('SYNTAX_ERROR', 'FOR … AS OF takes a constant: a literal, or a time such as now()');
  }
  const values = await evaluate(session, database, expressions);
  let next = 0;
  return uses.map(({ asOf }) =>
    asOf === undefined ? undefined : toVersion(asOf.unit, values[next++] ?? null),
  );
}

function toVersion(unit: string, value: Plain): Version {
  if (unit === 'TIMESTAMP') {
    const time = micros(value);
    if (time !== undefined) return { timestampMs: Number(time / 1000n) };
    throw new SqlError(
      'SYNTAX_ERROR',
      "FOR TIMESTAMP AS OF takes a timestamp: TIMESTAMP '2024-01-31 12:00:00'",
    );
  }
  if (typeof value === 'string') return { ref: value };
  if (typeof value === 'bigint' || Number.isInteger(value))
    return { snapshotId: BigInt(value as bigint | number) };
  throw new SqlError(
    'SYNTAX_ERROR',
    "FOR VERSION AS OF takes a snapshot id, or the name of a branch or tag as 'text'",
  );
}

/** Undefined where the comparison would convert one side or the other: then nothing is skipped. */
function toIceberg(type: string, value: Plain): Value | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31
        ? value
        : undefined;
    case 'long':
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
      return typeof value === 'bigint' ? value : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'date':
      return isObject(value) && 'days' in value ? value.days : undefined;
    case 'timestamp':
    case 'timestamptz':
      return micros(value);
    default:
      return decimal(type, value);
  }
}

function isObject(value: Plain): value is Extract<Plain, object> {
  return typeof value === 'object' && value !== null;
}

function micros(value: Plain): bigint | undefined {
  if (!isObject(value)) return undefined;
  if ('micros' in value) return value.micros;
  return 'days' in value ? BigInt(value.days) * 86_400_000_000n : undefined;
}

function decimal(type: string, value: Plain): bigint | undefined {
  const scale = Number(/^decimal\(\d+,\s*(\d+)\)$/.exec(type)?.[1]);
  if (Number.isNaN(scale)) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value) * 10n ** BigInt(scale);
  if (!isObject(value) || !('unscaled' in value) || value.scale > scale) return undefined;
  return value.unscaled * 10n ** BigInt(scale - value.scale);
}
