/**
 * What a request of the page asks for, judged before anything is asked of Athena: a query that ships, by its name,
 * with values for its parameters. There is no way to send SQL.
 */
import { createHash } from 'node:crypto';
import { executionParameters, type NamedQuery } from '../queries.ts';
import { liveQuery, pageRoutes } from './routes.ts';

/** Of an HTTP API's event, payload format 2.0 (API Gateway developer guide), what is read. */
export interface PageEvent {
  routeKey: string;
  pathParameters?: Readonly<Record<string, string | undefined>>;
  queryStringParameters?: Readonly<Record<string, string | undefined>>;
  body?: string;
  isBase64Encoded?: boolean;
  requestContext: {
    /** Claims of a token that the API has verified; lists are written `[a b]`. */
    authorizer?: { jwt?: { claims?: Readonly<Record<string, string>> } };
  };
}

export interface PageSettings {
  /** How old an answer may be. */
  cacheMinutes: number;
  /** The same for the newest rows. */
  liveSeconds: number;
  /** `name=value` that a token must have; empty: any token of the issuer for this page. */
  claim: string;
}

export type PageRequest =
  | { kind: 'queries' }
  /** `parameters`: SQL literals in order. `key`: the same for all that may share an answer. */
  | { kind: 'start'; query: NamedQuery; parameters: string[]; key: string }
  | { kind: 'state' | 'stop'; id: string }
  | { kind: 'rows'; id: string; next?: string };

/** An answer that tells whoever asks what is wrong, with the HTTP status that fits. */
export class PageError extends Error {
  override name = 'PageError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const limits = { bodyCharacters: 16_384, valueCharacters: 500, tokenCharacters: 1024 } as const;

/** Throws a PageError that says what is wrong with the request. `now`: milliseconds since 1970. */
export function readPageRequest(
  event: PageEvent,
  queries: ReadonlyMap<string, NamedQuery>,
  settings: PageSettings,
  now: number,
): PageRequest {
  checkClaim(event, settings.claim);
  switch (event.routeKey) {
    case pageRoutes.queries:
      return { kind: 'queries' };
    case pageRoutes.start:
      return startOf(event, queries, settings, now);
    case pageRoutes.state:
      return { kind: 'state', id: idOf(event) };
    case pageRoutes.stop:
      return { kind: 'stop', id: idOf(event) };
    case pageRoutes.rows: {
      const next = event.queryStringParameters?.next;
      if (next !== undefined && next.length > limits.tokenCharacters) throw refused('next is too long');
      return { kind: 'rows', id: idOf(event), ...(next !== undefined && next !== '' && { next }) };
    }
    default:
      throw new PageError(404, `there is no ${event.routeKey}`);
  }
}

function startOf(
  event: PageEvent,
  queries: ReadonlyMap<string, NamedQuery>,
  settings: PageSettings,
  now: number,
): PageRequest {
  const name = event.pathParameters?.name ?? '';
  const query = queries.get(name);
  if (query === undefined) throw new PageError(404, 'there is no query of this name');
  const live = name === liveQuery;
  const windowMs = live ? settings.liveSeconds * 1000 : settings.cacheMinutes * 60_000;
  // Whoever asks within the same stretch of time asks the same, word for word, and is given the same answer.
  const window = Math.floor(now / windowMs) * windowMs;
  let parameters: string[];
  try {
    // The newest rows are those up to the end of the stretch: none of them may be left out until it is over.
    parameters = executionParameters(query, valuesOf(event), live ? window + windowMs : window);
  } catch (error) {
    if (error instanceof PageError) throw error;
    throw refused((error as Error).message);
  }
  const asked = JSON.stringify([query.sql, parameters, windowMs, window]);
  return { kind: 'start', query, parameters, key: createHash('sha256').update(asked).digest('hex') };
}

/** `{"parameters": {"hours": "6"}}`: values as a person writes them. */
function valuesOf({ body = '', isBase64Encoded = false }: PageEvent): Map<string, string> {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (text.length > limits.bodyCharacters)
    throw refused(`a body has at most ${limits.bodyCharacters} characters`);
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    throw refused('the body is no JSON');
  }
  const parameters = isObject(value) ? (value.parameters ?? {}) : undefined;
  if (!isObject(parameters)) throw refused('expected {"parameters": {"<name>": "<value>"}}');
  return new Map(
    Object.entries(parameters).map(([name, given]) => {
      if (typeof given !== 'string' || given.length > limits.valueCharacters) {
        throw refused(`parameter ${name} must be a text of at most ${limits.valueCharacters} characters`);
      }
      return [name, given];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Athena's ids of executions are UUIDs. */
function idOf({ pathParameters }: PageEvent): string {
  const id = pathParameters?.id ?? '';
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) throw refused('this is no id of a query');
  return id;
}

/** The API let the token through; where an issuer serves more people than this page, a claim tells them apart. */
function checkClaim({ requestContext }: PageEvent, wanted: string): void {
  if (wanted === '') return;
  const [name = '', value = ''] = wanted.split(/=(.*)/s);
  const claims = requestContext.authorizer?.jwt?.claims ?? {};
  const found = Object.hasOwn(claims, name) ? String(claims[name]) : '';
  const all = /^\[.*\]$/s.test(found) ? found.slice(1, -1).split(/[\s,]+/) : [found];
  if (!all.includes(value)) throw new PageError(403, `you are signed in, but without the claim ${name}`);
}

function refused(message: string): PageError {
  return new PageError(400, message);
}
