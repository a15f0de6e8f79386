/** Puts the delivery engine together, in whatever thread it runs. */
import path from 'node:path';
import { Fault } from '../../lake/errors.ts';
import type { Settings } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { openDuckdbWriter } from '../iceberg/parquet.ts';
import type { Ports } from '../iceberg/types.ts';
import type { LogIdentity } from '../log/identity.ts';
import type { LogEnd } from '../log/log.ts';
import { LogReader } from '../log/reader.ts';
import { Committer } from './commit.ts';
import { Delivery } from './delivery.ts';
import { Gatherer } from './gather.ts';
import type { Handler } from './invoke.ts';
import { evolveTables, openTables } from './open-tables.ts';
import { type Done, RoundStore } from './round.ts';
import { Sealer } from './seal.ts';
import { Staging } from './staging.ts';
import type { Watch } from './watch.ts';

/** Plain data, so that it can be handed to another thread. */
export interface DeliveryPlaces {
  logDirectory: string;
  roundsDirectory: string;
  /** Directory of the database: each table is a folder in it. */
  databaseDirectory: string;
  errorDirectory: string;
  stagingDirectory: string;
  log: LogIdentity;
  settings: Settings;
  region: string;
  database: string;
  streamName: string;
  streamArn: string;
  deliveryStreamArn: string;
  directStreamArn: string;
  transformArn: string;
}

export interface DeliveryHooks {
  onDone: (done: Done) => void;
  onRetry: (error: Error, failures: number) => void;
}

/** Recovers, and answers an engine that is ready to run. Throws a Fault if the home does not fit together. */
export async function startDelivery(
  ports: Ports,
  places: DeliveryPlaces,
  parts: { handler: Handler; contracts: ReadonlyMap<string, Contract>; watch?: Watch },
  end: LogEnd,
  hooks: DeliveryHooks,
): Promise<{ delivery: Delivery; close: () => Promise<void> }> {
  const { disk, clock, random } = ports;
  const { settings, stagingDirectory } = places;
  const tables = await openTables(ports, places.databaseDirectory, parts.contracts);
  const writer = await openDuckdbWriter(disk, {
    memoryLimit: `${settings.writerMemoryMiB}MiB`,
    threads: 1,
    temporaryDirectory: path.join(stagingDirectory, 'duckdb'),
  });
  let stagings = 0;
  const delivery = new Delivery({
    ...hooks,
    log: places.log,
    clock,
    settings,
    rounds: new RoundStore(disk, places.roundsDirectory),
    gatherer: new Gatherer({
      ...places,
      reader: new LogReader(disk, places.logDirectory),
      ...parts,
      clock,
    }),
    sealer: new Sealer({ ...places, ...parts, disk, clock, random, logId: places.log.id, writer, tables }),
    committer: new Committer(ports, tables, writer),
    newStaging: (from) => new Staging(disk, path.join(stagingDirectory, String(stagings++)), from),
  });
  try {
    // An open round was staged for the tables as they were, so it comes before what the contracts change.
    await delivery.recover(end);
    await evolveTables(ports, tables, parts.contracts);
  } catch (error) {
    await writer.close();
    throw error instanceof Fault
      ? error
      : new Fault(`recovery failed: ${(error as Error).message}`, { cause: error });
  }
  return { delivery, close: () => writer.close() };
}
