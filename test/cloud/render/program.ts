/**
 * Runs sst.config.ts once: the real SST platform and provider SDK, with Pulumi's mocks in the engine's place.
 * Called in a process of its own by render.ts, since Pulumi and SST keep state in the process.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleConfig, bundleHandler } from './bundle.ts';
import { capture } from './capture.ts';
import type { Rendered } from './graph.ts';
import { mocks, type Place } from './mocks.ts';
import { platform, root } from './platform.ts';

export interface RenderOptions {
  stage: string;
  place: Place;
  environment: Record<string, string>;
  /** Text of schemas/index.ts, in place of the file's own. */
  contracts?: string;
}

const [, , given = '', outfile = ''] = process.argv;
const options = JSON.parse(given) as RenderOptions;
const { stage, place } = options;
const work = path.join(root, '.sst', `render-${process.pid}`);
const made = [path.join(platform, `app.${process.pid}.mjs`), path.join(platform, `run.${process.pid}.mjs`)];
mkdirSync(work, { recursive: true });
Object.assign(process.env, options.environment, {
  AWS_REGION: place.region,
  SST_AWS_REGION: place.region,
  SST_SECRETS: '{}',
  // Nobody answers to these: a call that is no mock fails instead of reaching an account.
  AWS_ACCESS_KEY_ID: 'offline',
  AWS_SECRET_ACCESS_KEY: 'offline',
  AWS_EC2_METADATA_DISABLED: 'true',
});
// SST completes names by random letters. The same ones each time make two renders comparable.
const crypto = createRequire(import.meta.url)('node:crypto') as { randomBytes(size: number): Buffer };
crypto.randomBytes = (size) => Buffer.alloc(size, 1);

try {
  writeFileSync(outfile, JSON.stringify(await render()));
  process.exitCode = 0;
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const file of made) rmSync(file, { force: true });
  rmSync(work, { recursive: true, force: true });
}
process.exit();

async function render(): Promise<Rendered> {
  const app = await evaluateApp();
  await bundleProgram(app);
  process.env.SST_SERVER = await cliServer();
  const graph: Rendered = { resources: [], asked: [], outputs: {}, files: {} };
  const pulumi = createRequire(path.join(platform, 'package.json'))('@pulumi/pulumi');
  const failures: unknown[] = [];
  await pulumi.runtime.setMocks(recorded(graph, failures), app.name, stage, false);
  capture(pulumi.runtime, graph, failures);
  // An output that fails leaves what depends on it waiting for ever, so the first failure ends the run.
  const failed = new Promise<never>((_, reject) => {
    const fail = (error: unknown) => reject(failures[0] ?? error);
    process.on('unhandledRejection', fail);
    setTimeout(() => fail(new Error('the program still waits after five minutes')), 300_000).unref();
  });
  graph.outputs = await Promise.race([finished(pulumi.runtime, graph), failed]);
  if (failures.length > 0) throw failures[0];
  const unresolved = graph.resources.find(({ inputs }) =>
    JSON.stringify(inputs).includes('Calling [toString] on an [Output'),
  );
  if (unresolved) throw new Error(`${unresolved.name}: an output stands in a plain template string`);
  graph.files = packages();
  return graph;
}

/** Of the packages that SST made for Lambda. */
function packages(): Rendered['files'] {
  const made = path.join(work, 'artifacts');
  return Object.fromEntries(
    readdirSync(made)
      .filter((name) => existsSync(path.join(made, name, 'code.zip')))
      .map((name) => [name, namesIn(readFileSync(path.join(made, name, 'code.zip')))]),
  );
}

/** By the directory at the end of a zip file (PKWARE's "APPNOTE.TXT", 4.3.12 and 4.3.16). */
function namesIn(zip: Buffer): string[] {
  const end = zip.lastIndexOf('PK\x05\x06');
  let at = zip.readUInt32LE(end + 16);
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [name = 0, extra = 0, comment = 0] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const text = zip.toString('utf8', at + 46, at + 46 + name);
    at += 46 + name + extra + comment;
    return text;
  });
}

interface App {
  name: string;
  stage: string;
  removal: string;
  protect: boolean;
  providers: Record<string, { version?: string }>;
}

/** What the CLI makes of `app()`: pkg/project. */
async function evaluateApp(): Promise<App> {
  const config = path.join(root, 'sst.config.ts');
  await bundleConfig({
    outfile: made[0]!,
    code: `import config from ${JSON.stringify(config)}; export default config;`,
    banner: 'function $config(i) { return i }\n',
    define: { $input: JSON.stringify({ stage }) },
  });
  const { default: loaded } = await import(pathToFileURL(made[0]!).href);
  return { removal: 'retain', protect: false, ...(await loaded.app({ stage })), stage };
}

async function bundleProgram(app: App): Promise<void> {
  const locked: { alias: string; package: string }[] = JSON.parse(
    readFileSync(path.join(root, '.sst/provider-lock.json'), 'utf8'),
  );
  const globals = [
    ...locked.map((entry) => `import * as ${entry.alias} from "${entry.package}";`),
    `import * as sst from ${JSON.stringify(path.join(platform, 'src/components'))};`,
  ].join('\n');
  const cli = {
    command: 'deploy',
    dev: false,
    rpc: '',
    home: '',
    paths: { home: path.join(work, 'home'), root: root.replace(/\/$/, ''), work, platform },
    state: { version: {} },
  };
  await bundleConfig({
    outfile: made[1]!,
    code: `import { run } from ${JSON.stringify(path.join(platform, 'src/auto/run.ts'))};
import config from ${JSON.stringify(path.join(root, 'sst.config.ts'))};
export default () => run(config.run);`,
    globals,
    define: { $app: JSON.stringify(app), $cli: JSON.stringify(cli), $dev: 'false' },
    inject: [path.join(platform, 'src/shim/run.js')],
    ...(options.contracts !== undefined && { contracts: options.contracts }),
  });
}

/** The CLI's own server: SST's components ask it to build handlers. Returns its address. */
async function cliServer(): Promise<string> {
  const { account, region } = place;
  const answers: Record<string, (input: never) => unknown> = {
    'Provider.Aws.Bootstrap': () => ({
      asset: 'sst-asset-mock',
      assetEcrRegistryId: account,
      assetEcrUrl: `${account}.dkr.ecr.${region}.amazonaws.com/sst-asset`,
      state: 'sst-state-mock',
      appsyncHttp: '',
      appsyncRealtime: '',
    }),
    'Runtime.Build': buildFunction as (input: never) => unknown,
    'Runtime.AddTarget': () => true,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const { method, params } = JSON.parse(Buffer.concat(chunks).toString());
      const reply = await Promise.resolve(answers[method]?.(params[0] as never)).then(
        (result) => (result === undefined ? { error: `no answer is known to ${method}` } : { result }),
        (error: Error) => ({ error: error.message }),
      );
      response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function buildFunction(input: {
  functionID: string;
  handler: string;
  properties?: { minify?: boolean };
}): Promise<object> {
  const out = path.join(work, 'artifacts', `${input.functionID}-src`);
  try {
    await bundleHandler({ handler: input.handler, out, minify: input.properties?.minify === true });
    return { handler: input.handler, out, errors: [], sourcemaps: [] };
  } catch (error) {
    return { handler: input.handler, out, errors: [(error as Error).message], sourcemaps: [] };
  }
}

/** Pulumi turns what a mock throws into a message elsewhere: it is kept here too. */
function recorded(graph: Rendered, failures: unknown[]) {
  const answers = mocks(place);
  return {
    newResource: (registration: Parameters<typeof answers.newResource>[0]) =>
      answers.newResource(registration),
    call: (asked: { token: string; inputs: Record<string, unknown> }) => {
      graph.asked.push({ token: asked.token, inputs: asked.inputs });
      try {
        return answers.call(asked);
      } catch (error) {
        failures.push(error);
        throw error;
      }
    },
  };
}

interface Runtime {
  runInPulumiStack(program: unknown): Promise<Record<string, unknown>>;
  waitForRPCs(disconnect: boolean): Promise<void>;
}

/** The program's outputs, once no registration is under way any more. */
async function finished(runtime: Runtime, graph: Rendered): Promise<Record<string, unknown>> {
  const { default: program } = await import(pathToFileURL(made[1]!).href);
  const outputs = await runtime.runInPulumiStack(program);
  for (let known = -1; known !== graph.resources.length; ) {
    known = graph.resources.length;
    await runtime.waitForRPCs(false);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return outputs;
}
