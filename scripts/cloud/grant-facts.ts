/** What Lake Formation says of who may do what, gathered for lake/cloud/grant-checks.ts. */
import {
  type DataCellsFilter,
  type LakeFormationClient,
  ListDataCellsFilterCommand,
  ListPermissionsCommand,
  type PrincipalResourcePermissions,
  type Resource,
} from '@aws-sdk/client-lakeformation';
import type { GrantFacts } from '../../lake/cloud/grant-checks.ts';

/**
 * Grants on a table, on columns of it and on rows of it (by a filter, which has columns too) are three kinds of
 * resources; an analyst has the second, or the third where a contract filters rows.
 */
export async function grantFacts(
  lakeFormation: LakeFormationClient,
  DatabaseName: string,
  Name: string,
): Promise<ReadonlyMap<string, GrantFacts>> {
  const grants = new Map<string, GrantFacts>();
  const add = (grant: PrincipalResourcePermissions, columns?: readonly string[], rows?: string) => {
    const { Permissions = [] } = grant;
    const principal = granteeOf(grant);
    const before = grants.get(principal) ?? { permissions: [], columns: [], rows: [] };
    grants.set(principal, {
      permissions: [...before.permissions, ...Permissions],
      columns: seenColumns(before.columns, Permissions, columns),
      rows: Permissions.some(mayRead) ? [...before.rows, rows] : before.rows,
    });
  };
  for (const grant of await permissionsOn(lakeFormation, { Table: { DatabaseName, Name } })) {
    // Those on filters are asked for one by one: here it is not told which columns a filter has.
    if (grant.Resource?.DataCellsFilter === undefined) {
      add(grant, grant.Resource?.TableWithColumns?.ColumnNames);
    }
  }
  const { DataCellsFilters = [] } = await lakeFormation.send(
    new ListDataCellsFilterCommand({ Table: { DatabaseName, Name } }),
  );
  for (const filter of DataCellsFilters) {
    const on = { DatabaseName, TableName: Name, Name: filter.Name, TableCatalogId: filter.TableCatalogId };
    for (const grant of await permissionsOn(lakeFormation, { DataCellsFilter: on })) {
      add(grant, columnsOf(filter), filter.RowFilter?.FilterExpression);
    }
  }
  return grants;
}

/** Undefined: all columns, or all but some. */
function columnsOf({ ColumnWildcard, ColumnNames }: DataCellsFilter): readonly string[] | undefined {
  return ColumnWildcard === undefined ? ColumnNames : undefined;
}

export function granteeOf({ Principal }: PrincipalResourcePermissions): string {
  return Principal?.DataLakePrincipalIdentifier ?? '';
}

export async function permissionsOn(
  lakeFormation: LakeFormationClient,
  on: Resource,
): Promise<PrincipalResourcePermissions[]> {
  const all: PrincipalResourcePermissions[] = [];
  let token: string | undefined;
  do {
    const answer = await lakeFormation.send(
      new ListPermissionsCommand({
        ...(on.Table !== undefined && { ResourceType: 'TABLE' }),
        ...(on.Database !== undefined && { ResourceType: 'DATABASE' }),
        Resource: on,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    all.push(...(answer.PrincipalResourcePermissions ?? []));
    token = answer.NextToken;
  } while (token !== undefined);
  return all;
}

export function mayRead(permission: string): boolean {
  return permission === 'SELECT' || permission === 'ALL';
}

/** Undefined: all of them. Only a right to select shows columns. */
function seenColumns(
  before: readonly string[] | undefined,
  permissions: readonly string[],
  columns: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!permissions.some(mayRead)) return before;
  return before === undefined || columns === undefined ? undefined : [...before, ...columns];
}

/**
 * Who is granted something. Undefined: it cannot be seen, since Lake Formation shows nothing to whom it trusts with
 * nothing; whoever made a thing sees at least their own grant.
 */
export async function principalsOn(
  lakeFormation: LakeFormationClient,
  on: Resource,
): Promise<string[] | undefined> {
  try {
    const grants = await permissionsOn(lakeFormation, on);
    const principals = grants.map(granteeOf);
    return principals.length === 0 ? undefined : principals;
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') return undefined;
    throw error;
  }
}
