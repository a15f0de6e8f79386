/** Puts the page together from the parts of a running lakehouse. */
import fs from 'node:fs';
import path from 'node:path';
import { localDatabase, localStream, type Settings } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import type { Operations } from '../aws/json11.ts';
import type { Done } from '../delivery/round.ts';
import type { SeenRecord } from '../delivery/watch.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../gateway/http.ts';
import type { Home } from '../home.ts';
import type { Log } from '../log/log.ts';
import type { Clock, Disk } from '../ports.ts';
import { asker } from './ask.ts';
import { Assets } from './assets.ts';
import { builtPages } from './build.ts';
import { Builder } from './builder.ts';
import { Lag } from './lag.ts';
import { Live } from './live.ts';
import { answerPage } from './page.ts';
import { redactFor } from './redact.ts';
import { Refusals } from './refusals.ts';
import { type KeyRing, Sessions } from './sessions.ts';
import { type DeliveryState, type Status, statusOf } from './status.ts';
import { showTables } from './tables.ts';
import { traceEvent } from './trace.ts';

export interface PagesOptions {
  disk: Disk;
  clock: Clock;
  home: Home;
  settings: Settings;
  contracts: ReadonlyMap<string, Contract>;
  keys: KeyRing;
  log: Log;
  done: () => Done;
  operations: Operations;
  /** Where schema files are saved. */
  schemasFolder: string;
  /** Turns the sampling of records on and off. */
  watch: (on: boolean) => void;
}

/** The page of one lakehouse, told of what happens there. */
export interface Pages {
  answer(request: HttpRequest): Promise<HttpAnswer | undefined>;
  /** The collection routes, with what they refuse counted. */
  counting(collect: HttpHandler): HttpHandler;
  status(): Promise<Status>;
  grew(end: number): void;
  done(done: Done): void;
  seen(records: readonly SeenRecord[]): void;
  retried(message: string): void;
  stopped(message: string): void;
  close(): void;
}

export function openPages(options: PagesOptions): Pages {
  const { disk, clock, home, settings, contracts, keys, log, operations } = options;
  const startedMs = clock.now();
  const lag = new Lag(options.done().to);
  const refusals = new Refusals();
  let end = log.end;
  const live = new Live(options.watch, redactFor(contracts));
  const ask = asker(operations, clock);
  const databaseDirectory = path.join(home.warehouse, localDatabase);
  let delivery: DeliveryState = { state: 'running', retries: 0 };
  if (options.done().to < end.number) {
    const share = (end.number - options.done().to) / (end.number - log.start);
    lag.grew(end.number, startedMs, log.bytes * share);
  }

  const status = async (): Promise<Status> =>
    statusOf(
      {
        nowMs: clock.now(),
        startedMs,
        log: { start: log.start, end: log.end.number, bytes: log.bytes },
        done: options.done(),
        oldestMs: lag.oldestMs,
        inFlightBytes: lag.bytes,
        refusals: refusals.counts,
        delivery,
        disk: { freeBytes: await disk.free(home.log) },
        process: { memoryBytes: process.memoryUsage.rss(), cpuSeconds: cpuSeconds() },
      },
      settings,
    );
  const parts = {
    assets: new Assets(builtPages),
    live,
    builder: new Builder({ folder: options.schemasFolder, ask, now: () => clock.now() }),
    sessions: new Sessions(keys, () => clock.now()),
    operations,
    status,
    about: { ...versions(), settings, stream: localStream, database: localDatabase, home: home.directory },
    tables: (role: 'engineer' | 'analyst' | 'writer') =>
      showTables({ disk, clock }, databaseDirectory, contracts.values(), settings, role),
    trace: (eventId: string, caller: { role: 'engineer' | 'analyst' | 'writer' }) =>
      traceEvent(
        {
          ask,
          disk,
          databaseDirectory,
          tables: [...contracts.keys()],
          log: { disk, directory: home.log, createdMs: log.identity.createdMs, end: () => log.end },
          delivered: () => options.done().to,
        },
        eventId,
        caller,
      ),
  };
  return {
    answer: (request) => answerPage(parts, request),
    counting: (collect) => refusals.counting(collect),
    status,
    grew(number) {
      const before = end;
      end = log.end;
      // A segment of the log begins with nothing in it.
      const bytes = end.base === before.base ? end.bytes - before.bytes : end.bytes;
      lag.grew(number, clock.now(), bytes);
    },
    done({ to }) {
      lag.delivered(to);
      if (delivery.state === 'retrying') delivery = { state: 'running', retries: delivery.retries };
      live.done(to);
    },
    seen: (records) => live.seen(records),
    retried(message) {
      delivery = { state: 'retrying', retries: delivery.retries + 1, message };
    },
    stopped(message) {
      delivery = { state: 'stopped', retries: delivery.retries, message };
    },
    close: () => live.close(),
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function versions(): { version: string; node: string } {
  const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { version, node: process.version };
}
