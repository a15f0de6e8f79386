/**
 * The views of queries/views as the Glue catalog keeps them for Athena: a table without files, whose text is the
 * view's definition in Trino's words (Trino, `ViewDefinition`; Athena writes the same for CREATE VIEW). Athena keeps
 * the columns' types with a view, and refuses it when the query has others.
 */
import { Fault } from '../errors.ts';
import { glueType } from '../glue.ts';
import { isRestricted, type Role, roles, type TablePermission } from '../grants.ts';
import { parseView } from '../queries.ts';
import { trinoType } from '../trino.ts';
import type { Contract, Type } from '../types.ts';
import { outputColumns, wordsOf } from './select.ts';

export interface CloudView {
  name: string;
  purpose: string;
  select: string;
  columns: readonly { name: string; type: Type }[];
  /** Contracts' tables that the query names. */
  tables: readonly string[];
}

/**
 * A column has the type that it has in the tables of the query; for one that they do not have, or do not agree on,
 * the file's header says it: `-- column: visits (bigint)`. Throws a Fault that names file and column where neither
 * does.
 */
export function cloudView(file: string, sql: string, contracts: Iterable<Contract>): CloudView {
  const { name, purpose, select } = parseView(file, sql);
  const words = new Set(wordsOf(select).map((word) => word.toLowerCase()));
  const used = [...contracts].filter(({ table }) => words.has(table));
  const declared = declaredTypes(file, sql);
  const output = outputColumns(`queries/views/${file}`, select);
  const unknown = [...declared.keys()].filter((column) => !output.includes(column));
  if (unknown.length > 0) {
    throw new Fault(`queries/views/${file}: the header tells of a column ${unknown[0]}; the query has none`);
  }
  const columns = output.map((column) => {
    const type = declared.get(column) ?? typeIn(used, column);
    if (type !== undefined) return { name: column, type };
    throw new Fault(
      `queries/views/${file}: its tables (${used.map(({ table }) => table).join(', ') || 'none'}) have no column ${column}, or not all with one type; where the query makes it, say its type in the header: -- column: ${column} (varchar)`,
    );
  });
  return { name, purpose, select, columns, tables: used.map(({ table }) => table) };
}

/** What Glue is given for a view, besides its name and database. */
export function viewTable(
  { select, columns }: Pick<CloudView, 'select' | 'columns'>,
  database: string,
): { original: string; expanded: string; columns: { name: string; type: string }[] } {
  const definition = {
    originalSql: select,
    catalog: 'awsdatacatalog',
    schema: database,
    columns: columns.map(({ name, type }) => ({ name, type: trinoType(type) })),
  };
  return {
    original: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`,
    expanded: '/* Presto View */',
    columns: columns.map(({ name, type }) => ({ name, type: glueType(type) })),
  };
}

const viewPermissions: Readonly<Record<Role, readonly TablePermission[]>> = {
  engineer: ['SELECT', 'DESCRIBE', 'ALTER', 'DROP'],
  analyst: ['SELECT'],
  writer: [],
};

/**
 * Who may ask a view. Whoever does is asked for rights on its tables too, column by column; but a filter of rows does
 * not reach through a view (Athena user guide, "Considerations and limitations for querying data registered with
 * Lake Formation"), so that one over filtered rows is not granted to whom they are filtered for.
 */
export function viewGrants(
  views: readonly CloudView[],
  contracts: readonly Contract[],
): { role: Role; view: string; permissions: readonly TablePermission[] }[] {
  const filtered = contracts.filter(({ rowFilter }) => rowFilter.length > 0).map(({ table }) => table);
  return views.flatMap(({ name, tables }) =>
    roles
      .filter((role) => viewPermissions[role].length > 0)
      .filter((role) => !isRestricted(role) || !tables.some((table) => filtered.includes(table)))
      .map((role) => ({ role, view: name, permissions: viewPermissions[role] })),
  );
}

const simpleTypes: Readonly<Record<string, Type>> = {
  varchar: { kind: 'string' },
  integer: { kind: 'int' },
  bigint: { kind: 'long' },
  double: { kind: 'double' },
  boolean: { kind: 'boolean' },
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp' },
};

/** Of the header's lines `-- column: visits (bigint)`. */
function declaredTypes(file: string, sql: string): Map<string, Type> {
  const types = new Map<string, Type>();
  for (const [, text = ''] of sql.matchAll(/^-- column: (.*)$/gm)) {
    const [, name, spelt = ''] = /^([a-z_][a-z0-9_]*) \((.+)\)$/.exec(text.trim()) ?? [];
    const [, precision, scale] = /^decimal\((\d+), ?(\d+)\)$/.exec(spelt) ?? [];
    const type: Type | undefined =
      precision === undefined
        ? simpleTypes[spelt]
        : { kind: 'decimal', precision: Number(precision), scale: Number(scale) };
    if (name === undefined || type === undefined) {
      const known = [...Object.keys(simpleTypes), 'decimal(p, s)'].join(', ');
      throw new Fault(
        `queries/views/${file}: "-- column: ${text}" is not of the form "-- column: name (type)"; types: ${known}`,
      );
    }
    types.set(name, type);
  }
  return types;
}

/** Undefined where no table has the column, or two have it with types of their own. */
function typeIn(tables: readonly Contract[], column: string): Type | undefined {
  const types = tables.flatMap(({ fields }) => fields.filter(({ name }) => name === column));
  const spelt = new Set(types.map(({ type }) => trinoType(type)));
  return spelt.size === 1 ? types[0]!.type : undefined;
}
