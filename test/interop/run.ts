/**
 * `npm run interop`: other people's programs. Readers open tables of our own writer, and must see the rows that we
 * see; clients work on a running lakehouse, and every answer is compared with the truth. What is not to be had on this
 * machine is skipped, with a line that says so. `npm run interop -- NAME…` runs those whose names have one of the words.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeDisk } from '../../local/disk.ts';
import { loadTable } from '../../local/iceberg/table.ts';
import type { Table } from '../../local/iceberg/types.ts';
import { sorted } from '../helpers/canonical.ts';
import { readTable } from '../helpers/read-table.ts';
import { type Lakehouse, openLakehouse } from './lakehouse.ts';
import { type Check, type Program, programs } from './programs.ts';
import { type Reader, readers } from './readers.ts';
import { lives, Unavailable } from './tables.ts';

const counts = { passed: 0, failed: 0, skipped: 0 };

/** Makes the tables; one that cannot be made has failed. */
async function make(home: string): Promise<Map<string, Table>> {
  const tables = new Map<string, Table>();
  for (const [i, [name, live]] of Object.entries(lives).entries()) {
    const directory = path.join(home, String(i));
    mkdirSync(directory);
    try {
      await live(directory);
      tables.set(name, (await loadTable(nodeDisk, directory))!);
    } catch (error) {
      if (error instanceof Unavailable) {
        counts.skipped += 1;
        console.log(`skipped: ${name}: ${error.message} cannot be had here`);
        continue;
      }
      counts.failed += 1;
      console.log(`FAILED: ${name} cannot be made: ${(error as Error).stack}`);
    }
  }
  return tables;
}

/** The readers that are to be had here. */
async function install(): Promise<Reader[]> {
  const ready: Reader[] = [];
  for (const reader of readers.filter(({ name }) => isAsked(name))) {
    try {
      await reader.prepare();
      ready.push(reader);
    } catch (error) {
      unavailable(reader.name, error as Error, Object.keys(lives).length);
    }
  }
  return ready;
}

/** One reader over all tables. */
async function compare(reader: Reader, tables: ReadonlyMap<string, Table>): Promise<void> {
  const found = await reader.read([...tables.values()]);
  const blur = reader.blur ?? ((row: string) => row);
  for (const [i, [name, { directory }]] of [...tables].entries()) {
    const limit = Object.entries(reader.limits ?? {}).find(([beginning]) => name.startsWith(beginning));
    if (limit !== undefined) {
      counts.skipped += 1;
      console.log(`skipped: ${name}, read by ${reader.name}: ${limit[1]}`);
      continue;
    }
    const ours = sorted(await readTable(directory, { precision: reader.precision })).map(blur);
    const theirs = found[i]!;
    const difference =
      theirs instanceof Error ? theirs.message : differenceOf(ours, sorted(theirs).map(blur));
    if (difference === undefined) counts.passed += 1;
    else counts.failed += 1;
    if (difference !== undefined) console.log(`FAILED: ${name}, read by ${reader.name}: ${difference}`);
  }
}

/** Rows are text: see `sorted`. */
function differenceOf(ours: readonly string[], theirs: readonly string[]): string | undefined {
  if (ours.length !== theirs.length) return `${theirs.length} rows; we see ${ours.length}`;
  const at = ours.findIndex((row, i) => row !== theirs[i]);
  if (at === -1) return undefined;
  const [a, b] = [ours[at]!, theirs[at]!].map((row) => JSON.parse(row) as Record<string, unknown>);
  const columns = Object.keys(a!).filter((name) => JSON.stringify(a![name]) !== JSON.stringify(b![name]));
  const told = columns.map(
    (name) => `\n  ${name}: ${JSON.stringify(a![name])} to us, ${JSON.stringify(b![name])} to it`,
  );
  return `row ${a!.event_id} differs${told.join('')}`;
}

/** Readers over tables, each a folder. */
async function readTables(home: string): Promise<void> {
  const ready = await install();
  if (ready.length === 0) return;
  const tables = await make(home);
  for (const reader of ready) {
    const before = counts.passed;
    await compare(reader, tables);
    console.log(`${reader.name}: ${counts.passed - before} of ${tables.size} tables`);
  }
}

/** One program on the lakehouse. */
async function work(program: Program, lakehouse: Lakehouse): Promise<void> {
  const checks = await program
    .check(lakehouse)
    .catch((error: Error): Check[] => [{ name: 'runs', problem: error.stack ?? error.message }]);
  for (const { name, problem, skipped, note } of checks) {
    if (problem !== undefined) counts.failed += 1;
    else if (skipped !== undefined) counts.skipped += 1;
    else counts.passed += 1;
    if (note !== undefined) console.log(`${program.name}: ${note}`);
    if (problem !== undefined) console.log(`FAILED: ${program.name}: ${name}: ${problem}`);
    if (skipped !== undefined) console.log(`skipped: ${program.name}: ${name}: ${skipped}`);
  }
  const held = checks.filter(({ problem, skipped }) => problem === undefined && skipped === undefined);
  console.log(`${program.name}: ${held.length} of ${checks.length} checks`);
}

/** Clients of a running lakehouse, each with one of its own: none sees what another did. */
async function useLakehouse(home: string): Promise<void> {
  for (const [i, program] of programs.entries()) {
    if (!isAsked(program.name)) continue;
    try {
      await program.prepare();
    } catch (error) {
      unavailable(program.name, error as Error, 1);
      continue;
    }
    const lakehouse = await openLakehouse(path.join(home, `lakehouse-${i}`));
    try {
      await work(program, lakehouse);
    } finally {
      await lakehouse.stop();
    }
  }
}

function unavailable(name: string, error: Error, checks: number): void {
  counts.skipped += checks;
  const reason = error.message.trim().split('\n').slice(0, 3).join(' ');
  console.log(`skipped: ${name} cannot be had here (${reason})`);
}

function isAsked(name: string): boolean {
  const words = process.argv.slice(2);
  return words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()));
}

const home = mkdtempSync(path.join(tmpdir(), 'firn-interop-'));
try {
  await readTables(home);
  await useLakehouse(home);
} finally {
  rmSync(home, { recursive: true, force: true });
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
