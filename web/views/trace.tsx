/** Any event by its id: log, verdict, row, file, snapshot. */
import { useEffect, useState } from 'preact/hooks';
import { api, type Role, type Trace } from '../api.ts';
import { dateTime, pretty } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { go, linkTo } from '../router.ts';

export function TraceView({ eventId, role }: { eventId: string; role: Role }) {
  const [asked, setAsked] = useState(eventId);
  useEffect(() => setAsked(eventId), [eventId]);
  return (
    <section aria-labelledby="trace-title">
      <h1 id="trace-title">Trace an event</h1>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          go(linkTo(['trace', asked.trim()]));
        }}
      >
        <label class="wide">
          Event id <input value={asked} size={40} onInput={(event) => setAsked(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          Find
        </button>
      </form>
      {role !== 'engineer' ? (
        <p class="empty">Traces show raw events, to the engineer only: change the role above.</p>
      ) : (
        eventId !== '' && <TraceResult key={eventId} eventId={eventId} />
      )}
    </section>
  );
}

export function TraceResult({ eventId, brief = false }: { eventId: string; brief?: boolean }) {
  const { value: trace, error } = useLoaded(() => api.trace(eventId), [eventId]);
  if (error !== undefined)
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  if (trace === undefined) {
    return (
      <p class="empty" role="status">
        looking …
      </p>
    );
  }
  if (trace.rows.length === 0 && trace.log === undefined) {
    return <p class="empty">No event of this id is in the tables, nor in what the log still has.</p>;
  }
  return (
    <>
      {trace.rows.map(({ table, row, file, snapshotId, committedMs }, i) => (
        // Rows of one event have nothing else to tell them apart.
        <article key={i} class="card">
          {!brief && <h2>{table === 'rejected' ? 'Its rejection' : 'Its row'}</h2>}
          <dl>
            <dt>verdict</dt>
            <dd>
              <span class={`badge ${table === 'rejected' ? 'bad' : 'good'}`}>
                {table === 'rejected' ? (row.code ?? 'rejected') : 'row'}
              </span>{' '}
              {table === 'rejected' &&
                `${row.field ?? ''}${row.field === null ? '' : ': '}${row.reason ?? ''}`}
            </dd>
            <dt>table</dt>
            <dd>
              <a href={linkTo(['tables', table])}>{table}</a>
            </dd>
            <dt>snapshot</dt>
            <dd>
              {snapshotId ?? 'unknown'}
              {committedMs !== undefined && `, ${dateTime(committedMs)} UTC`}
            </dd>
            <dt>file</dt>
            <dd class="long">{file ?? 'unknown'}</dd>
          </dl>
          {!brief && <pre>{JSON.stringify(row, null, 2)}</pre>}
        </article>
      ))}
      {!brief && <LogPart trace={trace} />}
    </>
  );
}

function LogPart({ trace: { log, delivered } }: { trace: Trace }) {
  if (log === undefined) return <p class="notice">The log does not have its record any more.</p>;
  return (
    <article class="card">
      <h2>In the log</h2>
      <dl>
        <dt>record</dt>
        <dd>{log.number}</dd>
        <dt>shard</dt>
        <dd>{log.shardId}</dd>
        <dt>sequence number</dt>
        <dd class="long">{log.sequenceNumber}</dd>
        <dt>arrived</dt>
        <dd>{dateTime(log.arrivalMs)} UTC</dd>
        <dt>verdict</dt>
        <dd>{delivered === true ? 'given' : 'in flight'}</dd>
      </dl>
      <pre>{pretty(log.raw)}</pre>
    </article>
  );
}
