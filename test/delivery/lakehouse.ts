/** A log and a delivery engine in one thread, on a disk that a test may spoil. */
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetScanSql } from '../../lake/duckdb.ts';
import { parseSettings, type SettingName } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import type { Delivery } from '../../local/delivery/delivery.ts';
import type { Handler } from '../../local/delivery/invoke.ts';
import { startDelivery } from '../../local/delivery/start.ts';
import { nodeDisk } from '../../local/disk.ts';
import { planScan } from '../../local/iceberg/scan.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { Log } from '../../local/log/log.ts';
import { shardOf } from '../../local/log/shards.ts';
import { type Disk, systemClock } from '../../local/ports.ts';
import { contracts as shipped } from '../../schemas/index.ts';

let seed = 0;
/** Different at each call, the same in each run. */
const random = {
  bytes: (size: number) =>
    Uint8Array.from({ length: size }, () => {
      seed = (seed * 75 + 74) % 65537;
      return seed & 255;
    }),
};

export interface Lakehouse {
  log: Log;
  delivery: Delivery;
  /** Appends JSON events in one put; each must have an `event_id`. */
  put(events: readonly object[]): Promise<void>;
  /** Delivers all that was put, and closes. */
  finish(): Promise<void>;
}

export async function openLakehouse(
  home: string,
  handler: Handler,
  options: {
    disk?: Disk;
    contracts?: ReadonlyMap<string, Contract>;
    settings?: Partial<Record<SettingName, number>>;
    onRetry?: (error: Error) => void;
  } = {},
): Promise<Lakehouse> {
  const disk = options.disk ?? nodeDisk;
  const ports = { disk, clock: systemClock, random };
  const settings = parseSettings({ bufferMs: 10, bufferIdleMs: 1, ...options.settings });
  const directory = (name: string): string => path.join(home, name);
  await disk.mkdir(directory('staging'));
  const log = await Log.open(ports, directory('log'), {
    segmentBytes: 4096,
    retentionMs: 3_600_000,
    maxBytes: 2 ** 30,
    reserveBytes: 0,
  });
  const { delivery, close } = await startDelivery(
    ports,
    {
      logDirectory: directory('log'),
      roundsDirectory: directory('rounds'),
      databaseDirectory: directory('warehouse/firn'),
      errorDirectory: directory('errors'),
      stagingDirectory: directory('staging'),
      log: log.identity,
      settings,
      region: 'us-east-1',
      database: 'firn',
      streamName: 'firn-events',
      streamArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/firn-events',
      deliveryStreamArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/firn-events',
      directStreamArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/firn-direct',
      transformArn: 'arn:aws:lambda:us-east-1:000000000000:function:firn-transform',
    },
    { handler, contracts: options.contracts ?? shipped },
    log.end,
    { onDone: () => {}, onRetry: options.onRetry ?? (() => {}) },
  ).catch(async (error) => {
    await log.close();
    throw error;
  });
  log.onDurable = (end) => delivery.advance(end);
  return {
    log,
    delivery,
    async put(events) {
      const records = events.map((event) => {
        const { event_id: key } = event as { event_id: string };
        return { data: [JSON.stringify(event)], partitionKey: key, shard: shardOf(key, 4) };
      });
      await log.append(records);
    },
    async finish() {
      delivery.stop();
      await delivery.run();
      await close();
      await log.close();
    },
  };
}

/** All rows of a table, with the columns asked for, as DuckDB reads the files of the current snapshot. */
export async function readRows(home: string, table: string, columns: string): Promise<unknown[][]> {
  const loaded = await loadTable(nodeDisk, path.join(home, 'warehouse/firn', table));
  if (loaded === undefined) return [];
  const { files, schema } = await planScan(nodeDisk, loaded);
  if (files.length === 0) return [];
  const scan = parquetScanSql(
    files.map((file) => file.path),
    schema,
  );
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`SELECT ${columns} FROM (${scan}) ORDER BY ALL`);
  const rows = reader.getRowsJson() as unknown[][];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

export const visit = (id: string, change: object = {}): object => ({
  event_id: id,
  user_id: 'u-1',
  session_id: 's-1',
  event: 'view',
  ip: '203.0.113.7',
  hostname: 'shop.example',
  timestamp: '2026-01-02T03:04:05Z',
  uri: '/',
  ...change,
});

export const order = (id: string): object => ({
  $table: 'ecommerce_event',
  event_id: id,
  event_type: 'purchase',
  user_id: 'u-1',
  timestamp: 1_767_323_045,
});
