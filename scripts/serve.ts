/** A lakehouse in this process, as `npm start` and `npm run demo` run it. */
import type { Fault } from '../lake/errors.ts';
import { localEndpoint, localWriteKey, parseSettings, type SettingName } from '../lake/settings.ts';
import { buildPages } from '../local/pages/build.ts';
import { type Runtime, startRuntime } from '../local/runtime.ts';
import { checkFresh } from '../local/schema-folder.ts';

export interface Serving {
  runtime: Runtime;
  /** Why delivery cannot go on; undefined while it does. */
  fault(): Fault | undefined;
}

/** From where the lakehouse may be reached, and with which key events are sent; each has its default. */
export interface Reach {
  host?: string | undefined;
  hostNames?: readonly string[] | undefined;
  writeKey?: string | undefined;
}

/**
 * Starts the lakehouse of `home`. Settings: `given`, then the environment, then defaults; the write key is
 * `FIRN_WRITE_KEY`, the address `FIRN_HOST`, its names `FIRN_HOST_NAME` (with commas between). Notes go to standard
 * error. Throws a Fault for what a person must mend.
 */
export async function serve(
  home: string,
  given: Partial<Record<SettingName, number>>,
  { host = process.env.FIRN_HOST || '127.0.0.1', hostNames = [], writeKey: key = writeKey() }: Reach = {},
): Promise<Serving> {
  // Imported here, so that a schema that does not parse is told like any other failure.
  const { hash } = await import('../schemas/index.ts');
  checkFresh(hash);
  const unbuilt = await buildPages();
  if (unbuilt !== undefined) console.error(`there is no page, since it could not be built: ${unbuilt}`);
  let fault: Fault | undefined;
  const runtime = await startRuntime({
    home,
    settings: parseSettings(given, process.env),
    writeKey: key,
    host,
    hostNames: [...hostNames, ...(process.env.FIRN_HOST_NAME ?? '').split(',').filter(Boolean)],
    note: (line) => console.error(line),
    onFault: (reason) => {
      fault = reason;
      console.error(`delivery stopped: ${reason.message}`);
    },
  });
  return { runtime, fault: () => fault };
}

/** What producers send in `x-api-key`. */
export function writeKey(): string {
  return process.env.FIRN_WRITE_KEY || localWriteKey;
}

/** A `npm run query` line for the lakehouse at `url`, which is named where it is not at its usual place. */
export function queryLine(args: string, url: string): string {
  return `npm run query -- ${args}${url === localEndpoint ? '' : ` --endpoint ${url}`}`;
}

/** A `npm run gen` line, likewise. */
export function genLine(args: string, url: string): string {
  return `npm run gen -- ${args}${url === localEndpoint ? '' : ` --api-url ${url}/v1`}`;
}
