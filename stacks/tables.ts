/**
 * One Iceberg table per contract. The graph makes a table and never changes it: what comes after is migrate's
 * alone, since the provider knows nothing of what the table has become meanwhile.
 */
import { icebergTableInput, tableLocation } from '../lake/cloud/table.ts';
import type { Buckets } from './buckets.ts';
import type { Stage } from './stage.ts';

export interface Tables {
  database: aws.glue.CatalogDatabase;
  /** By name of the contract. */
  tables: ReadonlyMap<string, aws.glue.CatalogTable>;
}

/**
 * Whatever the provider sends for an existing Iceberg table would be its own idea of the schema, or the metadata
 * location that it read a moment ago: the one undoes an evolution, the other a commit.
 */
const changedByOthers = [
  'openTableFormatInput',
  'parameters',
  'storageDescriptor',
  'partitionKeys',
  'description',
  'owner',
  'retention',
  'tableType',
  'viewExpandedText',
  'viewOriginalText',
];

export function icebergTables(
  { names, settings, contracts, keep }: Stage,
  storage: Buckets,
  /** The role that has everything. */
  engineer: aws.iam.Role,
  after: $util.Resource[],
): Tables {
  const database = new aws.glue.CatalogDatabase(
    'Database',
    {
      name: names.database,
      description: 'Firn: events',
      // Who may do what with a new table before anything is granted. The provider cannot send an empty list, and
      // without a list the account's default counts: every principal that IAM allows, whatever is granted.
      createTableDefaultPermissions: [
        {
          permissions: ['ALL'],
          principal: {
            dataLakePrincipalIdentifier: settings.governed ? engineer.arn : 'IAM_ALLOWED_PRINCIPALS',
          },
        },
      ],
    },
    { retainOnDelete: keep.retainOnDelete, dependsOn: after },
  );
  const tables = contracts.map((contract) => {
    const table = new aws.glue.CatalogTable(
      `${pascal(contract.table)}Table`,
      {
        name: contract.table,
        databaseName: database.name,
        openTableFormatInput: {
          icebergInput: {
            metadataOperation: 'CREATE',
            version: '2',
            icebergTableInput: storage.warehouse.bucket.apply((bucket) =>
              icebergTableInput(contract, tableLocation(bucket, contract.table)),
            ),
          },
        },
      },
      { ...keep, ignoreChanges: changedByOthers, dependsOn: after },
    );
    return [contract.table, table] as const;
  });
  return { database, tables: new Map(tables) };
}

/** `web_log` → `WebLog`: a resource's name in the graph. */
export function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
