/**
 * `npm run test:velocity`: every template that the tests of `test/openapi` render is rendered again by Apache
 * Velocity and JsonPath for Java, of which API Gateway is documented to be made, and must say the same. Needs Java
 * and Maven; where they are not to be had, it says so and ends well.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isLosslessNumber, parse, stringify } from 'lossless-json';

const here = import.meta.dirname;
const libraries = path.join(here, '../.tools/java');

interface Case {
  template: string;
  body: string;
  output: string;
  status?: number;
}

interface Rendered {
  output?: string;
  status?: number | null;
  error?: string;
}

const folder = mkdtempSync(path.join(tmpdir(), 'firn-velocity-'));
try {
  const file = path.join(folder, 'cases.ndjson');
  if (await prepare()) process.exitCode = await compare(file);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Whether Java and the libraries are here. */
async function prepare(): Promise<boolean> {
  try {
    await promisify(execFile)('java', ['--version']);
    if (!existsSync(libraries)) {
      const copy = ['--batch-mode', '--quiet', 'dependency:copy-dependencies'];
      await promisify(execFile)('mvn', [...copy, `-DoutputDirectory=${libraries}`], { cwd: here });
    }
    return true;
  } catch (error) {
    console.log(`skipped: Apache Velocity cannot be had here (${(error as Error).message.split('\n')[0]})`);
    return false;
  }
}

async function compare(file: string): Promise<number> {
  const tests = spawnSync('npx', ['vitest', 'run', 'test/openapi'], {
    env: { ...process.env, FIRN_TEMPLATE_CASES: file },
    encoding: 'utf8',
  });
  if (tests.status !== 0) {
    console.log(tests.stdout, tests.stderr);
    return 1;
  }
  const cases = lines<Case>(readFileSync(file, 'utf8'));
  const java = ['-cp', `${libraries}/*`, path.join(here, 'Render.java'), file];
  const { stdout } = await promisify(execFile)('java', java, { maxBuffer: 1 << 30 });
  const rendered = lines<Rendered>(stdout);
  const wrong = cases.flatMap((one, i) => difference(one, rendered[i]!));
  for (const message of wrong.slice(0, 20)) console.log(message);
  console.log(
    `${cases.length - wrong.length} of ${cases.length} templates say the same under Apache Velocity`,
  );
  return wrong.length === 0 && cases.length > 100 && rendered.length === cases.length ? 0 : 1;
}

function difference({ template, body, output, status }: Case, there: Rendered): string[] {
  const alike =
    there.output !== undefined &&
    (there.status ?? undefined) === status &&
    comparable(there.output) === comparable(output);
  if (alike) return [];
  const said = [template, body, comparable(output), comparable(there.output ?? ''), there.error ?? ''];
  return [`FAILED:\n${said.map((text) => text.slice(0, 2000)).join('\n--\n')}`];
}

/** JSON without its spaces, with what is base64 in it as JSON too; other text without spaces at its ends. */
function comparable(text: string): string {
  try {
    return stringify(parse(text, (name, value) => plain(name === 'Data' ? opened(value) : value)))!;
  } catch {
    return text.trim();
  }
}

/**
 * A value as both engines can say it. Java's maps have an order of their own, it writes 1.5e300 as 1.5E300, and half
 * a surrogate pair, which UTF-8 does not have, as `?` (told in docs/api-gateway.md).
 */
function plain(value: unknown): unknown {
  if (isLosslessNumber(value)) return /[.eE]/.test(value.value) ? Number(value.value) : value;
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '?');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function opened(data: unknown): unknown {
  const text = Buffer.from(String(data), 'base64').toString('utf8');
  try {
    return parse(text, (_, value) => plain(value), { onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    return text;
  }
}

function lines<T>(text: string): T[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
