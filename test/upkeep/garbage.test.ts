import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { commit } from '../../local/iceberg/commit.ts';
import { currentSnapshot } from '../../local/iceberg/metadata.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import { describeUpkeep } from '../../local/upkeep/index.ts';
import { upkeepRecord } from '../../local/upkeep/record.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { ports } from '../iceberg/support.ts';
import { makeTable, rowsOf, smallCommits, upkeepOf } from './tables.ts';

const dayMs = 24 * 3_600_000;

/** Puts a file into a table's folder that seems to have been written `ageMs` ago. */
function put(file: string, ageMs: number): string {
  writeFileSync(file, 'x');
  const seconds = (Date.now() - ageMs) / 1000;
  utimesSync(file, seconds, seconds);
  return file;
}

test('files of expired snapshots wait until no query can be reading them', async () => {
  const database = temporaryFolder();
  const { directory, metadata } = await makeTable(database, smallCommits(5));
  const list = metadata.snapshots[0]!['manifest-list'].replace('file://', '');
  let now = Date.now();
  const clock = { now: () => now, sleep: async () => {} };
  const change = { ports: { ...ports, clock }, settings: { snapshotsMax: 2 }, readersMs: 1000 };
  const upkeep = upkeepOf(database, change);
  const done = await upkeep.vacuum('events');
  expect(done).toMatchObject({ expired: 3, removed: 0, waitMs: 1000 });
  expect(done.waiting).toBeGreaterThan(0);
  expect(existsSync(list)).toBe(true);
  now += 1000;
  expect(await upkeep.vacuum('events')).toEqual({
    expired: 0,
    removed: done.waiting,
    waiting: 0,
    waitMs: 0,
  });
  expect(existsSync(list)).toBe(false);
  expect(await rowsOf(directory, 'id')).toHaveLength(10);
});

test('an orphan goes when it is a day old; a young one, a foreign one and one of an open round stay', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(2));
  const at = (name: string) => path.join(directory, name);
  const gone = [
    put(at('data/r0000000003-aa.parquet'), dayMs),
    put(at('data/compact-aa.parquet'), dayMs),
    put(at('metadata/77-m0.avro'), dayMs),
    // Of a relocation that was interrupted.
    put(at('data/moved-0123456789abcdef-r0000000002-deletes-aa.parquet'), dayMs),
    put(at('metadata/moved-0123456789abcdef-snap-7-1.avro'), dayMs),
    put(at('metadata/v9.metadata.json.12-1.tmp'), dayMs),
  ];
  const kept = [
    put(at('data/r0000000002-aa.parquet'), dayMs - 60_000),
    put(at('data/r0000000004-aa.parquet'), dayMs),
    put(at('data/part-0.parquet'), dayMs),
    put(at('metadata/stats.puffin'), dayMs),
  ];
  expect(await upkeepOf(database, { doneRound: () => 3 }).vacuum('events')).toMatchObject({
    expired: 0,
    removed: 6,
  });
  expect(gone.filter((file) => existsSync(file))).toEqual([]);
  expect(kept.filter((file) => !existsSync(file))).toEqual([]);
  expect(await rowsOf(directory, 'id')).toHaveLength(4);
});

test('a start removes what a round left that never came to its commit point', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(2));
  const aborted = put(path.join(directory, 'data/r0000000008-aa.parquet'), 0);
  const done = put(path.join(directory, 'data/r0000000007-aa.parquet'), 0);
  await upkeepOf(database, { doneRound: () => 7 }).clearAbortedRounds();
  expect([existsSync(aborted), existsSync(done)]).toEqual([false, true]);
});

test('a tag keeps its snapshot readable through compaction and expiry', async () => {
  const database = temporaryFolder();
  const table = await makeTable(database, smallCommits(3));
  const tagged = table.metadata.snapshots[1]!['snapshot-id'];
  await commit(ports, table, async () => [
    { action: 'set-snapshot-ref', 'ref-name': 'audit', type: 'tag', 'snapshot-id': tagged },
  ]);
  const upkeep = upkeepOf(database, { settings: { snapshotsMax: 1 } });
  await upkeep.optimize('events', []);
  expect((await upkeep.vacuum('events')).expired).toBe(2);
  expect(await rowsOf(table.directory, 'id', tagged)).toHaveLength(4);
  expect(await rowsOf(table.directory, 'id')).toHaveLength(6);
});

test('where gc.enabled is false, no file is deleted', async () => {
  const database = temporaryFolder();
  const table = await makeTable(database, smallCommits(4));
  await commit(ports, table, async () => [{ action: 'set-properties', updates: { 'gc.enabled': 'false' } }]);
  put(path.join(table.directory, 'data/compact-aa.parquet'), dayMs);
  const upkeep = upkeepOf(database, { settings: { snapshotsMax: 1 } });
  expect(await upkeep.vacuum('events')).toMatchObject({ expired: 3, removed: 0, waiting: 0 });
});

test('the table remembers what upkeep did last', async () => {
  const database = temporaryFolder();
  const { directory } = await makeTable(database, smallCommits(3));
  const upkeep = upkeepOf(database, { settings: { snapshotsMax: 1 } });
  await upkeep.optimize('events', []);
  await upkeep.vacuum('events');
  const { metadata } = (await loadTable(nodeDisk, directory))!;
  expect(upkeepRecord(metadata)).toMatchObject({
    compaction: { rewritten: 6, added: 2 },
    expiry: { expired: 3 },
  });
  expect(currentSnapshot(metadata)!.summary.operation).toBe('replace');
});

test('what upkeep did is told in words', () => {
  expect(describeUpkeep({ rewritten: 6000, added: 60 })).toBe('6000 files made 60');
  const vacuumed = { expired: 3, removed: 0, waiting: 0, waitMs: 0 };
  expect(describeUpkeep(vacuumed)).toBe('3 snapshots expired, 0 files removed');
  expect(describeUpkeep({ ...vacuumed, waiting: 12, waitMs: 299_001 })).toBe(
    '3 snapshots expired, 0 files removed, 12 more within 300 s, when no query can be reading them any more',
  );
});
