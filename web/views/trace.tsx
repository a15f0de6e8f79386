/** Any event by its id: log, verdict, row, file, snapshot. */
import { useState } from 'preact/hooks';
import { api, type Role, type Trace } from '../api.ts';
import { dateTime, pretty } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { go, linkTo } from '../router.ts';

export function TraceView({ eventId, role }: { eventId: string; role: Role }) {
  const [asked, setAsked] = useState(eventId);
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
        <label>
          Event id <input value={asked} size={40} onInput={(event) => setAsked(event.currentTarget.value)} />
        </label>
        <button type="submit">Find</button>
      </form>
      {role !== 'engineer' ? (
        <p class="notice">Traces show raw events, to the engineer only: change the role above.</p>
      ) : (
        eventId !== '' && <TraceResult key={eventId} eventId={eventId} />
      )}
    </section>
  );
}

export function TraceResult({ eventId, brief = false }: { eventId: string; brief?: boolean }) {
  const { value: trace, error } = useLoaded(() => api.trace(eventId), [eventId]);
  if (error !== undefined) return <p class="error">{error}</p>;
  if (trace === undefined) return <p>looking …</p>;
  if (trace.rows.length === 0 && trace.log === undefined) {
    return <p class="notice">No event of this id is in the tables, nor in what the log still has.</p>;
  }
  return (
    <>
      {!brief && <LogPart trace={trace} />}
      {trace.rows.map(({ table, row, file, snapshotId, committedMs }, i) => (
        // Rows of one event have nothing else to tell them apart.
        <article key={i} class="card">
          <dl>
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
    </>
  );
}

function LogPart({ trace: { log, delivered } }: { trace: Trace }) {
  if (log === undefined) return <p>The log does not have its record any more.</p>;
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
