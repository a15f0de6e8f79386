/** What upkeep costs and gives: 10 million rows in 6,000 small files, made few. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { icebergPartitionSpec, icebergProperties, icebergSchema, icebergSortOrder } from '../lake/iceberg.ts';
import { parseSettings } from '../lake/settings.ts';
import { nodeDisk } from '../local/disk.ts';
import { appendFiles } from '../local/iceberg/append.ts';
import { copyPartitioned } from '../local/iceberg/copy.ts';
import { dataDirectory, toUri } from '../local/iceberg/location.ts';
import { planScan } from '../local/iceberg/scan.ts';
import { columnMetrics } from '../local/iceberg/statistics.ts';
import { createTable, loadTable } from '../local/iceberg/table.ts';
import type { DataFile } from '../local/iceberg/types.ts';
import { systemClock } from '../local/ports.ts';
import { SqlEngine } from '../local/sql/engine.ts';
import { icebergCatalog } from '../local/sql/iceberg-catalog.ts';
import { TableUpkeep } from '../local/upkeep/upkeep.ts';
import { contracts } from '../schemas/index.ts';
import { type Figures, round } from './ingest.ts';
import { drive, makeBodies, percentile } from './load.ts';
import { startServer } from './server.ts';

const contract = contracts.get('web_log')!;
const ports = { disk: nodeDisk, clock: systemClock, random: { bytes: (size: number) => randomBytes(size) } };
const events = ['visit', 'view', 'list', 'like', 'cart', 'purchase'];
const commitCount = 100;
const rowsPerCommit = 100_000;
const days = 10;
/** 2026-01-01 */
const firstDay = 20_454;
const oneDay = (aggregate: string): string => `SELECT event, ${aggregate} FROM web_log
  WHERE "timestamp" >= TIMESTAMP '2026-01-04 00:00:00' AND "timestamp" < TIMESTAMP '2026-01-05 00:00:00'
  GROUP BY event`;
/** What the filter costs, and what a report costs that reads texts and keeps 680,000 of them apart. */
const questions = { 'events of a day': 'count(*)', 'visitors of a day': 'count(DISTINCT user_id)' };

/** Compacts the table, and asks for one day before and after. */
export async function compaction(): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'firn-bench-'));
  try {
    const warehouse = path.join(folder, 'warehouse');
    const directory = path.join(warehouse, 'firn/web_log');
    await fill(directory);
    const before = await sizes(directory);
    const slow = await askOneDay(folder, warehouse);
    const upkeep = new TableUpkeep({
      ports,
      settings: parseSettings({}),
      databaseDirectory: path.dirname(directory),
      temporaryDirectory: path.join(folder, 'scratch'),
      doneRound: () => 0,
      readersMs: 0,
      onError: (_, error) => {
        throw error;
      },
    });
    const began = performance.now();
    await upkeep.optimize('web_log', []);
    const seconds = (performance.now() - began) / 1000;
    const after = await sizes(directory);
    return {
      rows: commitCount * rowsPerCommit,
      'files before': before.files,
      'files after': after.files,
      'MB before': before.megabytes,
      'MB after': after.megabytes,
      'seconds to compact': round(seconds),
      ...named('before', slow),
      ...named('after', await askOneDay(folder, warehouse)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Half of the target load, without upkeep, and with a compaction of all those files going on beside it. */
export async function besideIngest(seconds: number): Promise<Figures> {
  const load = async (flags: readonly string[], prepare: (home: string) => Promise<void>) => {
    const server = await startServer(flags);
    try {
      await prepare(server.home);
      const bodies = makeBodies(400, 500);
      await drive(server.url, bodies, { batch: 500, seconds: 3, connections: 8 });
      const {
        events: sent,
        seconds: took,
        latencies,
      } = await drive(server.url, bodies, {
        batch: 500,
        seconds,
        connections: 8,
        perSecond: 40_000,
      });
      const files = await sizes(path.join(server.home, 'warehouse/firn/web_log'));
      return { perSecond: Math.round(sent / took), p99: round(percentile(latencies, 0.99)), ...files };
    } finally {
      await server.stop();
    }
  };
  const alone = await load(['--upkeep-seconds', '0'], async () => {});
  const quietly = ['--upkeep-seconds', '1', '--compact-quiet-minutes', '0'];
  const beside = await load(quietly, (home) => fill(path.join(home, 'warehouse/firn/web_log')));
  return {
    'events/s without': alone.perSecond,
    'events/s with': beside.perSecond,
    'ack p99 without, ms': alone.p99,
    'ack p99 with, ms': beside.p99,
    'files left': beside.files,
  };
}

/** As many commits of a file for each event and day. */
async function fill(directory: string): Promise<void> {
  const schema = icebergSchema(contract);
  let table =
    (await loadTable(nodeDisk, directory)) ??
    (await createTable(ports, directory, {
      schema,
      spec: icebergPartitionSpec(contract),
      sortOrder: icebergSortOrder(contract),
      properties: icebergProperties(contract),
    }));
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GiB', threads: '2' });
  const connection = await instance.connect();
  for (let commit = 0; commit < commitCount; commit++) {
    const first = commit * rowsPerCommit;
    const written = await copyPartitioned(connection, {
      query: rowsSql(first),
      partitionColumn: '$partition',
      directory: dataDirectory(directory),
      filePrefix: `r${String(commit).padStart(10, '0')}-`,
      schema,
    });
    const files = written.map((file): DataFile => {
      const partition = Number(file.partitionKeys.get('$partition'));
      return {
        content: 'data',
        filePath: toUri(file.path),
        fileFormat: 'PARQUET',
        specId: 0,
        partition: [events[partition % events.length]!, firstDay + Math.floor(partition / events.length)],
        recordCount: file.rows,
        fileSizeInBytes: file.bytes,
        ...columnMetrics(file.statistics, schema, new Set()),
      };
    });
    table = (await appendFiles(ports, table, files)).table;
  }
  connection.closeSync();
  instance.closeSync();
}

/** Rows of visitors that come back, spread over events and days. */
function rowsSql(first: number): string {
  const values: Record<string, string> = {
    event_id: "printf('%016x-%d', hash(i), i)",
    received_at: 'moment',
    user_id: "'u-' || (hash(i, 1) % 200000)",
    session_id: "'s-' || (hash(i, 2) % 1000000)",
    event: `([${events.map((event) => `'${event}'`).join(', ')}])[part % ${events.length} + 1]`,
    referrer: "CASE WHEN i % 3 = 0 THEN 'https://search.example/?q=' || (hash(i, 3) % 5000) END",
    user_agent: "'Mozilla/5.0 (agent ' || (hash(i, 4) % 400) || ')'",
    ip: "'203.0.113.' || (hash(i, 5) % 256)",
    hostname: "'shop.example'",
    os: "CASE WHEN i % 2 = 0 THEN 'Linux' END",
    timestamp: 'moment',
    uri: "'/product/' || (hash(i, 6) % 20000) || '?color=' || (i % 7)",
  };
  const columns = contract.fields.map(({ name }) => `${values[name] ?? 'NULL'} AS "${name}"`);
  const parts = events.length * days;
  return `SELECT ${columns.join(', ')}, part AS "$partition" FROM (
    SELECT i, part, make_timestamp((${firstDay} + part // ${events.length}) * 86400000000 + (hash(i, 7) % 86400000000)::BIGINT) AS moment
    FROM (SELECT i, (i % ${parts})::INTEGER AS part FROM range(${first}, ${first + rowsPerCommit}) AS t(i)))`;
}

async function sizes(directory: string): Promise<{ files: number; megabytes: number }> {
  const { files } = await planScan(nodeDisk, (await loadTable(nodeDisk, directory))!);
  const bytes = files.reduce((sum, { fileSizeInBytes }) => sum + fileSizeInBytes, 0);
  return { files: files.length, megabytes: Math.round(bytes / 1e6) };
}

/** Median milliseconds from asking to the last row, for each question; the first time is left out. */
async function askOneDay(folder: string, warehouse: string): Promise<Figures> {
  const engine = await SqlEngine.open({
    catalog: icebergCatalog(nodeDisk, warehouse),
    warehouse,
    resultsDirectory: path.join(folder, 'results'),
    clock: systemClock,
    random: ports.random,
  });
  const medians: Figures = {};
  for (const [question, aggregate] of Object.entries(questions)) {
    const took: number[] = [];
    for (let i = 0; i < 12; i++) {
      const began = performance.now();
      const id = engine.start({
        sql: oneDay(aggregate),
        database: 'firn',
        parameters: [],
        workGroup: 'firn',
        role: 'engineer',
      });
      await engine.finished(id);
      const { state, error } = engine.execution(id)!;
      if (state !== 'SUCCEEDED') throw error ?? new Error(`the query ended ${state}`);
      took.push(performance.now() - began);
    }
    const sorted = took.slice(1).sort((a, b) => a - b);
    medians[question] = round(percentile(sorted, 0.5));
  }
  await engine.close();
  return medians;
}

function named(when: string, medians: Figures): Figures {
  return Object.fromEntries(Object.entries(medians).map(([question, ms]) => [`${question} ${when}, ms`, ms]));
}
