/** What the page asks of the server. Shapes are the server's own types. */
import type { SeenRecord } from '../local/delivery/watch.ts';
import type { Status } from '../local/pages/status.ts';
import type { ShownTable } from '../local/pages/tables.ts';
import type { Trace } from '../local/pages/trace.ts';

export type { SeenRecord, ShownTable, Status, Trace };
export type Role = 'analyst' | 'engineer';

export interface About {
  version: string;
  node: string;
  stream: string;
  database: string;
  home: string;
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

/** Whom the page asks as; kept for as long as the tab is open. */
export function currentRole(): Role {
  return sessionStorage.getItem('role') === 'engineer' ? 'engineer' : 'analyst';
}

export function setRole(role: Role): void {
  sessionStorage.setItem('role', role);
}

export const api = {
  about: () => call<About>('GET', 'about'),
  status: () => call<Status>('GET', 'status'),
  tables: () => call<ShownTable[]>('GET', 'tables'),
  trace: (eventId: string) => call<Trace>('GET', `trace/${encodeURIComponent(eventId)}`),
  athena: <T>(operation: string, input: object) => call<T>('POST', `athena/${operation}`, input),
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

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`/api/${path}`, {
    method,
    headers: { 'x-firn-role': currentRole(), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  let value: { message?: string } = {};
  try {
    value = JSON.parse(text) as { message?: string };
  } catch {
    value = { message: text };
  }
  if (!answer.ok) throw new ApiError(answer.status, value.message ?? `the server answered ${answer.status}`);
  return value as T;
}
