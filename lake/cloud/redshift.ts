/**
 * Redshift's reading of the stream: a statement for each file of queries/redshift, and a typed view for each
 * contract, made from the contract. It reads what came, before the transform validates it.
 */
import type { Contract, Field, Type } from '../types.ts';

export interface RedshiftStatement {
  /** The file's name, or the view's. */
  name: string;
  sql: string;
}

/** What stands in the files as `${name}`. */
export interface RedshiftNames {
  role: string;
  stream: string;
  defaultTable: string;
  /** Name of the engineer's role. */
  engineer: string;
}

/**
 * All statements in the order in which they run; running them again is no harm. `files`: those of queries/redshift,
 * by name. Views are dropped first, since Redshift replaces none whose columns changed.
 */
export function redshiftStatements(
  files: readonly RedshiftStatement[],
  contracts: Iterable<Contract>,
  names: RedshiftNames,
): RedshiftStatement[] {
  const own = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, sql }) => ({ name, sql: fill(name, sql, names) }));
  const byHand = new Set(own.map(({ name }) => name.replace(/^\d+-/, '')));
  const views = [...contracts]
    .filter(({ table, internal }) => !internal && !byHand.has(table))
    .map((contract) => ({ name: contract.table, sql: contractView(contract) }));
  const drop = { name: 'drop views', sql: 'DROP VIEW IF EXISTS public.events CASCADE' };
  const before = (order: string) => own.filter(({ name }) => name < order);
  const from = (order: string, to: string) => own.filter(({ name }) => name >= order && name < to);
  return [...before('3'), drop, ...from('3', '5'), ...views, ...from('5', 'a')];
}

function fill(file: string, sql: string, names: RedshiftNames): string {
  return sql.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => {
    const value = (names as unknown as Record<string, string>)[key];
    if (value === undefined)
      throw new Error(`queries/redshift/${file}: nothing is known by the name of ${key}`);
    // Names end up inside of quotes of either kind.
    return value.replaceAll(/['"]/g, '');
  });
}

/** An ordinary view: every column of the contract, with its type. */
export function contractView(contract: Contract): string {
  const columns = contract.fields
    .filter(({ name }) => name !== 'event_id' && name !== 'received_at')
    .map((field) => `  ${column(field)} AS "${field.name}"`);
  return [
    `CREATE VIEW public."${contract.table}" AS`,
    'SELECT',
    ['  event_id', '  received_at', ...columns].join(',\n'),
    'FROM public.events',
    `WHERE table_name = '${contract.table}'`,
  ].join('\n');
}

function column({ name, aliases, type }: Field): string {
  const paths = [name, ...aliases].map((key) => typed(`event."${key}"`, type));
  return paths.length === 1 ? paths[0]! : `COALESCE(${paths.join(', ')})`;
}

/** Longest text of a column (Redshift, "Character types"). */
const text = 'VARCHAR(65535)';

function typed(path: string, type: Type): string {
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz': {
      const iso = `${path}::VARCHAR(64)::TIMESTAMPTZ AT TIME ZONE 'UTC'`;
      if (type.epoch === undefined) return iso;
      const perSecond = { s: 1, ms: 1000, us: 1_000_000 }[type.epoch];
      const epoch = `TIMESTAMP 'epoch' + ${path}::FLOAT8 / ${perSecond} * INTERVAL '1 second'`;
      return `CASE WHEN JSON_TYPEOF(${path}) = 'number' THEN ${epoch} ELSE ${iso} END`;
    }
    case 'decimal':
      return `${path}::DECIMAL(${type.precision}, ${type.scale})`;
    case 'struct':
    case 'list':
    case 'map':
      return path;
    default:
      return `${path}::${{ boolean: 'BOOLEAN', int: 'INT', long: 'BIGINT', float: 'REAL', double: 'FLOAT8', date: 'DATE', string: text, binary: text }[type.kind]}`;
  }
}
