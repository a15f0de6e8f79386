import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { parseSettings } from '../../lake/settings.ts';
import { nodeDisk } from '../../local/disk.ts';
import { openHome } from '../../local/home.ts';
import { systemClock } from '../../local/ports.ts';
import { endpointOf, HomeInUse, maintainTables, readTables } from '../../local/tables.ts';
import { execute } from '../../scripts/cli.ts';
import { tablesCommand } from '../../scripts/tables/command.ts';
import { describeTable } from '../../scripts/tables/describe.ts';
import { startTestRuntime } from '../helpers/runtime.ts';
import { temporaryFolder } from '../helpers/temporary.ts';
import { makeTable, smallCommits } from '../upkeep/tables.ts';

/** A home at rest with a table of small files. */
async function homeWithTable(commits: number): Promise<string> {
  const folder = path.join(temporaryFolder(), 'home');
  const home = await openHome(nodeDisk, systemClock, folder);
  await makeTable(path.join(home.warehouse, 'firn'), smallCommits(commits));
  home.release();
  return folder;
}

test('figures tell what a table consists of and what is due', async () => {
  const home = await homeWithTable(5);
  const settings = parseSettings({ compactMinFiles: 3, compactQuietMinutes: 0, snapshotsMax: 2 });
  const figures = (await readTables(home, settings)).get('events')!;
  expect(figures).toMatchObject({
    rows: 10,
    files: 10,
    deleteFiles: 0,
    manifests: 5,
    snapshots: 5,
    last: {},
    due: { filesIn: 10, filesOut: 2, snapshots: 3 },
  });
  expect(figures.medianBytes * 10).toBeGreaterThan(figures.bytes / 2);
});

test('a table is told in a few lines', () => {
  const text = describeTable('web_log', {
    rows: 1_234_567,
    files: 62,
    bytes: 81_300_000,
    medianBytes: 900_000,
    deleteFiles: 1,
    manifests: 21,
    snapshots: 100,
    oldestSnapshotMs: Date.UTC(2026, 0, 2, 3, 4),
    last: {
      compaction: { at: '2026-01-02T05:06:07.000Z', rewritten: 6300, added: 1 },
      expiry: { at: '2026-01-02T05:07:07.000Z', expired: 25 },
    },
    due: { filesIn: 12, filesOut: 1, snapshots: 3 },
  });
  expect(text).toBe(
    [
      'web_log',
      '  1,234,567 rows in 62 files, 81.3 MB, median 900.0 kB; 1 delete file',
      '  100 snapshots since 2026-01-02 03:04; 21 manifests',
      '  last compaction 2026-01-02 05:06: 6,300 files made 1',
      '  last expiry 2026-01-02 05:07: 25 snapshots',
      '  due: 12 files to be made 1, 3 snapshots to expire',
    ].join('\n'),
  );
});

test('--maintain does the upkeep of a home at rest', async () => {
  const home = await homeWithTable(3);
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
  const code = await execute(
    tablesCommand,
    ['--home', home, '--maintain', '--snapshots-max', '1'],
    console.log,
    console.log,
  );
  log.mockRestore();
  expect(code).toBe(0);
  expect(lines[0]).toBe('events: 6 files made 2, 3 snapshots expired, 12 files removed');
  expect(lines[1]).toContain('6 rows in 2 files');
  expect(lines[1]).toContain('due: nothing');
});

test('--maintain has the running lakehouse do it that has the home, wherever that answers', async () => {
  const home = await homeWithTable(3);
  const runtime = await startTestRuntime({ home, settings: { upkeepSeconds: 0, snapshotsMax: 1 } });
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
  const code = await execute(tablesCommand, ['--home', home, '--maintain'], console.log, console.log);
  log.mockRestore();
  expect(code).toBe(0);
  expect(await endpointOf(home)).toBe(runtime.url);
  expect(lines.find((line) => line.startsWith('events: '))).toMatch(
    /^events: 6 files made 2, 3 snapshots expired, 0 files removed, 12 more within \d+ s, when no query can be /,
  );
  expect(lines.find((line) => line.startsWith('events\n'))).toContain('6 rows in 2 files');
});

test('a home in use is not maintained from outside, and a folder that is none is told', async () => {
  const folder = await homeWithTable(1);
  const home = await openHome(nodeDisk, systemClock, folder);
  await expect(maintainTables(folder, parseSettings({}), () => {})).rejects.toThrow(HomeInUse);
  expect((await readTables(folder, parseSettings({}))).get('events')!.files).toBe(2);
  home.release();
  const none = path.join(temporaryFolder(), 'none');
  await expect(readTables(none, parseSettings({}))).rejects.toThrow('is not a home of Firn');
});
