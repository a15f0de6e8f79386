/** The constant side of conditions, computed by DuckDB and put into Iceberg's representation of the column. */
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Predicate, Value } from '../iceberg/types.ts';
import type { Expression } from './ast.ts';
import type { TableUse } from './cage.ts';
import { SqlError } from './errors.ts';
import { parseDuckDb, printQuery } from './parser.ts';
import { type Condition, isConstant } from './predicates.ts';
import { rewrite } from './rewrite.ts';
import type { Templates } from './templates.ts';
import type { Version } from './versions.ts';

/**
 * Conditions → predicates, for several tables at once, in one statement of the query's own transaction (so that
 * now() is the query's). A condition whose constant is of another kind than its column is dropped.
 */
export async function evaluateConditions(
  connection: DuckDBConnection,
  templates: Templates,
  tables: readonly (readonly Condition[])[],
): Promise<Predicate[][]> {
  const operands = tables.flat().flatMap((condition) => condition.operands);
  const values = await evaluate(connection, templates, operands);
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
  connection: DuckDBConnection,
  templates: Templates,
  expressions: readonly Expression[],
): Promise<readonly DuckDBValue[]> {
  if (expressions.length === 0) return [];
  const statement = await parseDuckDb(connection, 'SELECT 1');
  statement.node.select_list = expressions.map((expression) => rewrite(expression, templates));
  const reader = await connection.runAndReadAll(await printQuery(connection, statement));
  return reader.getRows()[0] ?? [];
}

/** The version that each use of a table asks for; undefined where it asks for none. */
export async function evaluateVersions(
  connection: DuckDBConnection,
  templates: Templates,
  uses: readonly TableUse[],
): Promise<(Version | undefined)[]> {
  const expressions = uses.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf.expr]));
  if (!expressions.every(isConstant)) {
    throw new SqlError('SYNTAX_ERROR', 'FOR … AS OF takes a constant: a literal, or a time such as now()');
  }
  const values = await evaluate(connection, templates, expressions);
  let next = 0;
  return uses.map(({ asOf }) =>
    asOf === undefined ? undefined : toVersion(asOf.unit, values[next++] ?? null),
  );
}

function toVersion(unit: string, value: DuckDBValue): Version {
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
function toIceberg(type: string, value: DuckDBValue): Value | undefined {
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
      return value instanceof DuckDBDateValue ? value.days : undefined;
    case 'timestamp':
    case 'timestamptz':
      return micros(value);
    default:
      return decimal(type, value);
  }
}

function micros(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  return value instanceof DuckDBDateValue ? BigInt(value.days) * 86_400_000_000n : undefined;
}

function decimal(type: string, value: DuckDBValue): bigint | undefined {
  const scale = Number(/^decimal\(\d+,\s*(\d+)\)$/.exec(type)?.[1]);
  if (Number.isNaN(scale)) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value) * 10n ** BigInt(scale);
  if (!(value instanceof DuckDBDecimalValue) || value.scale > scale) return undefined;
  return value.value * 10n ** BigInt(scale - value.scale);
}
