/**
 * Programs that other people wrote, at work on a running lakehouse. Each is installed in this folder, and nowhere
 * else, and says what it found, check by check.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeKey } from '../../local/keys.ts';
import { besideDelivery } from './beside-delivery.ts';
import { openCatalog } from './catalog-server.ts';
import type { Lakehouse } from './lakehouse.ts';
import {
  at,
  installClickhouse,
  installJava,
  installPython,
  javaLibraries,
  python,
  readByClickhouse,
  run,
} from './readers.ts';

export interface Check {
  name: string;
  /** What is wrong; absent where all is as it should be. */
  problem?: string;
  /** What was measured by the way. */
  note?: string;
  /** Why the check was not made. */
  skipped?: string;
}

export interface Program {
  name: string;
  /** Installs what it needs. Rejects where that cannot be had. */
  prepare(): Promise<void>;
  check(lakehouse: Lakehouse): Promise<Check[]>;
}

/** A script's lines of JSON, `{"check", "problem", "skipped"}`; one that breaks off has failed. */
async function script(program: string, args: readonly string[]): Promise<Check[]> {
  const { stdout, failure } = await run(program, args, { cwd: at('.') }).then(
    (text) => ({ stdout: text, failure: undefined }),
    (error: Error & { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout ?? '',
      failure: (error.stderr ?? error.message).trim().split('\n').slice(-4).join(' '),
    }),
  );
  const checks = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Check => {
      const { check, problem, skipped } = JSON.parse(line) as {
        check: string;
        problem?: string | null;
        skipped?: string;
      };
      return { name: check, ...(problem && { problem }), ...(skipped && { skipped }) };
    });
  return failure === undefined ? checks : [...checks, { name: 'runs to its end', problem: failure }];
}

const pyiceberg: Program = {
  name: 'PyIceberg through the REST catalog',
  prepare: installPython,
  check: ({ url, home, truthFile }) => script(python, [at('catalog_pyiceberg.py'), url, home, truthFile]),
};

const pyicebergWithKeys: Program = {
  name: 'PyIceberg with access keys',
  prepare: installPython,
  async check({ url, home }) {
    const now = Date.now();
    const keys = [makeKey(home, 'engineer', 'interop', now), makeKey(home, 'analyst', 'interop', now)];
    const args = keys.flatMap(({ accessKeyId, secretAccessKey }) => [accessKeyId, secretAccessKey]);
    return script(python, [at('catalog_keys.py'), url, ...args]);
  },
};

const boto3: Program = {
  name: 'boto3',
  prepare: installPython,
  check: ({ url, home, truthFile }) => script(python, [at('aws_boto3.py'), url, home, truthFile]),
};

const pyathena: Program = {
  name: 'PyAthena and SQLAlchemy',
  prepare: installPython,
  check: ({ url, truthFile }) => script(python, [at('athena_dbapi.py'), url, truthFile]),
};

const awsCli: Program = {
  name: 'the AWS CLI',
  prepare: installPython,
  check: ({ url, home, truthFile }) =>
    script(python, [at('aws_cli.py'), path.join(path.dirname(python), 'aws'), url, home, truthFile]),
};

const sdkJs: Program = {
  name: 'the AWS SDK for JavaScript',
  prepare: async () => {},
  check: ({ url, home, truthFile }) =>
    script(process.execPath, ['--import', 'tsx', at('sdk-js.ts'), url, home, truthFile]),
};

const duckdb: Program = {
  name: "DuckDB's Python build",
  prepare: installPython,
  check: ({ url, home, truthFile }) => script(python, [at('duckdb_python.py'), url, home, truthFile]),
};

/** ClickHouse reads tables of object stores. It takes the first segment of a path for the bucket. */
const clickhouse: Program = {
  name: 'ClickHouse over S3',
  prepare: installClickhouse,
  async check({ url, truthFile }) {
    const table = `${url}/firn-warehouse/firn/web_log`;
    const [rows] = await readByClickhouse([table]);
    if (rows === undefined || rows instanceof Error)
      return [{ name: 'reads', problem: rows?.message ?? 'no answer' }];
    const { web_log: ids } = JSON.parse(readFileSync(truthFile, 'utf8')) as { web_log: string[] };
    const found = rows.map((row) => row.event_id).sort();
    const isRight = JSON.stringify(found) === JSON.stringify(ids);
    const name = 'reads every event that was sent';
    return [isRight ? { name } : { name, problem: `${found.length} rows; expected ${ids.length}` }];
  },
};

const javaAtWork: Program = {
  name: "Iceberg's Java implementation through the REST catalog",
  prepare: installJava,
  check({ url, folder, truthFile }) {
    const { web_log: ids } = JSON.parse(readFileSync(truthFile, 'utf8')) as { web_log: string[] };
    const file = path.join(folder, 'ids.txt');
    writeFileSync(file, ids.join('\n'));
    return script('java', ['-cp', javaLibraries, at('java/UseCatalog.java'), url, file]);
  },
};

/** What Iceberg's own tests of catalogs want and this one refuses by its nature. */
const refusedByNature: Readonly<Record<string, string>> = {
  'createTableTransaction(int)[1]': 'it wants a table of format version 1',
  'createTableTransaction(int)[3]': 'it wants a table of format version 3',
  'replaceTableTransaction(int)[1]': 'it wants a table of format version 1',
  'testCreateTableWithDefaultColumnValue()': 'default values are of format version 3',
  'testCompleteCreateTransaction()': 'it wants a table at file:/tmp/ns/table; a table lies in the warehouse',
};

const suiteLibraries = at('.tools/java-catalog');

/** The suite that Iceberg's implementation has for catalogs, run by its own REST client. Its data files are made up. */
const javaSuite: Program = {
  name: "Iceberg's own tests of catalogs, in Java",
  async prepare() {
    await run('java', ['--version']);
    const cwd = at('java/catalog');
    if (!existsSync(path.join(suiteLibraries, 'ready'))) {
      const goal = ['--batch-mode', '--quiet', 'dependency:copy-dependencies'];
      await run('mvn', [...goal, `-DoutputDirectory=${suiteLibraries}`], { cwd });
      writeFileSync(path.join(suiteLibraries, 'ready'), '');
    }
    await run(
      'javac',
      ['-cp', `${suiteLibraries}/*`, '-d', path.join(suiteLibraries, 'classes'), 'CatalogSuite.java'],
      {
        cwd,
      },
    );
  },
  async check({ folder }) {
    const home = path.join(folder, 'suite');
    mkdirSync(home);
    const catalog = await openCatalog(home);
    const reports = path.join(home, 'reports');
    try {
      const properties = [`-Dfirn.uri=${catalog.uri}`, `-Dfirn.warehouse=${path.join(home, 'warehouse')}`];
      const classes = `${path.join(suiteLibraries, 'classes')}:${suiteLibraries}/*`;
      const launcher = [
        'org.junit.platform.console.ConsoleLauncher',
        'execute',
        '--select-class',
        'CatalogSuite',
      ];
      const quiet = ['--details', 'none', '--disable-banner', '--reports-dir', reports];
      // It exits with 1 where a test failed; the report says which.
      await run('java', [...properties, '-cp', classes, ...launcher, ...quiet]).catch(() => '');
      return suiteChecks(readFileSync(path.join(reports, 'TEST-junit-jupiter.xml'), 'utf8'));
    } finally {
      await catalog.close();
    }
  },
};

/** Checks from a JUnit report (XML): a `testcase` with a `failure`, an `error`, `skipped`, or nothing in it. */
function suiteChecks(xml: string): Check[] {
  const cases = xml.split('<testcase ').slice(1);
  return cases.map((text) => {
    const name = /^name="([^"]+)"/.exec(text)?.[1] ?? '?';
    const detail = /<(failure|error|skipped)(?: message="([^"]*)")?/.exec(text);
    if (detail === null) return { name };
    const [, kind, message = ''] = detail;
    if (kind === 'skipped') return { name, skipped: message.split('&#10;')[0] || 'it does not apply' };
    const known = Object.entries(refusedByNature).find(([beginning]) => name.startsWith(beginning));
    return known === undefined ? { name, problem: message.slice(0, 500) } : { name, skipped: known[1] };
  });
}

export const programs: readonly Program[] = [
  pyiceberg,
  pyicebergWithKeys,
  besideDelivery,
  javaAtWork,
  javaSuite,
  boto3,
  pyathena,
  awsCli,
  sdkJs,
  duckdb,
  clickhouse,
];
