/** The queries that ship, each as the chart that fits it. What is chosen stands in the address. */
import { useState } from 'preact/hooks';
import type { NamedQuery, ParameterType } from '../../lake/queries.ts';
import { inCloud } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { chartOf } from '../charts/pick.ts';
import { ResultChart } from '../charts/result-chart.tsx';
import { download } from '../download.ts';
import { duration, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { namedQueries } from '../named.ts';
import { ResultTable } from '../result-table.tsx';
import { go, linkTo } from '../router.ts';
import { type QueryResult, runNamed, toCsv } from '../sql.ts';

export function ReportsView({ place }: Pick<ViewProps, 'place'>) {
  const { value: queries, error } = useLoaded(namedQueries, []);
  if (queries === undefined) return <p class="notice">{error ?? 'reading the queries …'}</p>;
  const name = place.path[1];
  const query = queries.find((candidate) => candidate.name === name);
  return (
    <section class="split" aria-labelledby="reports-title">
      <nav class="side" aria-label="Reports">
        <h1 id="reports-title">Reports</h1>
        {queries.map((candidate) => (
          <a
            key={candidate.name}
            href={linkTo(['reports', candidate.name])}
            aria-current={candidate.name === name ? 'page' : undefined}
            {...(candidate.name === name && { ref: show })}
          >
            {title(candidate.name)}
          </a>
        ))}
      </nav>
      {query === undefined ? (
        <p class="notice">{name === undefined ? 'Choose a report.' : `There is no report “${name}”.`}</p>
      ) : (
        <Report key={query.name} query={query} given={place.params} />
      )}
    </section>
  );
}

function Report({ query, given }: { query: NamedQuery; given: ReadonlyMap<string, string> }) {
  const parameters = query.parameters.filter(
    ({ name }, i, all) => all.findIndex((other) => other.name === name) === i,
  );
  const values = new Map(
    parameters.flatMap(({ name }) => (given.has(name) ? [[name, given.get(name)!] as const] : [])),
  );
  const asked = JSON.stringify([...values]);
  const { value: result, error } = useLoaded(() => runNamed(query, values), [query.name, asked]);
  const [showSql, setShowSql] = useState(false);
  return (
    <article class="report">
      <h2>{title(query.name)}</h2>
      <p>{query.purpose}</p>
      {parameters.length > 0 && (
        <form
          class="bar"
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            go(
              linkTo(
                ['reports', query.name],
                parameters.map(({ name }) => [name, String(form.get(name) ?? '')] as const),
              ),
            );
          }}
        >
          {parameters.map(({ name, type, help, default: fallback }) => (
            <label key={name} title={`${help} (${type})`}>
              {type === 'timestamp' ? `${name} (UTC${fallback === 'now' ? ', else now' : ''})` : name}{' '}
              <input
                name={name}
                defaultValue={values.get(name) ?? ''}
                placeholder={fallback?.replace(/^'(.*)'$/, '$1') ?? type}
                {...inputs[type]}
              />
            </label>
          ))}
          <button type="submit">Show</button>
        </form>
      )}
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {result === undefined ? (
        error === undefined && <p>asking …</p>
      ) : (
        <Answer query={query} result={result} />
      )}
      <p class="bar">
        <button type="button" aria-expanded={showSql} onClick={() => setShowSql(!showSql)}>
          {showSql ? 'Hide SQL' : 'Show SQL'}
        </button>
        {!inCloud() && (
          <a class="button" href={linkTo(['query'], [['name', query.name], ...values])}>
            Open in query
          </a>
        )}
        {result !== undefined && (
          <button
            type="button"
            onClick={() => void toCsv(result).then((text) => download(`${query.name}.csv`, text, 'text/csv'))}
          >
            Download CSV
          </button>
        )}
      </p>
      {showSql && <pre>{query.sql}</pre>}
    </article>
  );
}

/** How a value is asked for; a time is in UTC, as all times are, and empty for the default. */
const inputs: Partial<Record<ParameterType, Record<string, string>>> = {
  integer: { type: 'number', step: '1' },
  bigint: { type: 'number', step: '1' },
  double: { type: 'number', step: 'any' },
  date: { type: 'date' },
  timestamp: { type: 'datetime-local' },
};

function Answer({ query, result }: { query: NamedQuery; result: QueryResult }) {
  const chart =
    query.chart === undefined ? ({ kind: 'table' } as const) : chartOf(query.chart, result.columns);
  return (
    <>
      <ResultChart chart={chart} result={result} label={query.purpose} />
      <details open={chart.kind === 'table'}>
        <summary>
          {result.rows.length} rows, {duration(result.ms)}, {size(result.bytes)} read
        </summary>
        <ResultTable columns={result.columns} rows={result.rows} />
      </details>
    </>
  );
}

/** On a phone the list of reports is a short one that scrolls. */
function show(link: HTMLElement | null): void {
  link?.scrollIntoView({ block: 'nearest' });
}

function title(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
