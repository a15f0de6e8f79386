/**
 * The lakehouse in an AWS account, in the order the data moves. Each step is a file; what a step is given is all
 * that it may use, so this page shows what depends on what.
 */
import { rawArchive } from './archive.ts';
import { buckets } from './buckets.ts';
import { deliveryRole, deliveryStream } from './delivery.ts';
import { directRoles, directStreams } from './direct.ts';
import { gateway } from './gateway.ts';
import { grantReaders, grantWriters, registerWarehouse, type Writers } from './governance.ts';
import { encryptionKey } from './keys.ts';
import { migrateFunction, migration } from './migrate.ts';
import { page } from './page.ts';
import { people, queries } from './query.ts';
import { placesOf } from './roles.ts';
import { currentStage } from './stage.ts';
import { eventStream } from './stream.ts';
import { icebergTables } from './tables.ts';
import { transformFunction } from './transform.ts';
import { optimizers, upkeepRole } from './upkeep.ts';
import { athenaViews } from './views.ts';
import { warehouse } from './warehouse.ts';
import { countRejections, failures, watch } from './watch.ts';

export async function lakehouse() {
  const stage = await currentStage();
  const { names, contracts } = stage;
  const upserts = contracts.some(({ write }) => write === 'upsert');

  // Where data lies: encrypted with one key, and open to the roles that are named here and to nobody else.
  const key = encryptionKey(stage);
  const stream = eventStream(stage, key);
  const storage = buckets(stage, key);
  const places = placesOf(stage, storage, key);
  const { engineer, analyst } = people(stage);
  const migrate = migrateFunction(stage, places);
  const upkeep = upkeepRole(stage, places);
  const roles = {
    delivery: deliveryRole(stage, 'Delivery', places),
    upserts: upserts ? deliveryRole(stage, 'Upserts', places) : undefined,
    ...directRoles(stage, places, upserts),
  };
  const writers: Writers = {
    Migrate: migrate.role.arn,
    Upkeep: upkeep.role.arn,
    Delivery: roles.delivery.role.arn,
    ...(roles.upserts && { Upserts: roles.upserts.role.arn }),
    ...(roles.direct && { Direct: roles.direct.role.arn }),
    ...(roles.directUpserts && { DirectUpserts: roles.directUpserts.role.arn }),
  };
  const registered = registerWarehouse(stage, storage, places, writers);

  // Tables first, then whoever writes them: a column that a table does not have is dropped without a word.
  const tables = icebergTables(stage, storage, engineer, registered);
  const granted = grantWriters(stage, tables, writers, storage.warehouse, registered);
  const committers = Object.values(roles).flatMap((role) => (role === undefined ? [] : [role.onTables]));
  const writable = [...tables.tables.values(), ...granted, ...committers];
  const migrated = migration(migrate, writable);
  const views = athenaViews(stage, tables, [migrated]);
  grantReaders(stage, tables, views, { analyst, engineer }, [migrated]);

  // Delivery, from the stream into the tables. A Kinesis source begins at the newest record, so it is there before
  // anybody can send one.
  const after = [...registered, ...writable];
  const replacing =
    roles.upserts && transformFunction(stage, 'UpsertTransform', { writes: 'upsert' }, [migrated]);
  const upserting =
    roles.upserts &&
    replacing &&
    deliveryStream(stage, 'Upserts', storage, key, places, {
      name: names.upserts,
      role: roles.upserts.role,
      stream,
      transform: replacing,
      appendOnly: false,
      after,
    });
  // Where a stage gets its first table that replaces rows: until its stream reads, the others' transform writes it.
  const transform = transformFunction(stage, 'Transform', { writes: upserts ? 'append' : 'all' }, [
    migrated,
    ...(upserting ? [upserting] : []),
  ]);
  const appending = deliveryStream(stage, 'Delivery', storage, key, places, {
    name: names.delivery,
    role: roles.delivery.role,
    stream,
    transform,
    appendOnly: true,
    after,
  });
  const deliveries = [appending, ...(upserting ? [upserting] : [])];
  const direct = directStreams(stage, storage, key, places, roles, transform, { migrated, after });
  const archive = rawArchive(stage, stream, key, places, tables);
  const redshift = warehouse(stage, stream, key, places, migrate, engineer);
  const open = gateway(stage, stream, key, deliveries);

  // What looks after the tables, what asks them, and what watches it all.
  optimizers(stage, tables, upkeep, writable);
  const { workgroup, analysts } = queries(
    stage,
    storage,
    places,
    { engineer, analyst },
    stream,
    archive?.bucket,
  );
  const pages = page(stage, storage, places, tables, views, [migrated]);
  const readers = [names.delivery, ...(roles.upserts ? [names.upserts] : [])];
  const deliveryNames = [...readers, ...direct.names];
  const transforms = [transform, ...(replacing ? [replacing] : []), ...direct.transforms];
  failures(stage, deliveryNames, tables, storage);
  countRejections(stage, transforms);
  const topic = watch(stage, {
    names,
    functions: {
      transforms: transforms.map(({ physical }) => physical),
      migrate: migrate.physical,
      ...(archive && { archive: archive.writer.physical }),
    },
    deliveries: deliveryNames,
    readers,
    api: open.api,
  });
  return {
    stage: stage.name,
    region: stage.region,
    url: open.url,
    writeKey: open.writeKey,
    stream: stream.name,
    database: names.database,
    workgroup: workgroup.name,
    ...(analysts && { analystWorkgroup: analysts.name }),
    warehouse: storage.warehouse.bucket,
    errors: storage.errors.bucket,
    results: storage.results.bucket,
    ...(archive && { archive: archive.bucket.bucket }),
    ...(redshift && { warehouseWorkgroup: redshift.workgroupName }),
    ...(pages && { page: pages.url }),
    ...(pages?.userPool && { pageUsers: pages.userPool }),
    deliveryStreams: deliveryNames,
    migrate: migrate.name,
    engineerRole: engineer.arn,
    ...(analyst && { analystRole: analyst.arn }),
    alarms: topic.arn,
  };
}
