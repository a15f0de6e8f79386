/**
 * What the endpoint answers in AWS's terms and in Iceberg's, over one stream and one warehouse: Athena, Glue,
 * Kinesis, Firehose, Lake Formation, STS, S3 and the Iceberg REST catalog.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mayTouchFiles } from '../lake/grants.ts';
import { localDatabase, localErrorsBucket, type Settings } from '../lake/settings.ts';
import type { Contract } from '../lake/types.ts';
import { account, arn } from './arn.ts';
import { athenaOperations, isFor } from './aws/athena.ts';
import type { Caller } from './aws/caller.ts';
import { firehoseOperations } from './aws/firehose.ts';
import { glueOperations } from './aws/glue.ts';
import { kinesisOperations } from './aws/kinesis.ts';
import { lakeFormationOperations } from './aws/lakeformation.ts';
import { loadNamedQueries, loadViews } from './aws/named-queries.ts';
import { s3Service, warehouseBucket } from './aws/s3.ts';
import { stsService } from './aws/sts.ts';
import { tableFinder } from './aws/table-path.ts';
import { resultsBucket } from './aws/workgroups.ts';
import type { DeliveryThread } from './delivery-thread.ts';
import type { Home } from './home.ts';
import { toUri } from './iceberg/location.ts';
import type { Keys } from './keys.ts';
import { ShardConsumer } from './log/consumer.ts';
import type { Log } from './log/log.ts';
import type { Stream } from './log/stream.ts';
import type { Clock, Disk, Random } from './ports.ts';
import { icebergCatalogApi } from './rest/catalog.ts';
import { SqlEngine } from './sql/engine.ts';
import { icebergCatalog } from './sql/iceberg-catalog.ts';
import { PreparedStatements } from './sql/prepared.ts';

export interface ServiceParts {
  ports: { disk: Disk; clock: Clock; random: Random };
  home: Home;
  settings: Settings;
  contracts: ReadonlyMap<string, Contract>;
  keys: Keys;
  log: Log;
  stream: Stream;
  upkeep: DeliveryThread['upkeep'];
}

export type Services = Awaited<ReturnType<typeof openServices>>;

const queriesFolder = fileURLToPath(new URL('../queries/', import.meta.url));

/** Throws a Fault for a shipped query or view that cannot be read. `close` ends the queries that run. */
export async function openServices({
  ports,
  home,
  settings,
  contracts,
  keys,
  log,
  stream,
  upkeep,
}: ServiceParts) {
  const { disk, clock } = ports;
  const views = await loadViews(disk, path.join(queriesFolder, 'views'));
  const queries = await loadNamedQueries(disk, queriesFolder);
  const sql = await SqlEngine.open({
    catalog: icebergCatalog(disk, home.warehouse, contracts),
    warehouse: home.warehouse,
    resultsDirectory: home.results,
    upkeep,
    views,
    prepared: await PreparedStatements.open({ disk, path: home.prepared }),
    ...ports,
    limits: {
      memoryLimitBytes: settings.queryMemoryMiB * 2 ** 20,
      timeLimitMs: settings.queryTimeoutMs,
    },
  });
  const operations = {
    ...athenaOperations(sql, queries),
    ...glueOperations(sql.metastore, account, toUri(home.warehouse)),
    ...kinesisOperations(stream, new ShardConsumer(disk, home.log, log), account, clock.now),
    ...firehoseOperations(stream, {
      settings,
      arn: (resource) => arn('firehose', resource),
      role: arn('iam', 'role/firn-firehose'),
      catalog: arn('glue', 'catalog'),
      transform: arn('lambda', 'function:firn-transform'),
    }),
  };
  const iceberg = icebergCatalogApi('/iceberg', {
    ports,
    places: {
      warehouse: home.warehouse,
      dropped: home.dropped,
      namespacesFile: home.namespaces,
      database: localDatabase,
      views: new Set(views.map(({ name }) => name)),
    },
    contracts,
    keys,
    removeFolder: (directory) => rm(directory, { recursive: true, force: true }),
    onBug,
  });
  return {
    operations,
    lakeFormation: lakeFormationOperations(contracts, account, tableFinder(home.warehouse)),
    sts: stsService(account),
    s3: s3Service(buckets(home, sql), randomUUID, onBug),
    iceberg,
    close: () => sql.close(),
  };
}

function buckets(home: Home, sql: SqlEngine): Parameters<typeof s3Service>[0] {
  const forEngineers = (_: string, { role }: Caller) => mayTouchFiles(role);
  return {
    [warehouseBucket]: { directory: home.warehouse, mayRead: forEngineers },
    [localErrorsBucket]: { directory: home.errors, mayRead: forEngineers },
    [resultsBucket]: {
      directory: home.results,
      // A result is for whom its query is.
      mayRead: (key: string, caller: Caller) => {
        const execution = sql.execution(key.replace(/\..*$/s, ''));
        return execution === undefined ? mayTouchFiles(caller.role) : isFor(execution, caller);
      },
    },
  };
}

function onBug(bug: unknown): void {
  console.error(bug);
}
