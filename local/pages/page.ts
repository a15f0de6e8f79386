/** The page and what it asks for: files, live events, status, Athena's operations, traces, contracts. */
import { randomUUID } from 'node:crypto';
import { Fault } from '../../lake/errors.ts';
import type { Caller, Role } from '../aws/caller.ts';
import { answerJson11, type Operations } from '../aws/json11.ts';
import type { HttpAnswer, HttpRequest } from '../gateway/http.ts';
import { statementKind } from '../sql/statement.ts';
import type { Assets } from './assets.ts';
import type { Builder } from './builder.ts';
import { json } from './json.ts';
import type { Live } from './live.ts';
import { metricsText, metricsType } from './metrics.ts';
import type { Sessions } from './sessions.ts';
import { type Status, statusFor } from './status.ts';
import type { Trace } from './trace.ts';

export interface PageParts {
  assets: Assets;
  live: Live;
  builder: Builder;
  sessions: Sessions;
  operations: Operations;
  status: () => Promise<Status>;
  /** What does not change while the server runs: version, settings, stream, folder. */
  about: { home: string } & Record<string, unknown>;
  tables: (role: Role) => Promise<object[]>;
  trace: (eventId: string, caller: Caller) => Promise<Trace>;
}

/** Athena's operations that the page may call. */
const athena = new Set([
  'StartQueryExecution',
  'GetQueryExecution',
  'GetQueryResults',
  'StopQueryExecution',
  'ListNamedQueries',
  'BatchGetNamedQuery',
  'GetNamedQuery',
]);

/** Answers `/`, its assets, `/metrics` and everything below `/api`; undefined for other paths. */
export async function answerPage(parts: PageParts, request: HttpRequest): Promise<HttpAnswer | undefined> {
  const { method, path } = request;
  if (path === '/metrics' && method === 'GET') {
    const body = metricsText(await parts.status());
    return { status: 200, headers: { 'content-type': metricsType }, body };
  }
  if (!path.startsWith('/api/')) return method === 'GET' ? parts.assets.answer(request) : undefined;
  try {
    return await answerApi(parts, request);
  } catch (error) {
    if (error instanceof Refused) return json(error.status, { message: error.message });
    if (error instanceof Fault) return json(400, { message: error.message });
    throw error;
  }
}

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answerApi(parts: PageParts, request: HttpRequest): Promise<HttpAnswer> {
  const { sessions, builder, live } = parts;
  const [, , area = '', name = ''] = request.path.split('/').map(decode);
  const route = `${request.method} ${area}`;
  if (route === 'POST session') return sessions.open(body(request));
  if (route === 'DELETE session') return sessions.close(request);
  if (route === 'GET about') {
    const session = sessions.describe(request);
    // Who has not signed in learns that they should, and nothing else.
    if (session.role === undefined) return json(200, { session });
    const { home, ...about } = parts.about;
    // Where on the machine it lies concerns the engineer only.
    const asEngineer = session.role === 'engineer' && askedRole(request) === 'engineer';
    return json(200, { ...about, ...(asEngineer && { home }), session });
  }
  const caller = callerOf(sessions, request);
  switch (route) {
    case 'GET status':
      return json(200, statusFor(caller.role, await parts.status()));
    case 'GET tables':
      return json(200, await parts.tables(caller.role));
    case 'POST athena':
      return answerAthena(parts.operations, name, request, caller);
    case 'GET live':
      if (live.full) throw new Refused(503, 'too many pages are listening; close some');
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
        body: live.join(caller.role, () => allows(sessions.role(request), caller.role)),
      };
    case 'GET trace':
      engineerOnly(caller, 'raw events');
      // Neither SQL nor Parquet's readers take one in a text.
      if (name.includes('\0')) throw new Refused(400, 'no event has an id with a NUL in it');
      return json(200, await parts.trace(name, caller));
    case 'POST infer':
      return json(200, builder.infer(body(request)));
    case 'POST try':
      engineerOnly(caller, 'rejected events');
      return json(200, await builder.tryRejected(body(request), caller));
    case 'PUT contract':
      engineerOnly(caller, 'saving a contract');
      return json(200, builder.save(name, body(request)));
    default:
      throw new Refused(404, `there is no ${request.method} ${request.path}`);
  }
}

/** The page asks as analyst unless it says otherwise, and as no more than its session allows. */
function callerOf(sessions: Sessions, request: HttpRequest): Caller {
  const role = askedRole(request);
  const allowed = sessions.role(request);
  if (allowed === undefined) throw new Refused(401, sessions.refusal(request));
  if (!allows(allowed, role)) {
    throw new Refused(403, `your access key\u2019s role is ${allowed}; this wants the ${role}`);
  }
  return { role };
}

function askedRole(request: HttpRequest): 'analyst' | 'engineer' {
  const role = request.headers['x-firn-role'] ?? new URLSearchParams(request.query).get('role') ?? 'analyst';
  if (role !== 'analyst' && role !== 'engineer') throw new Refused(400, 'the role is analyst or engineer');
  return role;
}

/** A writer reads nothing. */
function allows(allowed: Role | undefined, role: Role): boolean {
  return allowed === 'engineer' || (allowed === 'analyst' && role === 'analyst');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refused(400, `the path holds ${part.slice(0, 100)}, which is no percent-encoded UTF-8`);
  }
}

function engineerOnly({ role }: Caller, what: string): void {
  if (role !== 'engineer') throw new Refused(403, `${what}: for the engineer only`);
}

function answerAthena(
  operations: Operations,
  name: string,
  request: HttpRequest,
  caller: Caller,
): Promise<HttpAnswer> {
  if (!athena.has(name)) throw new Refused(404, `the page does not call ${name}`);
  if (name === 'StartQueryExecution') refuseUnlessReading(request);
  const named = { ...request, headers: { ...request.headers, 'x-amz-target': `AmazonAthena.${name}` } };
  return answerJson11(operations, named, caller, randomUUID(), (bug: unknown) => console.error(bug));
}

/** What the page asks reads; upkeep and prepared statements are for those who mean it, by a command or a client. */
function refuseUnlessReading(request: HttpRequest): void {
  const { QueryString: sql } = body(request);
  const kind = typeof sql === 'string' ? statementKind(sql) : 'SELECT';
  if (['SELECT', 'EXPLAIN', 'SHOW', 'DESCRIBE'].includes(kind)) return;
  throw new Refused(400, `the page only reads: run ${kind} by npm run query -- --sql "…"`);
}

/** JSON objects only, and said to be JSON: a form on another site cannot send that. */
function body(request: HttpRequest): Record<string, unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Refused(415, 'send application/json');
  }
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString());
  } catch {
    throw new Refused(400, 'the body is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new Refused(400, 'the body is no JSON object');
  return value as Record<string, unknown>;
}
