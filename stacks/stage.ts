/** What every step is told: which stage, in which account, with which settings and names. */
import { missingAdmin } from '../lake/cloud/admin.ts';
import { type CloudNames, checkCatalogNames, cloudNames } from '../lake/cloud/names.ts';
import { missingFirehose } from '../lake/cloud/regions.ts';
import { type CloudSettings, checkDefaultTable, cloudSettings } from '../lake/cloud/settings.ts';
import type { CloudView } from '../lake/cloud/views.ts';
import { checkPage } from '../lake/page/sign-in.ts';
import type { Contract } from '../lake/types.ts';
import { contracts } from '../schemas/index.ts';
import { countryDatabase } from './country.ts';
import { stages } from './stages.ts';
import { readViews } from './views.ts';

export interface Stage {
  name: string;
  settings: CloudSettings;
  names: CloudNames;
  contracts: readonly Contract[];
  views: readonly CloudView[];
  partition: string;
  region: string;
  account: string;
  /** ARN of who deploys: the role behind an assumed role's session. */
  deployer: string;
  /** Options of whatever holds data: in production it outlives the stage, and nothing replaces it by mistake. */
  keep: { protect: boolean; retainOnDelete: boolean };
}

/**
 * Refuses a deployment that could not end well before anything is made: a stage name, a setting or a view that will
 * not do, a region without Firehose's tables, or a deployer whom Lake Formation would not let grant anything.
 */
export async function currentStage(): Promise<Stage> {
  const settings = cloudSettings(stages[$app.stage] ?? {}, process.env);
  checkPage(settings);
  countryDatabase(settings);
  const names = cloudNames($app.name, $app.stage);
  const tables = [...contracts.values()];
  checkDefaultTable(settings, tables);
  const views = readViews(tables);
  checkCatalogNames(
    names,
    tables.map(({ table }) => table),
    views.map(({ name }) => name),
  );
  const [caller, region, partition] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  const unserved = missingFirehose(region.region);
  if (unserved !== undefined) throw unserved;
  const { issuerArn: deployer } = await aws.iam.getSessionContext({ arn: caller.arn });
  if (settings.governed) {
    const { admins } = await aws.lakeformation.getDataLakeSettings();
    const fault = missingAdmin(admins, deployer, $app.stage);
    if (fault !== undefined) throw fault;
  }
  const production = $app.removal !== 'remove';
  return {
    name: $app.stage,
    settings,
    names,
    contracts: tables,
    views,
    partition: partition.partition,
    region: region.region,
    account: caller.accountId,
    deployer,
    keep: { protect: production, retainOnDelete: production },
  };
}
