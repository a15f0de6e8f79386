/**
 * The lakehouse on one machine, in the order in which the data move:
 * gateway → log → transform and delivery → tables → SQL.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Fault } from '../lake/errors.ts';
import { localDatabase, localDirectStream, localStream, type Settings } from '../lake/settings.ts';
import type { Contract } from '../lake/types.ts';
import { digestWriteKeys, parseWriteKeys } from '../lake/write-keys.ts';
import { arn, region } from './arn.ts';
import type { Handler } from './delivery/invoke.ts';
import type { Done } from './delivery/round.ts';
import type { WorkerInput } from './delivery/worker.ts';
import { startDeliveryThread } from './delivery-thread.ts';
import { nodeDisk } from './disk.ts';
import { collection, collector } from './gateway/collect.ts';
import { listen } from './gateway/http.ts';
import { proxy } from './gateway/proxy.ts';
import { checkBinding, hostInUrl, isLoopback, listenFault } from './gateway/reach.ts';
import { bodyLimits, route } from './gateway/routes.ts';
import { type Home, openHome } from './home.ts';
import { Keys } from './keys.ts';
import { Log, type LogOptions } from './log/log.ts';
import { Stream } from './log/stream.ts';
import { asker } from './pages/ask.ts';
import { openPages, type Pages } from './pages/open.ts';
import { systemClock } from './ports.ts';
import { Progress } from './progress.ts';
import { checkPlace } from './relocate.ts';
import { finishRenames } from './rest/warehouse.ts';
import { schemasFolder } from './schema-folder.ts';
import { openServices } from './services.ts';
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

const ports = {
  disk: nodeDisk,
  clock: systemClock,
  random: { bytes: (size: number) => randomBytes(size) },
};
const { disk, clock } = ports;

/** Starts the lakehouse. Throws a Fault for what a person must mend: a home in use, a port taken, a bad file. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { settings, writeKey, note, host = '127.0.0.1', hostNames = [] } = options;
  const handlerModule = options.handlerModule ?? new URL('../functions/transform.ts', import.meta.url).href;
  const schemasModule = options.schemasModule ?? new URL('../schemas/index.ts', import.meta.url).href;
  const home = await openHome(disk, clock, options.home);
  const opened: (() => Promise<unknown>)[] = [async () => home.release()];
  try {
    await finishRenames(ports, home.warehouse);
    await checkPlace(disk, home);
    const keys = new Keys(home.directory, !isLoopback(host));
    checkBinding({ host, hasKeys: keys.hasAny, writeKey });

    const log = await Log.open(ports, home.log, logOptions(settings));
    opened.push(() => log.close());
    if (log.cutBytes > 0)
      note(`the log ended in ${log.cutBytes} bytes of an unacknowledged put; they were cut`);
    const trim = (to: number): void => {
      log.trim(to).catch((error: Error) => note(`the log could not be trimmed: ${error.message}`));
    };
    const stream = new Stream(log, {
      name: localStream,
      arn: arn('kinesis', `stream/${localStream}`),
      shards: settings.shards,
      retentionHours: settings.logRetentionHours,
    });

    const progress = new Progress(0);
    // The page comes last, and hears of everything from then on.
    let pages: Pages | undefined;
    let fault: Fault | undefined;
    const delivery = await startDeliveryThread(
      { places: placesOf(home, log, settings), end: log.end, handlerModule, schemasModule },
      {
        note,
        onFault(reason) {
          fault ??= reason;
          pages?.stopped(reason.message);
          options.onFault(reason);
        },
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
    const { upkeep } = delivery;
    const services = await openServices({ ports, home, settings, contracts, keys, log, stream, upkeep });
    opened.push(() => services.close());
    const { operations } = services;

    const writeKeys = parseWriteKeys(digestWriteKeys({ local: writeKey }));
    const collect = withVerdicts(
      collection(collector(stream, writeKeys, clock), proxy(stream, writeKeys, clock)),
      {
        disk,
        logDirectory: home.log,
        createdMs: log.identity.createdMs,
        end: () => log.end,
        progress,
        ask: asker(operations, clock),
        handler: async (event) => ((await import(handlerModule)) as { handler: Handler }).handler(event),
        withinMs: 30_000,
        onBug: (bug) => console.error(bug),
      },
    );
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
    const guard = {
      access: { keys, now: clock.now },
      hostNames: [host, hostname(), ...hostNames].map((name) => name.toLowerCase()),
    };
    const address = { host, port: settings.port };
    const requests = route(
      { ...services, collect: page.counting(collect), pages: page.answer, failure },
      guard,
    );
    const server = await listen(requests, bodyLimits, address).catch((error) => {
      throw listenFault(error as NodeJS.ErrnoException, address);
    });
    opened.push(() => server.close());
    // Pages that listen would keep the server open.
    opened.push(async () => page.close());

    const url = `http://${hostInUrl(host)}:${server.port}`;
    await disk.replace(home.endpoint, Buffer.from(`${url}\n`));
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

function logOptions(settings: Settings): LogOptions {
  return {
    segmentBytes: settings.logSegmentMiB * 2 ** 20,
    retentionMs: settings.logRetentionHours * 3_600_000,
    maxBytes: settings.logMaxMiB * 2 ** 20,
    reserveBytes: settings.diskReserveMiB * 2 ** 20,
  };
}

/** Where the delivery thread finds things, and what it calls them. */
function placesOf(home: Home, log: Log, settings: Settings): WorkerInput['places'] {
  return {
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
    streamArn: arn('kinesis', `stream/${localStream}`),
    deliveryStreamArn: arn('firehose', `deliverystream/${localStream}`),
    directStreamArn: arn('firehose', `deliverystream/${localDirectStream}`),
    transformArn: arn('lambda', 'function:firn-transform'),
  };
}

/** Closes what was opened, the last first. */
async function closeAll(opened: (() => Promise<unknown>)[]): Promise<void> {
  for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
}
