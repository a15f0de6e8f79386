/**
 * The lakehouse on one machine, in the order in which the data move:
 * gateway → log → transform and delivery → tables → SQL.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../lake/errors.ts';
import { mayTouchFiles } from '../lake/grants.ts';
import { localDatabase, localDirectStream, localStream, type Settings } from '../lake/settings.ts';
import type { Contract } from '../lake/types.ts';
import { digestWriteKeys, parseWriteKeys } from '../lake/write-keys.ts';
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
import type { Handler } from './delivery/invoke.ts';
import type { Done } from './delivery/round.ts';
import { startDeliveryThread } from './delivery-thread.ts';
import { nodeDisk } from './disk.ts';
import { collection, collector } from './gateway/collect.ts';
import { listen } from './gateway/http.ts';
import { proxy } from './gateway/proxy.ts';
import { checkBinding, isLoopback } from './gateway/reach.ts';
import { bodyLimits, route } from './gateway/routes.ts';
import { openHome } from './home.ts';
import { toUri } from './iceberg/location.ts';
import { Keys } from './keys.ts';
import { ShardConsumer } from './log/consumer.ts';
import { Log } from './log/log.ts';
import { Stream } from './log/stream.ts';
import { asker } from './pages/ask.ts';
import { openPages, type Pages } from './pages/open.ts';
import { systemClock } from './ports.ts';
import { Progress } from './progress.ts';
import { checkPlace } from './relocate.ts';
import { icebergCatalogApi } from './rest/catalog.ts';
import { finishRenames } from './rest/warehouse.ts';
import { schemasFolder } from './schema-folder.ts';
import { SqlEngine } from './sql/engine.ts';
import { icebergCatalog } from './sql/iceberg-catalog.ts';
import { PreparedStatements } from './sql/prepared.ts';
import { withVerdicts } from './verdicts.ts';

export interface RuntimeOptions {
  home: string;
  settings: Settings;
  /** The secret that producers send in `x-api-key`. */
  writeKey: string;
  /** Address to listen on; `127.0.0.1` unless told otherwise. Anything but loopback needs keys of one's own. */
  host?: string;
  /** Names that clients may use for the endpoint, beside addresses and `localhost`. */
  hostNames?: readonly string[];
  /** Notes for the operator, a line each. */
  note: (line: string) => void;
  /** Called when delivery cannot go on; puts are still accepted. */
  onFault: (fault: Fault) => void;
  /** Modules that export `handler` and `contracts`; the project's own unless told otherwise. */
  handlerModule?: string;
  schemasModule?: string;
  /** Where the page saves schema files; the project's own folder unless told otherwise. */
  schemasFolder?: string;
}

export interface Runtime {
  /** `http://127.0.0.1:4566` */
  url: string;
  /** Sums of what was accepted and what became of it. */
  sums(): { accepted: number; done: Done };
  /** Takes no more requests, delivers what was accepted, and gives the home free. */
  stop(): Promise<void>;
}

const queriesFolder = fileURLToPath(new URL('../queries/', import.meta.url));
const region = 'us-east-1';
const account = '000000000000';
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

/** Starts the lakehouse. Throws a Fault for what a person must mend: a home in use, a port taken, a bad file. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { settings, note, host = '127.0.0.1', hostNames = [] } = options;
  const ports = {
    disk: nodeDisk,
    clock: systemClock,
    random: { bytes: (size: number) => randomBytes(size) },
  };
  const home = await openHome(ports.disk, ports.clock, options.home);
  const opened: (() => Promise<unknown>)[] = [async () => home.release()];
  const handlerModule = options.handlerModule ?? new URL('../functions/transform.ts', import.meta.url).href;
  const schemasModule = options.schemasModule ?? new URL('../schemas/index.ts', import.meta.url).href;
  try {
    await finishRenames(ports, home.warehouse);
    await checkPlace(ports.disk, home);
    const keys = new Keys(home.directory, !isLoopback(host));
    checkBinding({ host, hasKeys: keys.hasAny, writeKey: options.writeKey });
    const log = await Log.open(ports, home.log, {
      segmentBytes: settings.logSegmentMiB * 2 ** 20,
      retentionMs: settings.logRetentionHours * 3_600_000,
      maxBytes: settings.logMaxMiB * 2 ** 20,
      reserveBytes: settings.diskReserveMiB * 2 ** 20,
    });
    opened.push(() => log.close());
    if (log.cutBytes > 0)
      note(`the log ended in ${log.cutBytes} bytes of an unacknowledged put; they were cut`);
    const stream = new Stream(log, {
      name: localStream,
      arn: arn('kinesis', `stream/${localStream}`),
      shards: settings.shards,
      retentionHours: settings.logRetentionHours,
    });

    const trim = (to: number): void => {
      log.trim(to).catch((error: Error) => note(`the log could not be trimmed: ${error.message}`));
    };
    const progress = new Progress(0);
    // The page comes last, and hears of everything from then on.
    let pages: Pages | undefined;
    let fault: Fault | undefined;
    const onFault = (reason: Fault): void => {
      fault ??= reason;
      pages?.stopped(reason.message);
      options.onFault(reason);
    };
    const delivery = await startDeliveryThread(
      {
        places: {
          logDirectory: home.log,
          roundsDirectory: home.rounds,
          databaseDirectory: path.join(home.warehouse, localDatabase),
          errorDirectory: home.errors,
          stagingDirectory: home.staging,
          log: log.identity,
          settings,
          region,
          database: localDatabase,
          streamName: localStream,
          streamArn: stream.arn,
          deliveryStreamArn: arn('firehose', `deliverystream/${localStream}`),
          directStreamArn: arn('firehose', `deliverystream/${localDirectStream}`),
          transformArn: arn('lambda', 'function:firn-transform'),
        },
        end: log.end,
        handlerModule,
        schemasModule,
      },
      {
        note,
        onFault,
        onDone(done) {
          trim(done.to);
          progress.advance(done.to);
          pages?.done(done);
        },
        onRetry: (message) => pages?.retried(message),
        onSeen: (records) => pages?.seen(records),
      },
    );
    opened.push(() => delivery.stop());
    log.onDurable = (end) => {
      delivery.tell({ kind: 'end', end });
      pages?.grew(end.number);
    };
    progress.advance(delivery.done().to);
    await log.trim(delivery.done().to);

    const { contracts } = (await import(schemasModule)) as { contracts: ReadonlyMap<string, Contract> };
    const views = await loadViews(ports.disk, path.join(queriesFolder, 'views'));
    const sql = await SqlEngine.open({
      catalog: icebergCatalog(ports.disk, home.warehouse, contracts),
      warehouse: home.warehouse,
      resultsDirectory: home.results,
      upkeep: delivery.upkeep,
      views,
      prepared: await PreparedStatements.open({ disk: ports.disk, path: home.prepared }),
      ...ports,
      limits: {
        memoryLimitBytes: settings.queryMemoryMiB * 2 ** 20,
        timeLimitMs: settings.queryTimeoutMs,
      },
    });
    opened.push(() => sql.close());
    const operations = {
      ...athenaOperations(sql, await loadNamedQueries(ports.disk, queriesFolder)),
      ...glueOperations(sql.metastore, account, toUri(home.warehouse)),
      ...kinesisOperations(stream, new ShardConsumer(ports.disk, home.log, log), account, ports.clock.now),
      ...firehoseOperations(stream, {
        settings,
        arn: (resource) => arn('firehose', resource),
        role: arn('iam', 'role/firn-firehose'),
        catalog: arn('glue', 'catalog'),
        transform: arn('lambda', 'function:firn-transform'),
      }),
    };
    const lakeFormation = lakeFormationOperations(contracts, account, tableFinder(home.warehouse));

    const buckets = {
      [warehouseBucket]: {
        directory: home.warehouse,
        mayRead: (_: string, { role }: Caller) => mayTouchFiles(role),
      },
      [resultsBucket]: {
        directory: home.results,
        // A result is for whom its query is.
        mayRead: (key: string, caller: Caller) => {
          const execution = sql.execution(key.replace(/\..*$/s, ''));
          return execution === undefined ? mayTouchFiles(caller.role) : isFor(execution, caller);
        },
      },
    };
    const s3 = s3Service(buckets, randomUUID, (bug) => console.error(bug));
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
      onBug: (bug) => console.error(bug),
    });

    const writeKeys = parseWriteKeys(digestWriteKeys({ local: options.writeKey }));
    const collect = withVerdicts(
      collection(collector(stream, writeKeys, ports.clock), proxy(stream, writeKeys, ports.clock)),
      {
        disk: ports.disk,
        logDirectory: home.log,
        createdMs: log.identity.createdMs,
        end: () => log.end,
        progress,
        ask: asker(operations, ports.clock),
        handler: async (event) => ((await import(handlerModule)) as { handler: Handler }).handler(event),
        withinMs: 30_000,
        onBug: (bug) => console.error(bug),
      },
    );
    const guard = {
      access: { keys, now: ports.clock.now },
      hostNames: [host, hostname(), ...hostNames].map((name) => name.toLowerCase()),
    };
    const page = openPages({
      ...ports,
      home,
      settings,
      contracts,
      keys,
      log,
      operations,
      done: () => delivery.done(),
      watch: (on) => delivery.tell({ kind: 'watch', on }),
      schemasFolder: options.schemasFolder ?? schemasFolder,
    });
    pages = page;
    const failure = () => (fault ?? log.broken)?.message;
    const sts = stsService(account);
    const parts = { collect, operations, sts, iceberg, s3, lakeFormation, pages: page.answer, failure };
    const address = { host, port: settings.port };
    const server = await listen(route(parts, guard), bodyLimits, address).catch((error) => {
      throw listenFault(error as NodeJS.ErrnoException, address);
    });
    opened.push(() => server.close());
    // Pages that listen would keep the server open.
    opened.push(async () => page.close());

    const url = `http://${hostInUrl(host)}:${server.port}`;
    await ports.disk.replace(home.endpoint, Buffer.from(`${url}\n`));
    return {
      url,
      sums: () => ({ accepted: log.end.number, done: delivery.done() }),
      stop: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** Closes what was opened, the last first. */
async function closeAll(opened: (() => Promise<unknown>)[]): Promise<void> {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
}

/** How this machine reaches what listens on `host`. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function listenFault(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  if (error.code === 'EADDRINUSE') {
    return new Fault(`port ${port} is in use; stop what listens there, or choose another with --port`);
  }
  if (error.code === undefined) return error;
  return new Fault(`cannot listen on ${host}, port ${port}: ${error.message}; choose another --host`);
}
