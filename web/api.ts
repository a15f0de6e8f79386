/** What the page asks of the server. Shapes are the server's own types. */
import type { CloudAbout } from '../lake/page/routes.ts';
import type { NamedQuery } from '../lake/queries.ts';
import type { SeenRecord } from '../local/delivery/watch.ts';
import type { Status } from '../local/pages/status.ts';
import type { ShownTable } from '../local/pages/tables.ts';
import type { Trace } from '../local/pages/trace.ts';

export type { CloudAbout, SeenRecord, ShownTable, Status, Trace };
export type Role = 'analyst' | 'engineer';

export interface About {
  version: string;
  node: string;
  stream: string;
  database: string;
  /** Told to the engineer only. */
  home?: string;
  settings: Record<string, number>;
  session: { role?: Role; signIn: boolean };
}

/** An answer that says what is wrong. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Who is signed in to a deployed stage. */
export interface CloudSession {
  token(): string | undefined;
  /** The stage does not take the token (any more). */
  refused(): void;
}

let cloud: CloudSession | undefined;
/** On one machine, a cookie says who is signed in; the page hears when it counts no more. */
const local = { refused: (): void => {} };

export function onSignedOut(hear: () => void): void {
  local.refused = hear;
}

/** From now on a deployed stage is asked, which runs the queries that ship by their names and nothing else. */
export function askCloud(session: CloudSession): void {
  cloud = session;
}

export function inCloud(): boolean {
  return cloud !== undefined;
}

/** Whom the page asks as; kept for as long as the tab is open. */
export function currentRole(): Role {
  return sessionStorage.getItem('role') === 'engineer' ? 'engineer' : 'analyst';
}

export function setRole(role: Role): void {
  sessionStorage.setItem('role', role);
}

export const api = {
  about: () => call<About | CloudAbout>('GET', 'about'),
  status: () => call<Status>('GET', 'status'),
  tables: () => call<ShownTable[]>('GET', 'tables'),
  trace: (eventId: string) => call<Trace>('GET', `trace/${encodeURIComponent(eventId)}`),
  athena,
  /** What a stage answers to; the same in Athena's words on one machine. */
  queries: () => call<NamedQuery[]>('GET', 'queries'),
  startNamed: <T>(name: string, parameters: object) =>
    call<T>('POST', `queries/${encodeURIComponent(name)}`, { parameters }),
  execution: <T>(id: string) =>
    cloud ? call<T>('GET', `executions/${id}`) : athena<T>('GetQueryExecution', { QueryExecutionId: id }),
  results: <T>(id: string, next?: string) =>
    cloud
      ? call<T>(
          'GET',
          `executions/${id}/rows${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`,
        )
      : athena<T>('GetQueryResults', {
          QueryExecutionId: id,
          ...(next !== undefined && { NextToken: next }),
        }),
  stop: (id: string) =>
    cloud
      ? call<object>('DELETE', `executions/${id}`)
      : athena('StopQueryExecution', { QueryExecutionId: id }),
  infer: (table: string, events: unknown[]) => call<Inferred>('POST', 'infer', { table, events }),
  tryOut: (text: string, events?: unknown[]) => call<Tried>('POST', 'try', { text, events }),
  save: (table: string, text: string) =>
    call<{ file: string; next: string }>('PUT', `contract/${table}`, { text }),
  signIn: (accessKeyId: string, secretAccessKey: string) =>
    call<{ role: Role }>('POST', 'session', { accessKeyId, secretAccessKey }),
  signOut: () => call<object>('DELETE', 'session'),
  live: () => new EventSource(`/api/live?role=${currentRole()}`),
};

export interface Verdicts {
  rows: number;
  /** Events that name another table. */
  elsewhere: number;
  rejected: { index: number; code: string; field: string; reason: string }[];
}

export interface Inferred {
  text: string;
  notes: string[];
  tried: Verdicts;
}

export interface Tried {
  events: number;
  tried: Verdicts;
}

function athena<T>(operation: string, input: object): Promise<T> {
  return call<T>('POST', `athena/${operation}`, input);
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const request = {
    method,
    headers: {
      ...(cloud ? { authorization: `Bearer ${cloud.token() ?? ''}` } : { 'x-firn-role': currentRole() }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  };
  const answer = await fetch(`/api/${path}`, request).catch(() => {
    throw new ApiError(0, `no lakehouse answers at ${location.origin}: has it been stopped?`);
  });
  const text = await answer.text();
  let value: { message?: string } = {};
  try {
    value = JSON.parse(text) as { message?: string };
  } catch {
    value = { message: text };
  }
  if (answer.status === 401 && path !== 'session') (cloud ?? local).refused();
  if (!answer.ok) throw new ApiError(answer.status, value.message ?? `the server answered ${answer.status}`);
  return value as T;
}
