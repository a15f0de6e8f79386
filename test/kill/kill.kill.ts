import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { readTables } from '../../local/tables.ts';
import { Random } from '../../scripts/gen/random.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { type Command, readyUrl, startGenerator, startServer } from './processes.ts';
import { readVerdicts } from './verdicts.ts';

/** FIRN_KILL_SEED runs the same kills again, as far as processes can be the same. */
const seed = Number(process.env.FIRN_KILL_SEED ?? randomInt(1_000_000));

const loads = [
  { table: 'web_log', format: 'json', invalid: 5 },
  { table: 'ecommerce_event', format: 'avro', invalid: 3 },
  { table: 'app_event', format: 'json', invalid: 10 },
];
const tables = loads.map(({ table }) => table);

test(`killed again and again under load, every acknowledged event is one row, once (seed ${seed})`, async () => {
  const random = new Random(seed, 'kills');
  const home = temporaryFolder();
  const acknowledged = temporaryFolder();
  const processes: Command[] = [];
  onTestFinished(async () => {
    await Promise.all(processes.map((command) => command.end('SIGKILL')));
  });
  const track = (command: Command): Command => {
    processes.push(command);
    return command;
  };

  for (let kill = 1; kill <= 14; kill++) {
    const server = track(startServer(home));
    if (kill % 3 === 0) {
      // While it starts or recovers; a process needs some hundred milliseconds to get to our first line.
      await sleep(200 + random.below(1300));
      await server.end('SIGKILL');
      continue;
    }
    const url = await readyUrl(server);
    // Every server has a port of its own, so what a generator repeats reaches nobody: no event is there twice.
    const generators = loads.map((load, i) =>
      track(
        startGenerator(url, {
          ...load,
          rate: 1500,
          batch: 1 + random.below(199),
          seed: seed * 1000 + kill * 10 + i,
          'acked-ids': path.join(acknowledged, load.table),
        }),
      ),
    );
    await untilAcknowledged(acknowledged, generators);
    await sleep(random.below(1500));
    await server.end('SIGKILL');
    await sleep(100);
    await Promise.all(generators.map((generator) => generator.end('SIGKILL')));
  }

  const server = track(startServer(home));
  const url = await readyUrl(server);
  await delivered(home);
  const { rows, rejected } = await readVerdicts(url, tables);
  expect(await server.end('SIGTERM'), server.said).toBe(0);

  const rejectedIds = new Set(rejected.flatMap(({ ids }) => [...ids]));
  expect(new Set(rejected.map(({ place }) => place)).size, 'rejections twice').toBe(rejected.length);
  for (const table of tables) {
    const ids = rows.get(table)!;
    const found = new Set(ids);
    expect(found.size, `rows of ${table} twice`).toBe(ids.length);
    const acked = readFileSync(path.join(acknowledged, table), 'utf8').trim().split('\n');
    expect(acked.length).toBeGreaterThan(100);
    const wrong = acked.filter((id) => found.has(id) === rejectedIds.has(id));
    expect(wrong, `acknowledged events of ${table} without a verdict, or with two`).toEqual([]);
  }

  const counts = Object.fromEntries([...rows].map(([table, ids]) => [table, ids.length]));
  const upkept = [...(await readTables(home, parseSettings({}))).values()].map(({ last }) => last);
  expect(upkept.some(({ compaction }) => compaction !== undefined)).toBe(true);
  expect(upkept.some(({ expiry }) => expiry !== undefined)).toBe(true);

  const { to, sums } = readDone(home);
  expect(sums).toEqual({
    records: to,
    rows: { ...counts, rejected: rejected.length },
    dropped: 0,
    failed: 0,
  });
});

/** Waits until every generator had an answer since it was started. */
async function untilAcknowledged(folder: string, generators: readonly Command[]): Promise<void> {
  const sizes = (): number[] => tables.map((table) => sizeOf(path.join(folder, table)));
  const before = sizes();
  while (sizes().some((size, i) => size === before[i])) {
    const ended = generators.find(({ stopped }) => stopped);
    if (ended !== undefined) throw new Error(`a generator ended: ${ended.said}`);
    await sleep(10);
  }
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** Waits until nothing has been delivered for a while: no load is left, so that all is. */
async function delivered(home: string): Promise<void> {
  for (let last = -1, still = 0; still < 5; ) {
    const { to } = readDone(home);
    still = to === last ? still + 1 : 0;
    last = to;
    await sleep(200);
  }
}

function readDone(home: string): { to: number; sums: object } {
  return JSON.parse(readFileSync(path.join(home, 'rounds/done.json'), 'utf8'));
}
