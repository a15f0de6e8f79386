/**
 * Lake Formation's view of the grants, read only (AWS Lake Formation API reference): the same data that the stacks
 * make real grants of. Its protocol has the operation in the path, so names here are without a prefix.
 */
import {
  type DatabasePermission,
  databaseGrants,
  isRestricted,
  type Role,
  type TablePermission,
  tableGrants,
} from '../../lake/grants.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { forReaders, withInvalidInput } from './access.ts';
import type { Caller } from './caller.ts';
import { optionalText, requiredText, structure } from './input.ts';
import { ApiError, type Input, type Operations } from './json11.ts';
import { pageOf } from './paging.ts';

/** `PrincipalResourcePermissions`, and what lists are filtered by. */
interface Entry {
  role: Role;
  /** Absent: the database itself. */
  table?: string;
  permissions: readonly (TablePermission | DatabasePermission)[];
  columns?: readonly string[];
}

/**
 * `account`: whose catalog it is. `tableOfPath`: the table whose files lie at a location, as a client writes it
 * (an S3 ARN or URI, a file URI or path); undefined if it is none.
 */
export function lakeFormationOperations(
  contracts: ReadonlyMap<string, Contract>,
  account: string,
  tableOfPath: (location: string) => string | undefined,
): Operations {
  const entries: Entry[] = [...databaseGrants(), ...tableGrants(contracts.values())];
  const principal = (role: Role) => `arn:aws:iam::${account}:role/firn-${role}`;

  function describe({ role, table, permissions, columns }: Entry): object {
    const catalog = { CatalogId: account };
    const name = { ...catalog, DatabaseName: localDatabase, Name: table };
    const whole = table === undefined ? { Database: { ...catalog, Name: localDatabase } } : { Table: name };
    return {
      Principal: { DataLakePrincipalIdentifier: principal(role) },
      Resource: columns === undefined ? whole : { TableWithColumns: { ...name, ColumnNames: columns } },
      Permissions: permissions,
      PermissionsWithGrantOption: [],
    };
  }

  function page(found: readonly Entry[], input: Input, member: string): object {
    const keyOf = ({ role, table = '' }: Entry) => `${role}:${table}`;
    const { items, next } = pageOf(found, keyOf, input, 1000);
    return { [member]: items.map(describe), ...next };
  }

  /** Whoever does not see all columns sees no more than the own grants, which name none of the others. */
  const seenBy = ({ role }: Caller) => entries.filter((entry) => !isRestricted(role) || entry.role === role);

  return forReaders({
    GetDataLakeSettings: withInvalidInput(() => ({
      DataLakeSettings: {
        DataLakeAdmins: [{ DataLakePrincipalIdentifier: principal('engineer') }],
        ReadOnlyAdmins: [],
        CreateDatabaseDefaultPermissions: [],
        CreateTableDefaultPermissions: [],
        TrustedResourceOwners: [],
        AllowExternalDataFiltering: false,
      },
    })),
    ListPermissions: withInvalidInput((input, caller) => {
      const wanted = optionalText(structure(input, 'Principal'), 'DataLakePrincipalIdentifier', { max: 255 });
      const type = optionalText(input, 'ResourceType', { max: 64 });
      const matches =
        input.Resource === undefined ? () => true : resourceFilter(structure(input, 'Resource'));
      const found = seenBy(caller).filter(
        (entry) =>
          (wanted === undefined || principal(entry.role) === wanted) &&
          (type === undefined || type === (entry.table === undefined ? 'DATABASE' : 'TABLE')) &&
          matches(entry),
      );
      return page(found, input, 'PrincipalResourcePermissions');
    }),
    GetEffectivePermissionsForPath: withInvalidInput((input, caller) => {
      const location = requiredText(input, 'ResourceArn', { max: 4096 });
      const table = tableOfPath(location);
      if (table === undefined || !contracts.has(table)) {
        throw new ApiError('EntityNotFoundException', `no table that grants know of lies at ${location}`);
      }
      const found = seenBy(caller).filter((entry) => entry.table === table);
      return page(found, input, 'Permissions');
    }),
  });
}

/** `Resource`: a database, a table (or all of one), or a table with columns. */
function resourceFilter(resource: Input): (entry: Entry) => boolean {
  if ('Database' in resource) {
    const name = requiredText(structure(resource, 'Database'), 'Name', { max: 255 });
    return ({ table }) => table === undefined && name === localDatabase;
  }
  const member = ['Table', 'TableWithColumns'].find((known) => known in resource);
  if (member === undefined) return () => false;
  const own = structure(resource, member);
  const database = requiredText(own, 'DatabaseName', { max: 255 });
  const name = 'TableWildcard' in own ? undefined : requiredText(own, 'Name', { max: 255 });
  return ({ table }) =>
    table !== undefined && database === localDatabase && (name === undefined || name === table);
}
