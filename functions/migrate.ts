/**
 * Brings live tables in Glue to what their contracts say. The only code that changes a table's definition: the
 * deployment invokes it when contracts change, and `npm run migrate` runs it by hand.
 */
import { gunzipSync } from 'node:zlib';
import {
  GetTableCommand,
  type GetTableCommandOutput,
  GlueClient,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  type LiveMetadata,
  type Migration,
  planMigration,
  type TableUpdate,
} from '../lake/cloud/migration.ts';
import { parseContract } from '../lake/contract.ts';
import { Fault } from '../lake/errors.ts';
import { type IcebergSchema, icebergSchema } from '../lake/iceberg.ts';
import type { Contract } from '../lake/types.ts';
import { contracts, published } from '../schemas/index.ts';
import { applyStatements, type Warehouse } from './redshift.ts';

export interface MigrateEvent {
  /** Say what would be done, and do nothing. */
  dryRun?: boolean;
  /** Redshift's side, where a stage has one. */
  warehouse?: Warehouse;
}

/** What the catalog knows of a table: where its metadata is, and the version that an update must be based on. */
export interface LiveTable {
  metadata: LiveMetadata;
  versionId: string | undefined;
}

export interface Catalog {
  /** Undefined: there is no such table. */
  load(table: string): Promise<LiveTable | undefined>;
  /** False: somebody else changed the table since it was loaded, and nothing was done. */
  update(table: string, update: TableUpdate, versionId: string | undefined): Promise<boolean>;
}

/** Commits of Firehose and of the optimizers come in between. */
const attempts = 10;

/**
 * Plans all tables before it touches one. Returns what was done, or would be. Throws a Fault that lists every
 * rule that a contract breaks, with nothing done.
 */
export async function migrate(
  catalog: Catalog,
  tables: Iterable<Contract>,
  { dryRun = false }: MigrateEvent = {},
): Promise<Migration[]> {
  const plans: Migration[] = [];
  for (const contract of tables) plans.push((await planOf(catalog, contract)).plan);
  const faults = plans.flatMap(({ table, faults: found }) => found.map((fault) => `${table}: ${fault}`));
  if (faults.length > 0) {
    throw new Fault(`no table was changed, since contracts break Iceberg's rules:\n  ${faults.join('\n  ')}`);
  }
  if (dryRun) return plans;
  const changed = new Set(plans.filter(({ update }) => update !== undefined).map(({ table }) => table));
  for (const contract of tables) {
    if (changed.has(contract.table)) await apply(catalog, contract);
  }
  return plans;
}

/** Plans anew for every attempt: another's commit may have changed what there is to do. */
async function apply(catalog: Catalog, contract: Contract): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { plan, live } = await planOf(catalog, contract);
    if (plan.update === undefined) return;
    if (plan.faults.length > 0) throw new Fault(`${plan.table}: ${plan.faults.join('; ')}`);
    if (await catalog.update(contract.table, plan.update, live.versionId)) return;
  }
  throw new Fault(
    `table ${contract.table}: others changed it ${attempts} times while it was to be changed; run it again`,
  );
}

async function planOf(catalog: Catalog, contract: Contract): Promise<{ plan: Migration; live: LiveTable }> {
  const live = await catalog.load(contract.table);
  if (live === undefined) {
    throw new Fault(`table ${contract.table}: the catalog does not have it; npx sst deploy makes it`);
  }
  return { plan: planMigration(contract, live.metadata, formerSchemas(contract.table)), live };
}

/** What the contract was, in all that was published. */
function formerSchemas(table: string): IcebergSchema[] {
  return published
    .filter((entry) => entry.table === table && entry.fingerprint !== contracts.get(table)?.fingerprint)
    .map(({ avro, fingerprint }) =>
      icebergSchema(parseContract(avro, `schemas/history/${table}-${fingerprint}.avsc`)),
    );
}

/** Glue's catalog, and the metadata files it points to. */
export function glueCatalog(database: string, glue: GlueClient, s3: S3Client): Catalog {
  return {
    async load(table) {
      const found = await glue
        .send(new GetTableCommand({ DatabaseName: database, Name: table }))
        .catch(absent);
      if (found === undefined) return undefined;
      const location = found.Table?.Parameters?.metadata_location;
      if (location === undefined) {
        throw new Fault(
          `table ${database}.${table}: Glue has no metadata_location for it, so it is no Iceberg table (any more)`,
        );
      }
      return { metadata: await readMetadata(s3, location), versionId: found.Table?.VersionId };
    },
    async update(table, update, versionId) {
      try {
        await glue.send(
          new UpdateTableCommand({
            DatabaseName: database,
            Name: table,
            ...(versionId !== undefined && { VersionId: versionId }),
            UpdateOpenTableFormatInput: {
              UpdateIcebergInput: { UpdateIcebergTableInput: { Updates: [update] } },
            },
          } as ConstructorParameters<typeof UpdateTableCommand>[0]),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === 'ConcurrentModificationException') return false;
        throw error;
      }
    },
  };
}

/** Before what AWS refused is asked again: a minute in all. */
const pausesMs = [2000, 4000, 8000, 16_000, 30_000];

/**
 * A right that a deployment gave a moment ago is not known everywhere yet (IAM user guide, "Changes that I make are
 * not always immediately visible"): what is refused is tried again for a while.
 */
export function patientCatalog(catalog: Catalog, pause: (ms: number) => Promise<void>): Catalog {
  async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (const ms of pausesMs) {
      try {
        return await attempt();
      } catch (error) {
        if (!/^AccessDenied(Exception)?$/.test((error as Error).name)) throw error;
        await pause(ms);
      }
    }
    return await attempt();
  }
  return {
    load: (table) => patiently(() => catalog.load(table)),
    update: (table, update, versionId) => patiently(() => catalog.update(table, update, versionId)),
  };
}

function absent(error: Error): GetTableCommandOutput | undefined {
  if (error.name === 'EntityNotFoundException') return undefined;
  throw error;
}

async function readMetadata(s3: S3Client, location: string): Promise<LiveMetadata> {
  const [, Bucket, Key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = await object.Body!.transformToByteArray();
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return JSON.parse((gzipped ? gunzipSync(bytes) : Buffer.from(bytes)).toString('utf8'));
}

export async function handler(
  event: MigrateEvent,
): Promise<{ tables: Omit<Migration, 'update'>[]; warehouse?: string[] }> {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  if (event.warehouse !== undefined) {
    return {
      tables: [],
      warehouse: await applyStatements(new RedshiftDataClient({}), event.warehouse, pause),
    };
  }
  const database = process.env.FIRN_DATABASE ?? 'firn';
  const plans = await migrate(
    patientCatalog(glueCatalog(database, new GlueClient({}), new S3Client({})), pause),
    contracts.values(),
    event,
  );
  return { tables: plans.map(({ table, changes, faults }) => ({ table, changes, faults })) };
}
