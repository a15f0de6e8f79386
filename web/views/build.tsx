/** From sample events to a contract: proposed, corrected in place, tried out, saved. */
import { useState } from 'preact/hooks';
import { api, type Verdicts } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { download } from '../download.ts';
import { go, linkTo } from '../router.ts';
import { runSql } from '../sql.ts';

const sample = `{"orderId":"a1","placedAt":"2026-11-22T10:00:00Z","customer":{"id":17,"email":"ada@example.com"},"total":31.5}
{"orderId":"a2","placedAt":"2026-11-22T10:00:09Z","customer":{"id":18},"total":4,"coupon":"WINTER"}`;

interface Outcome {
  title: string;
  verdicts: Verdicts;
  of: number;
}

export function BuildView({ place, role }: ViewProps) {
  const [table, setTable] = useState(place.params.get('table') ?? 'orders');
  const [events, setEvents] = useState(sample);
  const [text, setText] = useState('');
  const [notes, setNotes] = useState<string[]>([]);
  const [outcome, setOutcome] = useState<Outcome>();
  const [said, setSaid] = useState<string>();
  const [error, setError] = useState<string>();
  const attempt = (step: () => Promise<void>): void => {
    setError(undefined);
    setSaid(undefined);
    step().catch((caught: Error) => setError(caught.message));
  };
  const infer = async (): Promise<void> => {
    const list = parseEvents(events);
    const inferred = await api.infer(table, list);
    setText(inferred.text);
    setNotes(inferred.notes);
    setOutcome({ title: 'The sample under this contract', verdicts: inferred.tried, of: list.length });
  };
  const tryOut = async (list: unknown[] | undefined, title: string): Promise<void> => {
    const tried = await api.tryOut(text, list);
    setOutcome({ title, verdicts: tried.tried, of: tried.events });
  };
  const pickRejected = async (): Promise<void> => {
    const { rows } = await runSql(
      `SELECT raw FROM rejected WHERE raw_encoding = 'utf8' ORDER BY received_at DESC LIMIT 50`,
    );
    setEvents(rows.map(([raw]) => (raw ?? '').replace(/\s*\n\s*/g, ' ')).join('\n'));
  };
  const save = async (): Promise<void> => {
    const { file, next } = await api.save(table, text);
    setSaid(`${file} is written. Next: ${next}.`);
  };
  const engineer = role === 'engineer';
  return (
    <section aria-labelledby="build-title">
      <h1 id="build-title">Build a contract</h1>
      <ol class="steps">
        <li>
          <h2>Events</h2>
          <label>
            For the table{' '}
            <input
              value={table}
              onInput={(event) => {
                setTable(event.currentTarget.value);
                go(linkTo(['build'], [['table', event.currentTarget.value]]), true);
              }}
            />
          </label>
          <label class="block">
            One JSON object a line
            <textarea
              rows={8}
              spellcheck={false}
              value={events}
              onInput={(event) => setEvents(event.currentTarget.value)}
            />
          </label>
          <p class="bar">
            <button type="button" class="primary" onClick={() => attempt(infer)}>
              Propose a contract
            </button>
            <button
              type="button"
              disabled={!engineer}
              title={engineer ? '' : 'for the engineer'}
              onClick={() => attempt(pickRejected)}
            >
              Take the latest rejected events
            </button>
          </p>
        </li>
        {text !== '' && (
          <li>
            <h2>Contract</h2>
            <ul>
              {notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
            <label class="block">
              The schema file; correct it here
              <textarea
                rows={24}
                spellcheck={false}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
            <p class="bar">
              <button
                type="button"
                disabled={!engineer}
                onClick={() => attempt(() => tryOut(parseEvents(events), 'The sample under this contract'))}
              >
                Try the sample again
              </button>
              <button
                type="button"
                disabled={!engineer}
                onClick={() => attempt(() => tryOut(undefined, 'What the last day rejected'))}
              >
                Try what the last day rejected
              </button>
              <button type="button" class="primary" disabled={!engineer} onClick={() => attempt(save)}>
                Save as schemas/{table}.avsc
              </button>
              <button type="button" onClick={() => download(`${table}.avsc`, text, 'application/json')}>
                Download
              </button>
            </p>
            {!engineer && (
              <p class="notice">Trying and saving are for the engineer: change the role above.</p>
            )}
          </li>
        )}
      </ol>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {said !== undefined && <p role="status">{said}</p>}
      {outcome !== undefined && <OutcomeTable outcome={outcome} />}
    </section>
  );
}

function OutcomeTable({ outcome: { title, verdicts, of } }: { outcome: Outcome }) {
  return (
    <>
      <h2>{title}</h2>
      <p role="status">
        {of} events: {verdicts.rows} would be rows, {verdicts.rejected.length} would be rejected
        {verdicts.elsewhere > 0 && `; ${verdicts.elsewhere} for other tables`}
      </p>
      {verdicts.rejected.length > 0 && (
        <table>
          <caption class="hidden">Rejections</caption>
          <thead>
            <tr>
              <th scope="col">event</th>
              <th scope="col">code</th>
              <th scope="col">field</th>
              <th scope="col">reason</th>
            </tr>
          </thead>
          <tbody>
            {verdicts.rejected.slice(0, 50).map(({ index, code, field, reason }) => (
              <tr key={index}>
                <td>{index + 1}</td>
                <td>{code}</td>
                <td>{field}</td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function parseEvents(text: string): unknown[] {
  if (text.trimStart().startsWith('[')) return JSON.parse(text) as unknown[];
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      throw new Error(`line ${i + 1} is no JSON`);
    }
  });
}
