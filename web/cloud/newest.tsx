/** The newest rows of a deployed stage, asked for again and again by a query that ships. */
import { useEffect, useState } from 'preact/hooks';
import { liveQuery } from '../../lake/page/routes.ts';
import { duration } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { namedQueries } from '../named.ts';
import { go, linkTo, type Place } from '../router.ts';
import { Scroll } from '../scroll.tsx';
import { type QueryResult, runNamed } from '../sql.ts';

export function NewestView({ everyMs, place }: { everyMs: number; place: Place }) {
  const [paused, setPaused] = useState(false);
  const text = place.params.get('text') ?? '';
  const { value, error } = useNewest(everyMs, paused);
  const rows = value?.rows.filter((row) => row.join(' ').toLowerCase().includes(text.toLowerCase())) ?? [];
  return (
    <section aria-labelledby="live-title">
      <h1 id="live-title">Live</h1>
      <search class="bar">
        <label>
          Text{' '}
          <input
            type="search"
            value={text}
            placeholder="a user, an id, a table …"
            onInput={(event) => go(linkTo(['live'], [['text', event.currentTarget.value]]), true)}
          />
        </label>
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <span class="state" role="status">
          {paused ? 'paused' : `asked every ${duration(everyMs)}`}
        </span>
      </search>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {value === undefined ? (
        error === undefined && (
          <p class="empty" role="status">
            asking …
          </p>
        )
      ) : rows.length === 0 ? (
        <p class="empty">
          {value.rows.length === 0 ? 'No event came in the last hour.' : 'No event passes the filter.'}
        </p>
      ) : (
        <Rows columns={value.columns.map(({ name }) => name)} rows={rows} />
      )}
    </section>
  );
}

/** The newest rows. While nobody looks at the tab nothing is asked, since each question is paid for. */
function useNewest(everyMs: number, paused: boolean): { value?: QueryResult; error?: string } {
  const { value: queries, error } = useLoaded(namedQueries, []);
  const [state, setState] = useState<{ value?: QueryResult; error?: string }>({});
  const query = queries?.find(({ name }) => name === liveQuery);
  useEffect(() => {
    if (paused || query === undefined) return;
    let gone = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState === 'hidden') return;
      try {
        const value = await runNamed(query, new Map());
        if (!gone) setState({ value });
      } catch (caught) {
        if (!gone) setState((old) => ({ ...old, error: (caught as Error).message }));
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), everyMs);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [query, paused, everyMs]);
  return error === undefined ? state : { error };
}

function Rows({ columns, rows }: { columns: string[]; rows: readonly (string | null)[][] }) {
  const at = (row: readonly (string | null)[], name: string): string => row[columns.indexOf(name)] ?? '';
  return (
    <Scroll label="The latest events, newest first">
      <table class="events newest">
        <caption class="hidden">The latest events, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Arrived, UTC</th>
            <th scope="col">Table</th>
            <th scope="col">Verdict</th>
            <th scope="col">Event</th>
            <th scope="col">User</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i} class={at(row, 'code') === '' ? '' : 'rejected'}>
              <td>{at(row, 'received_at').slice(0, 19)}</td>
              <td>{at(row, 'table_name')}</td>
              <td>
                <span class={`badge ${at(row, 'code') === '' ? 'good' : 'bad'}`}>
                  {at(row, 'code') || 'row'}
                </span>
              </td>
              <td class="summary">
                {at(row, 'event') ||
                  [at(row, 'field'), at(row, 'reason')].filter((part) => part !== '').join(': ')}
              </td>
              <td>{at(row, 'user_id')}</td>
              <td>{at(row, 'event_id')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
