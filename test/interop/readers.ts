/**
 * Readers of Iceberg tables that other people wrote. Each is installed in this folder, and nowhere else; one that
 * cannot be is left out, and says why.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { metadataFile } from '../../local/iceberg/location.ts';
import { currentSchema } from '../../local/iceberg/metadata.ts';
import type { Table } from '../../local/iceberg/types.ts';
import { canonicalRow, type Precision } from '../helpers/canonical.ts';
import { readByIcebird } from '../iceberg/support.ts';
import { openStore } from './object-store.ts';

export type Rows = Record<string, unknown>[];

export interface Reader {
  name: string;
  precision: Precision;
  /** Tables that it is known not to read right, and why: by the beginnings of their names. */
  limits?: Readonly<Record<string, string>>;
  /** What it is known to tell wrongly is made equal on both sides: applied to each row's text. */
  blur?: (row: string) => string;
  /** Installs what it needs. Rejects where that cannot be had. */
  prepare(): Promise<void>;
  /** The rows of each table, or why it could not read them. */
  read(tables: readonly Table[]): Promise<(Rows | Error)[]>;
}

export const here = path.dirname(fileURLToPath(import.meta.url));
export const at = (name: string): string => path.join(here, name);

/** Runs a program to its end; its standard output. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], {
    ...options,
    maxBuffer: 2 ** 28,
    timeout: 600_000,
  });
  return stdout;
}

/** What a program says, a line of `{"rows"}` or `{"error"}` for each table. */
function answers(stdout: string): (Rows | Error)[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const { rows, error } = JSON.parse(line) as { rows?: Rows; error?: string };
      return rows ?? new Error(error);
    });
}

const icebird: Reader = {
  name: 'icebird',
  precision: 'weak',
  // Bytes are read as text.
  blur: (row) => row.replace(/"raw":"(?:[^"\\]|\\.)*"/, '"raw":""'),
  limits: {
    'partitioned by decimal': 'it does not read Avro of type fixed, which partitions of decimals are',
    'partitioned by truncate': 'it does not read Avro of type fixed, which partitions of decimals are',
    'evolved: added': 'it finds columns by their ids, but members of structs by their names',
  },
  prepare: async () => {},
  async read(tables) {
    const read: (Rows | Error)[] = [];
    for (const { directory, metadata } of tables) {
      const { fields } = currentSchema(metadata);
      read.push(
        await readByIcebird(directory).then(
          (rows) => rows.map((row) => canonicalRow(fields, (name) => row[name], 'weak')),
          (error: Error) => error,
        ),
      );
    }
    return read;
  },
};

/** PyIceberg's interpreter, once it is installed. */
export const python = at('.tools/python/bin/python');

/** Installs what requirements.txt names, once for each version of it. Rejects where it cannot be had. */
export async function installPython(): Promise<void> {
  const wanted = readFileSync(at('requirements.txt'), 'utf8');
  const ready = at('.tools/python.ready');
  if (existsSync(ready) && readFileSync(ready, 'utf8') === wanted) return;
  await run('python3', ['-m', 'venv', at('.tools/python')]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', at('requirements.txt')]);
  writeFileSync(ready, wanted);
}

const pyiceberg: Reader = {
  name: 'PyIceberg',
  precision: 'exact',
  // A list of structs that is null is read as an empty one.
  blur: (row) => row.replace(/"(deep|l)":null/, '"$1":[]'),
  prepare: installPython,
  async read(tables) {
    const files = tables.map(({ directory, version }) => metadataFile(directory, version));
    return answers(await run(python, [at('read_tables.py'), ...files]));
  },
};

/** The class path of Iceberg's own implementation. */
export const javaLibraries = at('.tools/java/*');

export async function installJava(): Promise<void> {
  await run('java', ['--version']);
  if (existsSync(at('.tools/java')) && readdirSync(at('.tools/java')).length > 0) return;
  const arguments_ = ['--batch-mode', '--quiet', 'dependency:copy-dependencies'];
  await run('mvn', [...arguments_, `-DoutputDirectory=${at('.tools/java')}`], { cwd: at('java') });
}

const java: Reader = {
  name: "Iceberg's Java implementation",
  precision: 'exact',
  prepare: installJava,
  async read(tables) {
    const directories = tables.map(({ directory }) => directory);
    const args = ['-cp', javaLibraries, at('java/ReadTables.java'), ...directories];
    return answers(await run('java', args));
  },
};

export async function installClickhouse(): Promise<void> {
  // Not `npm ci`: it wants the binaries of every platform in the lock file, and not all are published.
  if (!existsSync(at('node_modules/chdb'))) await run('npm', ['install', '--no-save'], { cwd: here });
  await run(process.execPath, [at('read-clickhouse.mjs')], { cwd: here });
}

/** The rows of tables at `http://<store>/<bucket>/…`, as ClickHouse spells them. */
export async function readByClickhouse(urls: readonly string[]): Promise<(Rows | Error)[]> {
  return answers(await run(process.execPath, [at('read-clickhouse.mjs'), ...urls], { cwd: here }));
}

/** ClickHouse reads Iceberg from object stores only, so a small one of our own holds the tables. */
const clickhouse: Reader = {
  name: 'ClickHouse',
  precision: 'exact',
  // Its arrays, maps and nested structs are never null; bytes are text to it.
  blur: (row) =>
    row
      .replace('"inner":null', '"inner":{"at":null,"x":null}')
      .replace('"deep":[null', '"deep":[{"order":[],"inner":{"at":null,"x":null}}')
      .replace('"l":[{"pp":"1","r":null},null]', '"l":[{"pp":"1","r":null},{"pp":null,"r":null}]')
      .replace('"s":null', '"s":{"why":null,"x":null,"w":null}')
      .replace(/"(tags|counts|deep|order|l|m)":null/g, '"$1":[]')
      .replace(/"raw":"(?:[^"\\]|\\.)*"/, '"raw":null'),
  prepare: installClickhouse,
  async read(tables) {
    const store = await openStore();
    try {
      const urls = tables.map(({ directory }) => store.url + directory);
      const read = await readByClickhouse(urls);
      return read.map((rows, i) => {
        const { fields } = currentSchema(tables[i]!.metadata);
        return rows instanceof Error ? rows : rows.map((row) => canonicalRow(fields, (name) => row[name]));
      });
    } finally {
      await store.close();
    }
  },
};

export const readers: readonly Reader[] = [icebird, pyiceberg, java, clickhouse];
