/**
 * Who may see which table and column. Three roles; what each may do follows from the contracts alone. The local
 * endpoint asks these functions at every door, and the stacks make Lake Formation grants of them, so that both
 * say the same.
 */
import { type IcebergField, type IcebergType, icebergType } from './iceberg.ts';
import type { Contract, Field, RowFilter, Type } from './types.ts';

/**
 * `engineer`: everything. `analyst`: reads every table of a contract, without columns that hold personal data.
 * `writer`: delivers rows, and asks nothing.
 */
export type Role = 'engineer' | 'analyst' | 'writer';

export const roles: readonly Role[] = ['engineer', 'analyst', 'writer'];

/** In Lake Formation's words (API reference, "GrantPermissions"). */
export type TablePermission = 'SELECT' | 'DESCRIBE' | 'INSERT' | 'DELETE' | 'ALTER' | 'DROP';
export type DatabasePermission = 'DESCRIBE' | 'ALTER' | 'CREATE_TABLE' | 'DROP';

const tablePermissions: Readonly<Record<Role, readonly TablePermission[]>> = {
  engineer: ['SELECT', 'DESCRIBE', 'INSERT', 'DELETE', 'ALTER', 'DROP'],
  // SELECT on columns brings the right to describe those columns; DESCRIBE would show the others' names.
  analyst: ['SELECT'],
  // Firehose describes, reads and commits; DELETE is for the delete files of an upsert.
  writer: ['SELECT', 'DESCRIBE', 'INSERT', 'DELETE', 'ALTER'],
};

const databasePermissions: Readonly<Record<Role, readonly DatabasePermission[]>> = {
  engineer: ['DESCRIBE', 'ALTER', 'CREATE_TABLE', 'DROP'],
  analyst: ['DESCRIBE'],
  writer: ['DESCRIBE'],
};

/** What a role may do with a table. */
export interface TableGrant {
  role: Role;
  table: string;
  permissions: readonly TablePermission[];
  /** The only columns that may be selected, by name; absent: all, also those that are added later. */
  columns?: readonly string[];
  /** A predicate that rows must satisfy to be selected; absent: none. */
  rows?: string;
}

/** What a role may do with the database that holds the tables. */
export interface DatabaseGrant {
  role: Role;
  permissions: readonly DatabasePermission[];
}

/** Every grant on tables, by table and role. Tables without a contract belong to the engineer. */
export function tableGrants(contracts: Iterable<Contract>): TableGrant[] {
  return [...contracts].flatMap((contract) =>
    roles.map((role) => {
      const columns = visibleColumns(contract, role).map(({ name }) => name);
      const grant = { role, table: contract.table, permissions: tablePermissions[role] };
      if (!isRestricted(role)) return grant;
      return contract.rowFilter.length === 0
        ? { ...grant, columns }
        : { ...grant, columns, rows: rowPredicate(contract.rowFilter, ({ column }) => column) };
    }),
  );
}

/**
 * The rows of a table that a role may see, as an SQL predicate over columns by the names that `nameOf` gives them;
 * undefined: all rows. A row whose column is null is not shown.
 */
export function visibleRows(
  contract: Contract | undefined,
  role: Role,
  nameOf: (filter: RowFilter) => string,
): string | undefined {
  if (!isRestricted(role) || contract === undefined || contract.rowFilter.length === 0) return undefined;
  return rowPredicate(contract.rowFilter, nameOf);
}

/** Whether a role may see this row, by the columns of the contract as it is. */
export function maySeeRow(contract: Contract, role: Role, row: Readonly<Record<string, unknown>>): boolean {
  if (!isRestricted(role)) return true;
  return contract.rowFilter.every(({ column, values }) => values.some((value) => value === row[column]));
}

function rowPredicate(filters: readonly RowFilter[], nameOf: (filter: RowFilter) => string): string {
  return filters
    .map((filter) => `${nameOf(filter)} IN (${filter.values.map(literal).join(', ')})`)
    .join(' AND ');
}

function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

export function databaseGrants(): DatabaseGrant[] {
  return roles.map((role) => ({ role, permissions: databasePermissions[role] }));
}

/** The columns that a role may select, in table order. */
export function visibleColumns(contract: Contract, role: Role): readonly Field[] {
  return isRestricted(role) ? contract.fields.filter((field) => !holdsPii(field)) : contract.fields;
}

/**
 * The columns of a table's schema, whichever one it has or had, that a role may see. A column is known by its id,
 * whatever it was called once. Whoever does not see all sees what the contract of today knows and does not hide, as a
 * whole: a column that is gone from the contract is hidden, and so is one with a member that is; so is every column of
 * a table without a contract.
 */
export function visibleFields(
  fields: readonly IcebergField[],
  contract: Contract | undefined,
  role: Role,
): readonly IcebergField[] {
  if (!isRestricted(role)) return fields;
  if (contract === undefined) return [];
  const known = new Map(
    visibleColumns(contract, role).map(({ id, type }) => [id, new Set(idsOf(icebergType(type)))]),
  );
  const hidden = new Set(contract.fields.filter(holdsPii).map(({ name }) => name));
  return fields.filter(({ id, name, type }) => {
    const members = known.get(id);
    // The name counts too: another engine may have made a table with ids of its own.
    return (
      members !== undefined && !hidden.has(name.toLowerCase()) && idsOf(type).every((own) => members.has(own))
    );
  });
}

/** Whether a role may ask SQL and describe tables at all. */
export function mayQuery(role: Role): boolean {
  return role !== 'writer';
}

/** Whether a role may read and write the tables' files: S3, the REST catalog, OPTIMIZE and VACUUM, the archive. */
export function mayTouchFiles(role: Role): boolean {
  return role === 'engineer';
}

/** Whether columns are hidden from a role. */
export function isRestricted(role: Role): boolean {
  return role === 'analyst';
}

/** The workgroup whose queries run as the analyst, whoever asks. */
export const analystWorkGroup = 'firn-analyst';

/** The role that a caller has in a workgroup: a workgroup takes rights away and never gives any. */
export function narrow(role: Role, workGroup: string): Role {
  return workGroup === analystWorkGroup && role === 'engineer' ? 'analyst' : role;
}

/** Grants are made on whole columns: a struct, list or map that holds personal data anywhere is hidden whole. */
function holdsPii({ pii, type }: Field): boolean {
  return pii || typeHoldsPii(type);
}

function typeHoldsPii(type: Type): boolean {
  switch (type.kind) {
    case 'struct':
      return type.fields.some(holdsPii);
    case 'list':
      return typeHoldsPii(type.element);
    case 'map':
      return typeHoldsPii(type.value);
    default:
      return false;
  }
}

/** Ids of everything inside a type. */
function idsOf(type: IcebergType): number[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return type.fields.flatMap((field) => [field.id, ...idsOf(field.type)]);
    case 'list':
      return [type['element-id'], ...idsOf(type.element)];
    case 'map':
      return [type['key-id'], type['value-id'], ...idsOf(type.value)];
  }
}
