/** Events as they arrive: good and rejected, with the reason. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api, type SeenRecord } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { clock } from '../format.ts';
import { go, linkTo } from '../router.ts';
import { EventDetail } from './event-detail.tsx';

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
  /** For the text filter. */
  text: string;
}

export function LiveView({ place, role }: ViewProps) {
  const [events, setEvents] = useState<LiveEvent[]>([]);
  const [done, setDone] = useState(0);
  const [connected, setConnected] = useState(false);
  const [paused, setPaused] = useState(false);
  const [chosen, setChosen] = useState<LiveEvent>();
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

  const filter = {
    table: place.params.get('table') ?? '',
    verdict: place.params.get('verdict') ?? '',
    text: place.params.get('text') ?? '',
  };
  const change = (name: string, value: string): void =>
    go(linkTo(['live'], [...Object.entries(filter).filter(([key]) => key !== name), [name, value]]), true);
  const shown = useMemo(() => events.filter((event) => passes(event, filter)), [events, place]);
  const tables = [...new Set([...events.map(({ table }) => table), filter.table])].filter(
    (name) => name !== '',
  );

  return (
    <section aria-labelledby="live-title">
      <h1 id="live-title">Live</h1>
      <search class="bar">
        <label>
          Table{' '}
          <select value={filter.table} onChange={(event) => change('table', event.currentTarget.value)}>
            <option value="">all</option>
            {tables.sort().map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Verdict{' '}
          <select value={filter.verdict} onChange={(event) => change('verdict', event.currentTarget.value)}>
            <option value="">all</option>
            <option value="row">row</option>
            <option value="rejected">not a row</option>
          </select>
        </label>
        <label>
          Text{' '}
          <input
            type="search"
            value={filter.text}
            placeholder="a user, an id, a page …"
            onInput={(event) => change('text', event.currentTarget.value)}
          />
        </label>
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <span class={`state ${paused ? '' : connected ? 'good' : 'bad'}`} role="status">
          {paused ? 'paused' : connected ? 'listening' : 'not connected'}
        </span>
      </search>
      {shown.length === 0 ? (
        <Nothing any={events.length > 0} />
      ) : (
        <div class="live">
          <table class="events">
            <caption class="hidden">The latest events, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Arrived, UTC</th>
                <th scope="col">Table</th>
                <th scope="col">Verdict</th>
                <th scope="col">Event</th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, 200).map((event) => (
                <EventLine
                  key={event.record.number}
                  event={event}
                  committed={event.record.number < done}
                  chosen={chosen?.record.number === event.record.number}
                  onChoose={() => setChosen(event)}
                />
              ))}
            </tbody>
          </table>
          {chosen !== undefined && (
            <EventDetail
              event={chosen}
              committed={chosen.record.number < done}
              role={role}
              onClose={() => setChosen(undefined)}
            />
          )}
        </div>
      )}
    </section>
  );
}

function Nothing({ any }: { any: boolean }) {
  if (any) return <p class="notice">No event passes the filter.</p>;
  return (
    <p class="notice">
      No events yet. In another terminal: <code>npm run gen -- --max-count 1000 --rate 20</code>
    </p>
  );
}

function EventLine({
  event,
  committed,
  chosen,
  onChoose,
}: {
  event: LiveEvent;
  committed: boolean;
  chosen: boolean;
  onChoose: () => void;
}) {
  const { record, table, good, problem, row } = event;
  return (
    <tr class={`${good ? '' : 'rejected'} ${chosen ? 'chosen' : ''}`}>
      <td>
        <button type="button" class="link" onClick={onChoose} aria-label={`Show event ${record.number}`}>
          {clock(record.arrivalMs)}
        </button>
      </td>
      <td>{table}</td>
      <td>
        <span class={`badge ${good ? 'good' : 'bad'}`}>{good ? 'row' : (problem?.code ?? 'failed')}</span>{' '}
        {committed ? <span title="in the table">✓</span> : <span title="in flight">…</span>}
      </td>
      <td class="summary">
        {problem === undefined
          ? summary(row)
          : `${problem.field === undefined ? '' : `${problem.field}: `}${problem.reason ?? ''}`}
      </td>
    </tr>
  );
}

function summary(row: Record<string, unknown>): string {
  return Object.entries(row)
    .filter(([name]) => name !== 'event_id' && name !== 'received_at')
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ');
}

function passes(
  { table, good, text }: LiveEvent,
  filter: { table: string; verdict: string; text: string },
): boolean {
  if (filter.table !== '' && filter.table !== table) return false;
  if (filter.verdict !== '' && (filter.verdict === 'row') !== good) return false;
  return text.includes(filter.text.toLowerCase());
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
  return { record, table, good: problem === undefined, problem, row, text };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
