/**
 * The Iceberg REST catalog (apache/iceberg, open-api/rest-catalog-open-api.yaml) over the warehouse: which operation
 * answers a request, and what goes wrong in its words.
 */
import { Buffer } from 'node:buffer';
import { Fault } from '../../lake/errors.ts';
import type { Contract } from '../../lake/types.ts';
import type { Caller } from '../aws/caller.ts';
import type { ApiError } from '../aws/json11.ts';
import { CommitError } from '../iceberg/commit.ts';
import { parseJson } from '../iceberg/json.ts';
import type { Ports } from '../iceberg/types.ts';
import { authorize, exchange, type KeyFinder } from './auth.ts';
import { badRequest, RestError } from './errors.ts';
import { asObject, type Json } from './fields.ts';
import { Operations, type Result } from './operations.ts';
import { routes } from './routes.ts';
import { checkSnapshots, type SnapshotCheck } from './snapshot-check.ts';
import { Tables } from './tables.ts';
import { type Places, type RemoveFolder, Warehouse } from './warehouse.ts';

export interface CatalogOptions {
  ports: Ports;
  places: Places;
  /** The contracts that delivery writes for, by table of `places.database`. */
  contracts: ReadonlyMap<string, Contract>;
  keys: KeyFinder;
  removeFolder: RemoveFolder;
  /** Looks at the files of a snapshot; given only where clients make them up, as Iceberg's own tests do. */
  checkSnapshots?: SnapshotCheck;
  /** Told of errors that are nobody's but ours. */
  onBug: (error: unknown) => void;
}

export interface RestRequest {
  /** HEAD comes as GET, and is told by `head`. */
  method: string;
  head?: boolean;
  /** With the part below which the catalog lies. */
  path: string;
  /** Without `?`. */
  query: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

export interface RestAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** `root`: the path below which `v1/` lies, `/iceberg`. The handler never rejects. */
export function icebergCatalogApi(
  root: string,
  options: CatalogOptions,
): (request: RestRequest, caller: Caller | ApiError) => Promise<RestAnswer> {
  const { ports, places, contracts, keys } = options;
  const check = options.checkSnapshots ?? checkSnapshots;
  const warehouse = new Warehouse(ports, places, options.removeFolder, check);
  const contractOf = ({ namespace, name }: { namespace: string; name: string }) =>
    namespace === places.database ? contracts.get(name) : undefined;
  const tables = new Tables(ports, warehouse, contractOf, check);
  const catalog = new Operations(warehouse, tables, contractOf);
  // What changes the catalog goes one at a time: a table is not dropped while it is committed to.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };

  const answer = async (request: RestRequest, caller: Caller | ApiError): Promise<RestAnswer> => {
    const segments = decoded(request.path.slice(root.length + 1));
    const authorization = single(request.headers.authorization);
    if (request.method === 'POST' && segments.join('/') === 'v1/oauth/tokens') {
      const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
      const { status, body } = exchange(form, authorization, keys, ports.clock.now());
      return json(status, JSON.stringify(body));
    }
    authorize(authorization, caller, keys, ports.clock.now());
    for (const { method, pattern, run } of routes) {
      const names = method === request.method ? match(pattern, segments) : undefined;
      if (names === undefined) continue;
      const call = {
        names,
        query: new URLSearchParams(request.query),
        ifNoneMatch: single(request.headers['if-none-match']),
        body: () => bodyOf(request.body),
      };
      const result = await (method === 'GET' ? run(catalog, call) : inTurn(() => run(catalog, call)));
      const whole = typeof result === 'string' ? { status: 200, body: result } : result;
      return answerOf(whole, request.head === true);
    }
    const asked = `${request.method} ${request.path.slice(0, 300)}`;
    throw new RestError(
      404,
      'NoSuchEndpointException',
      `the catalog has no ${asked}; GET ${root}/v1/config lists what it has`,
    );
  };

  return async (request, caller) => {
    try {
      return await answer(request, caller);
    } catch (thrown) {
      const error = asRestError(thrown, options.onBug);
      const body = { error: { message: error.message, type: error.type, code: error.status } };
      return json(error.status, JSON.stringify(body));
    }
  };
}

/** Whether something is there is answered without content (REST catalog, "tableExists"). */
function answerOf({ status, body = '', etag }: Exclude<Result, string>, isHead: boolean): RestAnswer {
  const { headers } = json(status, body);
  const all = etag === undefined ? headers : { ...headers, etag };
  return isHead && status === 200 ? { status: 204, headers: all, body: '' } : { status, headers: all, body };
}

function asRestError(thrown: unknown, onBug: (error: unknown) => void): RestError {
  if (thrown instanceof RestError) return thrown;
  if (thrown instanceof Fault) return new RestError(500, 'ServiceFailureException', thrown.message);
  onBug(thrown);
  if (thrown instanceof CommitError && thrown.outcome === 'did not land') {
    return new RestError(
      503,
      'ServiceUnavailableException',
      'nothing was committed; the reason is in the log; try again later',
    );
  }
  // A client that hears of a 500 takes its commit as unknown, and deletes no files.
  return new RestError(500, 'CommitStateUnknownException', 'the request failed; the reason is in the log');
}

/** Segments of a path; throws a 400 where one is no text in UTF-8. */
function decoded(path: string): string[] {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    throw badRequest('the path is not percent-encoded UTF-8');
  }
}

/** The names that stand where the pattern has braces; undefined if the path is another. */
function match(pattern: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = pattern.split('/');
  if (parts.length !== segments.length) return undefined;
  const names: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    if (part.startsWith('{')) names[part.slice(1, -1)] = segments[i]!;
    else if (part !== segments[i]) return undefined;
  }
  return names;
}

function bodyOf(bytes: Uint8Array): Json {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest(`the body (${bytes.length} bytes) is not JSON in UTF-8`);
  }
  return asObject(value, 'the body');
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

const jsonHeaders = { 'content-type': 'application/json' };

function json(status: number, body: string): RestAnswer {
  return { status, headers: jsonHeaders, body };
}
