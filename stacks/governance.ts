/**
 * Who sees which rows and columns: the grants of lake/grants.ts, given by Lake Formation, and no way around them.
 * Where IAM alone decides, the engineer reads the files, and there is no analyst: IAM knows no columns.
 */

import { onlyThrough } from '../lake/cloud/bucket-policies.ts';
import { registrarPolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { viewGrants } from '../lake/cloud/views.ts';
import { databaseGrants, type Role, type TableGrant, tableGrants } from '../lake/grants.ts';
import { type Buckets, bucketPolicy } from './buckets.ts';
import { rolePolicy, serviceRole } from './roles.ts';
import type { Stage } from './stage.ts';
import { pascal, type Tables } from './tables.ts';
import type { Views } from './views.ts';

/** ARNs of roles that write or rewrite tables, by what they are called here. */
export type Writers = Readonly<Record<string, $util.Output<string>>>;

/**
 * Registers the warehouse: from now on its objects are reached by Lake Formation's grants, or by `writers`.
 * Returns what must be done before a table may lie there.
 */
export function registerWarehouse(
  stage: Stage,
  storage: Buckets,
  places: $util.Output<Places>,
  writers: Writers,
): $util.Resource[] {
  if (!stage.settings.governed) return [bucketPolicy('Warehouse', storage.warehouse)];
  const registrar = serviceRole(stage, 'Registrar', 'lakeformation.amazonaws.com');
  const rights = rolePolicy('Registrar', registrar.name, places.apply(registrarPolicy));
  // The deployer makes tables, and Glue writes a new table's first metadata file in the caller's name.
  const through = $util
    .all([storage.warehouse.arn, registrar.arn, $util.all(Object.values(writers))])
    .apply(([arn, own, others]) => [onlyThrough(arn, [own, ...others, stage.deployer])]);
  const policy = bucketPolicy('Warehouse', storage.warehouse, through);
  const location = new aws.lakeformation.Resource(
    'WarehouseLocation',
    {
      arn: storage.warehouse.arn,
      roleArn: registrar.arn,
      hybridAccessEnabled: false,
    },
    { dependsOn: [rights] },
  );
  return [policy, location];
}

/** Grants for those who write tables and keep them: needed before anything is delivered or migrated. */
export function grantWriters(
  stage: Stage,
  tables: Tables,
  writers: Writers,
  warehouse: aws.s3.Bucket,
  after: $util.Resource[],
): $util.Resource[] {
  if (!stage.settings.governed) return [];
  return Object.entries(writers).flatMap(([name, principal]) => [
    ...grantsOf(stage, tables, 'writer', name, principal, after),
    // To change the schema of a table is to say anew where it lies.
    new aws.lakeformation.Permissions(
      `${name}AtWarehouse`,
      { principal, permissions: ['DATA_LOCATION_ACCESS'], dataLocation: { arn: warehouse.arn } },
      inPlace(after),
    ),
  ]);
}

/**
 * The provider replaces a grant that changes, and what is revoked is what the old one said: made after it and not
 * before, the new grant would lose all that the two have in common.
 */
function inPlace(after: $util.Resource[]): $util.CustomResourceOptions {
  return { dependsOn: after, deleteBeforeReplace: true };
}

/** Grants for people: made after a migration, so that every column that is granted is there. */
export function grantReaders(
  stage: Stage,
  tables: Tables,
  views: Views,
  readers: { analyst: aws.iam.Role | undefined; engineer: aws.iam.Role },
  after: $util.Resource[],
): void {
  if (!stage.settings.governed || readers.analyst === undefined) return;
  for (const [role, name, { arn }] of [
    ['analyst', 'Analyst', readers.analyst],
    ['engineer', 'Engineer', readers.engineer],
  ] as const) {
    grantsOf(stage, tables, role, name, arn, after);
    grantsOnViews(stage, views, role, name, arn);
  }
}

/** The page sees what the analyst sees. */
export function grantPage(
  stage: Stage,
  tables: Tables,
  views: Views,
  principal: $util.Input<string>,
  after: $util.Resource[],
): void {
  grantsOf(stage, tables, 'analyst', 'Page', principal, after);
  grantsOnViews(stage, views, 'analyst', 'Page', principal);
}

function grantsOnViews(
  { views, contracts }: Stage,
  made: Views,
  role: Role,
  name: string,
  principal: $util.Input<string>,
): void {
  for (const grant of viewGrants(views, contracts).filter((own) => own.role === role)) {
    const view = made.get(grant.view)!;
    new aws.lakeformation.Permissions(
      `${name}On${pascal(grant.view)}`,
      {
        principal,
        permissions: [...grant.permissions],
        table: { databaseName: view.databaseName, name: view.name },
      },
      inPlace([]),
    );
  }
}

function grantsOf(
  stage: Stage,
  { database, tables }: Tables,
  role: Role,
  name: string,
  principal: $util.Input<string>,
  after: $util.Resource[],
): $util.Resource[] {
  const onDatabase = databaseGrants()
    .filter((grant) => grant.role === role)
    .map(
      ({ permissions }) =>
        new aws.lakeformation.Permissions(
          `${name}AtDatabase`,
          { principal, permissions: [...permissions], database: { name: database.name } },
          inPlace(after),
        ),
    );
  const onTables = tableGrants(stage.contracts)
    .filter((grant) => grant.role === role)
    .map((grant) => {
      const table = { databaseName: database.name, name: tables.get(grant.table)!.name };
      const { filter, on } = reachOf(stage, grant, name, table, after);
      return new aws.lakeformation.Permissions(
        `${name}On${pascal(grant.table)}`,
        { principal, permissions: [...grant.permissions], ...on },
        inPlace([...after, ...filter]),
      );
    });
  return [...onDatabase, ...onTables];
}

/**
 * What a grant is on: a table, some of its columns, or some of its rows as well, by a filter that is made for it
 * (Lake Formation, "Data filtering and cell-level security").
 */
function reachOf(
  stage: Stage,
  { table: own, columns, rows }: TableGrant,
  name: string,
  table: { databaseName: $util.Output<string>; name: $util.Output<string> },
  after: $util.Resource[],
): { filter: aws.lakeformation.DataCellsFilter[]; on: Partial<aws.lakeformation.PermissionsArgs> } {
  if (columns === undefined) return { filter: [], on: { table } };
  const columnNames = [...columns];
  // Columns by name, and not all but some: a column that is added later is hidden until it is granted.
  if (rows === undefined) return { filter: [], on: { tableWithColumns: { ...table, columnNames } } };
  const cells = {
    name: `${name.toLowerCase()}_${own}`,
    tableCatalogId: stage.account,
    databaseName: table.databaseName,
    tableName: table.name,
  };
  const filter = new aws.lakeformation.DataCellsFilter(
    `${name}RowsOf${pascal(own)}`,
    { tableData: { ...cells, columnNames, rowFilter: { filterExpression: rows } } },
    { dependsOn: after },
  );
  return { filter: [filter], on: { dataCellsFilter: cells } };
}
