/** Events as they arrive: good and rejected, with the reason. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, type Role } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { Command } from '../command.tsx';
import { clock, count } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { type LiveEvent, useLive } from '../live-events.ts';
import { go, linkTo } from '../router.ts';
import { EventDetail } from './event-detail.tsx';
import { TraceResult } from './trace.tsx';

export function LiveView({ place, role }: ViewProps) {
  const { events, done, connected, paused, setPaused } = useLive();
  /** What the list shows while somebody reads in it: it does not move under their eyes. */
  const [held, setHeld] = useState<LiveEvent[]>();
  const list = useRef<HTMLTableSectionElement>(null);
  const detail = useRef<HTMLElement>(null);
  const filter = {
    table: place.params.get('table') ?? '',
    verdict: place.params.get('verdict') ?? '',
    user: place.params.get('user') ?? '',
    text: place.params.get('text') ?? '',
  };
  const chosenId = place.params.get('event');
  const to = (changes: Record<string, string>): string =>
    linkTo(['live'], Object.entries({ ...filter, ...(chosenId && { event: chosenId }), ...changes }));
  const source = held ?? events;
  const shown = useMemo(() => source.filter((event) => passes(event, filter)), [source, place]);
  const chosen = source.find((event) => idOf(event) === chosenId);
  const newer = held === undefined ? 0 : events.indexOf(held[0]!);
  const tables = [...new Set([...events.map(({ table }) => table), filter.table])]
    .filter((name) => name !== '')
    .sort();

  // Before anything is painted: who goes on by keyboard at once must not be taken back.
  useLayoutEffect(() => {
    if (chosenId === undefined) setHeld(undefined);
    else show(detail.current);
  }, [chosenId]);
  const choose = (event: LiveEvent): void => {
    setHeld(source);
    if (idOf(event) === chosenId) show(detail.current);
    else go(to({ event: idOf(event) }));
  };
  const close = (): void => {
    const button = list.current?.querySelector<HTMLElement>('.chosen button');
    go(to({ event: '' }));
    // The keyboard goes on where it was.
    (button ?? document.getElementById('main'))?.focus();
  };

  return (
    <section
      aria-labelledby="live-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && chosenId !== undefined) close();
      }}
    >
      <h1 id="live-title">Live</h1>
      <search class="bar">
        <label>
          Table{' '}
          <select value={filter.table} onChange={(event) => go(to({ table: event.currentTarget.value }))}>
            <option value="">all</option>
            {tables.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Verdict{' '}
          <select value={filter.verdict} onChange={(event) => go(to({ verdict: event.currentTarget.value }))}>
            <option value="">all</option>
            <option value="row">row</option>
            <option value="rejected">not a row</option>
          </select>
        </label>
        <label>
          User{' '}
          <input
            type="search"
            class="short"
            value={filter.user}
            placeholder="an id"
            onInput={(event) => go(to({ user: event.currentTarget.value }), true)}
          />
        </label>
        <label>
          Text{' '}
          <input
            type="search"
            value={filter.text}
            placeholder="a page, a reason …"
            onInput={(event) => go(to({ text: event.currentTarget.value }), true)}
          />
        </label>
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <span class={`state ${paused ? '' : connected ? 'good' : 'bad'}`} role="status">
          {paused ? 'paused' : connected ? 'listening' : 'not connected'}
        </span>
        {newer !== 0 && (
          <button
            type="button"
            onClick={() => {
              setHeld(undefined);
              document.getElementById('main')?.focus();
            }}
          >
            {newer > 0 ? `${newer} newer` : 'many newer'}: show
          </button>
        )}
      </search>
      <div class="live">
        {shown.length === 0 ? (
          <Nothing any={source.length > 0} />
        ) : (
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
            <tbody
              ref={list}
              onFocusCapture={(event) => {
                if ((event.target as HTMLElement).matches(':focus-visible')) setHeld((old) => old ?? events);
              }}
              onBlurCapture={(event) => {
                const next = event.relatedTarget as Node | null;
                if (!event.currentTarget.contains(next) && chosenId === undefined) setHeld(undefined);
              }}
            >
              {shown.slice(0, 200).map((event) => (
                <EventLine
                  key={event.record.number}
                  event={event}
                  committed={event.record.number < done}
                  chosen={event === chosen}
                  onChoose={() => choose(event)}
                />
              ))}
            </tbody>
          </table>
        )}
        {chosenId !== undefined && (
          <aside class="detail" aria-label="The chosen event" tabIndex={-1} ref={detail}>
            <button type="button" class="close" onClick={close} aria-label="Close">
              ×
            </button>
            {chosen === undefined ? (
              <Elsewhere eventId={chosenId} role={role} />
            ) : (
              <EventDetail event={chosen} committed={chosen.record.number < done} role={role} />
            )}
          </aside>
        )}
      </div>
    </section>
  );
}

/** The keyboard goes on there. Beside the list it is in sight already; on a phone it stands above. */
function show(detail: HTMLElement | null): void {
  detail?.focus({ preventScroll: true });
  if (matchMedia('(max-width: 760px)').matches) detail?.scrollIntoView();
}

/** An event that a link names, and that did not come while this page was open. */
function Elsewhere({ eventId, role }: { eventId: string; role: Role }) {
  return (
    <>
      <h2 class="long">Event {eventId}</h2>
      {role === 'engineer' ? (
        <TraceResult eventId={eventId} />
      ) : (
        <p class="notice">
          It did not come while this page was open. The engineer can trace it: change the role above.
        </p>
      )}
    </>
  );
}

function Nothing({ any }: { any: boolean }) {
  const { value: status } = useLoaded(api.status, []);
  if (any) return <p class="empty">No event passes the filter.</p>;
  const here = location.port === '4566' ? '' : ` --api-url ${location.origin}/v1`;
  const event = `{"event_id":"hello-1","user_id":"ada","session_id":"s-1","event":"visit","ip":"203.0.113.7","hostname":"shop.example","timestamp":"${new Date().toISOString()}","uri":"/shoes"}`;
  return (
    <div class="empty">
      <h2>Listening for events</h2>
      <p>
        {status === undefined || status.accepted === 0
          ? 'None have come yet. Send one, from a terminal:'
          : 'None have come since this view was opened. Send one, from a terminal:'}
      </p>
      <Command
        text={`curl -X PUT ${location.origin}/v1/streams/firn-events/record \\\n  -H 'content-type: application/json' -H 'x-api-key: local' \\\n  -d '{"PartitionKey":"ada","Data":${event}}'`}
      />
      <p>or a thousand of made-up visitors:</p>
      <Command text={`npm run gen -- --max-count 1000 --rate 20${here}`} />
      {status !== undefined && status.accepted > 0 && (
        <p>
          What came before is in the <a href={linkTo(['tables'])}>tables</a> and the{' '}
          <a href={linkTo(['reports'])}>reports</a>: {count(status.accepted)} events.
        </p>
      )}
    </div>
  );
}

/** By what a link names an event: its id, or where it has none, its record. */
function idOf({ record, row }: LiveEvent): string {
  return typeof row.event_id === 'string' ? row.event_id : `record ${record.number}`;
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
    // The button is for the keyboard; a pointer may choose anywhere in the line.
    <tr class={`${good ? '' : 'rejected'} ${chosen ? 'chosen' : ''}`} onClick={onChoose}>
      <td>
        <button
          type="button"
          class="link"
          aria-expanded={chosen}
          aria-label={`Show the event of ${clock(record.arrivalMs)}`}
        >
          {clock(record.arrivalMs)}
        </button>
      </td>
      <td>{table}</td>
      <td>
        <span class={`badge ${good ? 'good' : 'bad'}`}>{good ? 'row' : (problem?.code ?? 'failed')}</span>{' '}
        <span role="img" aria-label={committed ? 'in the table' : 'in flight'} class="notice">
          {committed ? '✓' : '…'}
        </span>
      </td>
      <td class="summary">
        {problem === undefined
          ? summary(row)
          : `${problem.field === undefined ? '' : `${problem.field}: `}${problem.reason ?? ''}`}
      </td>
    </tr>
  );
}

/** The columns that tell most come first. */
const telling = ['event', 'type', 'name', 'user_id', 'anonymous_id', 'path', 'uri'];

function summary(row: Record<string, unknown>): string {
  return Object.entries(row)
    .filter(([name, value]) => name !== 'event_id' && name !== 'received_at' && value !== null)
    .sort(([a], [b]) => order(a) - order(b))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('  ');
}

function order(column: string): number {
  const at = telling.indexOf(column);
  return at < 0 ? telling.length : at;
}

function passes(
  { table, good, users, text }: LiveEvent,
  filter: { table: string; verdict: string; user: string; text: string },
): boolean {
  if (filter.table !== '' && filter.table !== table) return false;
  if (filter.verdict !== '' && (filter.verdict === 'row') !== good) return false;
  const user = filter.user.toLowerCase();
  if (user !== '' && !users.some((one) => one.includes(user))) return false;
  return text.includes(filter.text.toLowerCase());
}
