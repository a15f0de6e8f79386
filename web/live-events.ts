/** Events as the page keeps them: what the stream of the server tells, with what a list shows of it. */
import { useEffect, useState } from 'preact/hooks';
import { api, type SeenRecord } from './api.ts';

/** Events that the page keeps. */
const kept = 500;

/** A record with what the list shows of it worked out once. */
export interface LiveEvent {
  record: SeenRecord;
  table: string;
  good: boolean;
  /** Of a rejection: code, field, reason. */
  problem: { code: string; field?: string; reason?: string } | undefined;
  row: Record<string, unknown>;
  /** Who did it, as far as the row or what came says. */
  users: readonly string[];
  /** For the text filter. */
  text: string;
}

/** What came while the page looks; nothing more comes while it is paused. */
export function useLive() {
  const [events, setEvents] = useState<LiveEvent[]>([]);
  const [done, setDone] = useState(0);
  const [connected, setConnected] = useState(false);
  const [paused, setPaused] = useState(false);
  useEffect(() => {
    if (paused) return;
    const source = api.live();
    source.onopen = () => setConnected(true);
    source.onerror = () => setConnected(false);
    source.addEventListener('seen', ({ data }) => {
      const news = (JSON.parse(data as string) as SeenRecord[]).map(toEvent).reverse();
      setEvents((old) => [...news, ...old].slice(0, kept));
    });
    source.addEventListener('done', ({ data }) => setDone((JSON.parse(data as string) as { to: number }).to));
    return () => source.close();
  }, [paused]);
  return { events, done, connected, paused, setPaused };
}

function toEvent(record: SeenRecord): LiveEvent {
  const { verdict, raw } = record;
  const row = verdict.kind === 'row' ? parse(verdict.row) : {};
  const rejected = verdict.kind === 'row' && verdict.table === 'rejected';
  const text = `${raw} ${verdict.kind === 'row' ? verdict.row : ''}`.toLowerCase();
  const problem = rejected
    ? {
        code: String(row.code),
        reason: String(row.reason),
        ...(row.field !== undefined && { field: String(row.field) }),
      }
    : verdict.kind === 'failed'
      ? { code: verdict.errorCode, reason: verdict.errorMessage }
      : verdict.kind === 'dropped'
        ? { code: 'dropped' }
        : undefined;
  const table = rejected ? String(row.table_name ?? '—') : verdict.kind === 'row' ? verdict.table : '—';
  return { record, table, good: problem === undefined, problem, row, users: usersIn(row, parse(raw)), text };
}

/** Ids of the user, by the names that tables and trackers have for them. */
function usersIn(row: Record<string, unknown>, whole: Record<string, unknown>): string[] {
  // Within the gateway's envelope, or without one.
  const came = isObject(whole.data) ? whole.data : whole;
  const ids = [row.user_id, row.anonymous_id, came.user_id, came.userId, came.anonymousId, came.device_id];
  return ids.filter((id) => id !== null && id !== undefined).map((id) => String(id).toLowerCase());
}

function parse(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
