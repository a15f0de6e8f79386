/** One event: what came, what it became, where it is. */
import type { Role } from '../api.ts';
import { dateTime, pretty } from '../format.ts';
import type { LiveEvent } from '../live-events.ts';
import { linkTo } from '../router.ts';
import { TraceResult } from './trace.tsx';

export function EventDetail({
  event,
  committed,
  role,
}: {
  event: LiveEvent;
  committed: boolean;
  role: Role;
}) {
  const { record, problem, row } = event;
  const eventId = typeof row.event_id === 'string' ? row.event_id : undefined;
  return (
    <>
      <h2>Record {record.number}</h2>
      {problem !== undefined && (
        <p class="error">
          <strong>{problem.code}</strong>
          {problem.field !== undefined && (
            <>
              {' '}
              in <code>{problem.field}</code>
            </>
          )}
          : {problem.reason}
        </p>
      )}
      <dl>
        <dt>arrived</dt>
        <dd>{dateTime(record.arrivalMs)} UTC</dd>
        <dt>log position</dt>
        <dd>
          {record.shardId} <span class="long">{record.sequenceNumber}</span>
        </dd>
        <dt>state</dt>
        <dd>{committed ? 'in the table' : 'in flight'}</dd>
      </dl>
      <h3>What came</h3>
      {role === 'engineer' ? (
        <Marked text={pretty(record.raw)} field={problem?.field} />
      ) : (
        <p class="notice">Raw events are shown to the engineer only: change the role above.</p>
      )}
      <h3>What it became</h3>
      <pre>{JSON.stringify(row, null, 2)}</pre>
      {eventId !== undefined && role === 'engineer' && committed && (
        <>
          <h3>Where it is</h3>
          <TraceResult eventId={eventId} brief />
          <a href={linkTo(['trace', eventId])}>everything about it</a>
        </>
      )}
    </>
  );
}

/** Text in which the lines that name a field are marked. */
function Marked({ text, field }: { text: string; field: string | undefined }) {
  const name = field?.split('.').at(-1);
  return (
    <pre>
      {text.split('\n').map((line, i) => {
        const wrong = name !== undefined && new RegExp(`^\\s*"${escaped(name)}":`, 'i').test(line);
        // Lines do not move: their index is their identity.
        return wrong ? <mark key={i}>{`${line}\n`}</mark> : `${line}\n`;
      })}
    </pre>
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
