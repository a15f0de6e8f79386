/** An editor for SQL, with the names of tables and columns at hand. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { executionParameters } from '../../lake/queries.ts';
import { api } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { guessChart } from '../charts/pick.ts';
import { ResultChart } from '../charts/result-chart.tsx';
import { download } from '../download.ts';
import type { Editor } from '../editor.ts';
import { duration, size } from '../format.ts';
import { readHistory, remember } from '../history.ts';
import { useLoaded } from '../hooks.ts';
import { namedQueries } from '../named.ts';
import { ResultTable } from '../result-table.tsx';
import { cancel, type QueryResult, readPage, runSql, toCsv } from '../sql.ts';

const example = 'SELECT event, count(*) AS events\nFROM web_log\nGROUP BY event\nORDER BY events DESC';

export function QueryView({ place }: ViewProps) {
  const { value: tables } = useLoaded(api.tables, []);
  const { value: named = [] } = useLoaded(namedQueries, []);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>();
  const [parameters, setParameters] = useState<string[]>([]);
  const [running, setRunning] = useState<{ id?: string }>();
  const [result, setResult] = useState<QueryResult>();
  const [error, setError] = useState<string>();
  const [history, setHistory] = useState(readHistory);
  const run = useRef<() => void>(() => {});

  const wanted = named.find(({ name }) => name === place.params.get('name'));
  useEffect(() => {
    if (tables === undefined) return;
    let gone = false;
    const schema = Object.fromEntries(
      tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]),
    );
    // The editor is the largest part of the page, and only this view needs it.
    void import('../editor.ts').then(({ openEditor }) => {
      if (gone) return;
      editor.current = openEditor(host.current!, {
        text: place.params.get('sql') ?? example,
        schema,
        onRun: () => run.current(),
      });
    });
    return () => {
      gone = true;
      editor.current?.close();
      editor.current = undefined;
    };
  }, [tables]);
  useEffect(() => {
    if (wanted === undefined || tables === undefined) return;
    const given = new Map([...place.params].filter(([key]) => key !== 'name'));
    const timer = setInterval(() => {
      if (editor.current === undefined) return;
      clearInterval(timer);
      editor.current.write(wanted.sql);
      setParameters(executionParameters(wanted, given, Date.now()));
    }, 20);
    return () => clearInterval(timer);
  }, [wanted?.name, tables]);

  run.current = () => {
    if (running !== undefined || editor.current === undefined) return;
    const text = editor.current.read();
    setRunning({});
    setError(undefined);
    setHistory(remember(text));
    const marks = text.replaceAll(/--[^\n]*|'(?:[^']|'')*'/g, '').split('?').length - 1;
    runSql(text, parameters.slice(0, marks), (id) => setRunning({ id }))
      .then(setResult, (caught: Error) => {
        setResult(undefined);
        setError(caught.message);
      })
      .finally(() => setRunning(undefined));
  };
  const write = (text: string): void => {
    editor.current?.write(text);
    setParameters([]);
  };

  return (
    <section aria-labelledby="query-title">
      <h1 id="query-title">Query</h1>
      <div ref={host} class="editor" />
      <div class="bar">
        <button
          type="button"
          class="primary"
          disabled={running !== undefined}
          onClick={() => run.current()}
          title="Ctrl+Enter"
        >
          Run
        </button>
        <button type="button" disabled={running?.id === undefined} onClick={() => void cancel(running!.id!)}>
          Cancel
        </button>
        <label>
          Shipped{' '}
          <select
            value=""
            onChange={(event) => {
              const query = named.find(({ name }) => name === event.currentTarget.value);
              if (query === undefined) return;
              write(query.sql);
              setParameters(executionParameters(query, new Map(), Date.now()));
            }}
          >
            <option value="">choose …</option>
            {named.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          History{' '}
          <select
            value=""
            onChange={(event) => event.currentTarget.value !== '' && write(event.currentTarget.value)}
          >
            <option value="">choose …</option>
            {history.map((text) => (
              <option key={text} value={text}>
                {text.replace(/\s+/g, ' ').slice(0, 80)}
              </option>
            ))}
          </select>
        </label>
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
      {running !== undefined && <p role="status">running …</p>}
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {result !== undefined && <Answer result={result} onMore={setResult} />}
    </section>
  );
}

function Answer({ result, onMore }: { result: QueryResult; onMore: (result: QueryResult) => void }) {
  const [asChart, setAsChart] = useState(false);
  const chart = guessChart(result.columns);
  const more = async (): Promise<void> => {
    const page = await readPage(result.id, result.next);
    onMore({ ...result, rows: [...result.rows, ...page.rows], next: page.next });
  };
  return (
    <>
      <p class="bar">
        <span role="status">
          {result.rows.length} rows{result.next === undefined ? '' : ' and more'}, {duration(result.ms)},{' '}
          {size(result.bytes)} read
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
        {result.next !== undefined && (
          <button type="button" onClick={() => void more()}>
            More rows
          </button>
        )}
      </p>
      {asChart && <ResultChart chart={chart} result={result} label="The result as a chart" />}
      <ResultTable columns={result.columns} rows={result.rows} />
    </>
  );
}
