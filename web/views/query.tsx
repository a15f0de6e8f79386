/** An editor for SQL, with the names of tables and columns at hand. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { executionParameters } from '../../lake/queries.ts';
import { api } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { guessChart } from '../charts/pick.ts';
import { ResultChart } from '../charts/result-chart.tsx';
import { download } from '../download.ts';
import type { Editor } from '../editor.ts';
import { count, duration, size } from '../format.ts';
import { readHistory, remember } from '../history.ts';
import { useLoaded } from '../hooks.ts';
import { namedQueries } from '../named.ts';
import { ResultTable } from '../result-table.tsx';
import { go, linkTo } from '../router.ts';
import { cancel, type QueryResult, readPage, runSql, toCsv } from '../sql.ts';

const example = 'SELECT event, count(*) AS events\nFROM web_log\nGROUP BY event\nORDER BY events DESC';

/** Rows that are shown, a page at a time; a CSV file has all. */
const rowsMax = 10_000;

/** What stands in the address: a text with the values of its question marks, or the name of a query that ships. */
const param = { sql: 'sql', value: 'p', name: 'name' };

export function QueryView({ place }: ViewProps) {
  const { value: tables, error: unread } = useLoaded(api.tables, []);
  const { value: named } = useLoaded(namedQueries, []);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>();
  const [ready, setReady] = useState(false);
  const [parameters, setParameters] = useState<string[]>([]);
  const [running, setRunning] = useState<{ id?: string }>();
  const [result, setResult] = useState<QueryResult>();
  const [error, setError] = useState<string>();
  const [history, setHistory] = useState(readHistory);
  const run = useRef<() => void>(() => {});

  useEffect(() => {
    if (tables === undefined) return;
    let gone = false;
    const schema = Object.fromEntries(
      tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]),
    );
    // The editor is the largest part of the page, and only this view needs it.
    void import('../editor.ts').then(({ openEditor }) => {
      if (gone) return;
      editor.current = openEditor(host.current!, { text: example, schema, onRun: () => run.current() });
      setReady(true);
    });
    return () => {
      gone = true;
      editor.current?.close();
      editor.current = undefined;
    };
  }, [tables]);

  // The address says what is asked: a link, and the way back, bring the same text.
  const linked = linkTo(place.path, place.params);
  useEffect(() => {
    const sql = place.params.get(param.sql);
    if (!ready || editor.current === undefined || (named === undefined && sql === undefined)) return;
    const shipped = named?.find(({ name }) => name === place.params.get(param.name));
    if (sql !== undefined && sql !== editor.current.read()) {
      editor.current.write(sql);
      setParameters(valuesIn(place.params));
    } else if (shipped !== undefined) {
      const given = new Map([...place.params].filter(([key]) => key !== param.name));
      editor.current.write(shipped.sql);
      setParameters(executionParameters(shipped, given, Date.now()));
    }
  }, [linked, ready, named]);

  run.current = () => {
    if (running !== undefined || editor.current === undefined) return;
    const text = editor.current.read();
    const used = parameters.slice(0, questionMarks(text));
    setRunning({});
    setError(undefined);
    setHistory(remember(text));
    const values = used.map((value, i) => [`${param.value}${i + 1}`, value] as const);
    const link = linkTo(['query'], [[param.sql, text], ...values]);
    if (link !== location.hash) go(link);
    runSql(text, used, (id) => setRunning({ id }))
      .then(setResult, (caught: Error) => {
        setResult(undefined);
        setError(caught.message);
      })
      .finally(() => setRunning(undefined));
  };
  const stop = (): void => {
    if (running?.id !== undefined) void cancel(running.id);
  };

  return (
    <section aria-labelledby="query-title">
      <h1 id="query-title">Query</h1>
      {unread !== undefined && (
        <p class="error" role="alert">
          {unread}
        </p>
      )}
      <div ref={host} class="editor" />
      <div class="bar">
        {/* Neither is ever disabled: the keyboard would lose its place. */}
        <button
          type="button"
          class="primary"
          aria-disabled={running !== undefined}
          onClick={() => run.current()}
          title="Ctrl+Enter"
        >
          Run
        </button>
        <button type="button" aria-disabled={running?.id === undefined} onClick={stop}>
          Cancel
        </button>
        <Choice
          label="Shipped"
          options={(named ?? []).map(({ name }) => ({ value: name, text: name }))}
          chosen={place.params.get(param.name)}
          onChoose={(name) => go(linkTo(['query'], [[param.name, name]]))}
        />
        <Choice
          label="History"
          options={history.map((text) => ({ value: text, text: text.replace(/\s+/g, ' ').slice(0, 80) }))}
          chosen={place.params.get(param.sql)}
          onChoose={(text) => go(linkTo(['query'], [[param.sql, text]]))}
        />
        <span class="notice">Ctrl+Enter runs; Tab leaves the editor</span>
      </div>
      {parameters.length > 0 && (
        <p class="bar">
          {parameters.map((value, i) => (
            // Parameters have no names here: their place is their identity.
            <label key={i}>
              ?{i + 1}{' '}
              <input
                value={value}
                onInput={(event) => {
                  const text = event.currentTarget.value;
                  setParameters((old) => old.map((other, at) => (at === i ? text : other)));
                }}
              />
            </label>
          ))}
        </p>
      )}
      {running !== undefined && (
        <p class="empty" role="status">
          running …
        </p>
      )}
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {result !== undefined && running === undefined && <Answer result={result} onMore={setResult} />}
    </section>
  );
}

/** A list to take a query from; it shows what was taken, so that arrow keys go on from there. */
function Choice({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: readonly { value: string; text: string }[];
  chosen: string | undefined;
  onChoose: (value: string) => void;
}) {
  const known = options.some(({ value }) => value === chosen) ? chosen : '';
  return (
    <label>
      {label}{' '}
      <select
        value={known}
        onChange={(event) => event.currentTarget.value !== '' && onChoose(event.currentTarget.value)}
      >
        <option value="">choose …</option>
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Values of question marks in an address: `p1`, `p2`, … */
function valuesIn(params: ReadonlyMap<string, string>): string[] {
  const values: string[] = [];
  for (let i = 1; params.has(`${param.value}${i}`); i++) values.push(params.get(`${param.value}${i}`)!);
  return values;
}

/** How many parameters a text takes: question marks that stand in no comment and no text. */
function questionMarks(sql: string): number {
  return sql.replaceAll(/--[^\n]*|'(?:[^']|'')*'/g, '').split('?').length - 1;
}

function Answer({ result, onMore }: { result: QueryResult; onMore: (result: QueryResult) => void }) {
  const [asChart, setAsChart] = useState(false);
  const status = useRef<HTMLSpanElement>(null);
  const chart = guessChart(result.columns);
  const more = async (): Promise<void> => {
    const page = await readPage(result.id, result.next);
    // The button may go with the last rows.
    if (page.next === undefined || result.rows.length + page.rows.length >= rowsMax) status.current?.focus();
    onMore({ ...result, rows: [...result.rows, ...page.rows], next: page.next });
  };
  return (
    <>
      <p class="bar">
        <span role="status" tabIndex={-1} ref={status}>
          {count(result.rows.length)} {result.rows.length === 1 ? 'row' : 'rows'}
          {result.next === undefined ? '' : ' and more'} · {duration(result.ms)} · {size(result.bytes)} read
        </span>
        {chart.kind !== 'table' && (
          <button type="button" aria-pressed={asChart} onClick={() => setAsChart(!asChart)}>
            Chart
          </button>
        )}
        <button
          type="button"
          onClick={() => void toCsv(result).then((text) => download('result.csv', text, 'text/csv'))}
        >
          Download CSV
        </button>
        {result.next !== undefined && result.rows.length < rowsMax && (
          <button type="button" onClick={() => void more()}>
            More rows
          </button>
        )}
      </p>
      {asChart && <ResultChart chart={chart} result={result} label="The result as a chart" />}
      <ResultTable columns={result.columns} rows={result.rows} max={rowsMax} />
      {result.next !== undefined && result.rows.length >= rowsMax && (
        <p class="notice">there are more; Download CSV has all</p>
      )}
    </>
  );
}
