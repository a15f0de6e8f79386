/** Glue's own optimizers on every table: small files become few, old snapshots and stray files go. */
import { optimizerPolicy } from '../lake/cloud/roles.ts';
import type { Places } from '../lake/cloud/statements.ts';
import { rolePolicy, serviceRole } from './roles.ts';
import type { Stage } from './stage.ts';
import { pascal, type Tables } from './tables.ts';

export interface Upkeep {
  role: aws.iam.Role;
  rights: aws.iam.RolePolicy;
}

export function upkeepRole(stage: Stage, places: $util.Output<Places>): Upkeep {
  const role = serviceRole(stage, 'Upkeep', 'glue.amazonaws.com');
  return { role, rights: rolePolicy('Upkeep', role.name, places.apply(optimizerPolicy)) };
}

export function optimizers(
  stage: Stage,
  { database, tables }: Tables,
  { role, rights }: Upkeep,
  after: $util.Resource[],
): void {
  const { snapshotDays, snapshotsKept, orphanDays } = stage.settings;
  const kinds = {
    compaction: {},
    retention: {
      retentionConfiguration: {
        icebergConfiguration: {
          snapshotRetentionPeriodInDays: snapshotDays,
          numberOfSnapshotsToRetain: snapshotsKept,
          // Otherwise the files of an expired snapshot stay, and are paid for.
          cleanExpiredFiles: true,
        },
      },
    },
    orphan_file_deletion: {
      orphanFileDeletionConfiguration: {
        icebergConfiguration: { orphanFileRetentionPeriodInDays: orphanDays },
      },
    },
  };
  for (const [name, table] of tables) {
    for (const [type, configuration] of Object.entries(kinds)) {
      new aws.glue.CatalogTableOptimizer(
        `${pascal(name)}${pascal(type)}`,
        {
          catalogId: stage.account,
          databaseName: database.name,
          tableName: table.name,
          type,
          configuration: { enabled: true, roleArn: role.arn, ...configuration },
        },
        { dependsOn: [rights, ...after] },
      );
    }
  }
}
