/** The queries that ship, each as the chart that fits it. What is chosen stands in the address. */
import { useState } from 'preact/hooks';
import { byChapter } from '../../lake/page/chapters.ts';
import type { NamedQuery, ParameterType } from '../../lake/queries.ts';
import { inCloud } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { chartOf } from '../charts/pick.ts';
import { ResultChart } from '../charts/result-chart.tsx';
import { download } from '../download.ts';
import { count, duration, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { namedQueries } from '../named.ts';
import { ResultTable } from '../result-table.tsx';
import { go, linkTo } from '../router.ts';
import { type QueryResult, runNamed, toCsv } from '../sql.ts';

export function ReportsView({ place }: Pick<ViewProps, 'place'>) {
  const { value: queries, error } = useLoaded(namedQueries, []);
  if (queries === undefined) return <p class="empty">{error ?? 'reading the queries …'}</p>;
  const chapters = byChapter(queries);
  const name = place.path[1];
  const query = queries.find((candidate) => candidate.name === name);
  if (name === undefined) return <Overview chapters={chapters} />;
  return (
    <section class="split" aria-labelledby="reports-title">
      <nav class="side" aria-label="Reports">
        <h1 id="reports-title">
          <a href={linkTo(['reports'])}>Reports</a>
        </h1>
        {chapters.map(({ title: chapter, queries: own }) => (
          <div key={chapter}>
            <h2>{chapter}</h2>
            {own.map((candidate) => (
              <a
                key={candidate.name}
                href={linkTo(['reports', candidate.name])}
                aria-current={candidate.name === name ? 'page' : undefined}
                onClick={() => scrollTo(0, 0)}
                {...(candidate.name === name && { ref: show })}
              >
                {title(candidate.name)}
              </a>
            ))}
          </div>
        ))}
      </nav>
      {query === undefined ? (
        <p class="empty">There is no report “{name}”.</p>
      ) : (
        <Report key={query.name} query={query} given={place.params} />
      )}
    </section>
  );
}

/** All reports, with what each is for. */
function Overview({ chapters }: { chapters: ReturnType<typeof byChapter<NamedQuery>> }) {
  return (
    <section aria-labelledby="reports-title">
      <h1 id="reports-title">Reports</h1>
      <div class="chapters">
        {chapters.map(({ title: chapter, queries }) => (
          <div key={chapter} class="card chapter">
            <h2>{chapter}</h2>
            <ul>
              {queries.map(({ name, purpose }) => (
                <li key={name}>
                  <a class="report-link" href={linkTo(['reports', name])}>
                    {title(name)}
                  </a>
                  <span>{purpose}</span>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
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
  const missing = parameters.filter(
    ({ name, default: fallback }) => fallback === undefined && !values.has(name),
  );
  const {
    value: result,
    error,
    busy,
  } = useLoaded(
    () => (missing.length > 0 ? Promise.resolve(undefined) : runNamed(query, values)),
    [query.name, asked],
  );
  const [showSql, setShowSql] = useState(false);
  return (
    <article class="report">
      <h2>{title(query.name)}</h2>
      <p>{query.purpose}</p>
      {parameters.length > 0 && (
        <Parameters key={asked} query={query} parameters={parameters} values={values} />
      )}
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {result !== undefined && error === undefined && (
        <div class={busy ? 'stale' : ''} aria-busy={busy}>
          <Answer query={query} result={result} />
        </div>
      )}
      {result === undefined && error === undefined && (
        <p class="empty" role="status">
          {missing.length > 0
            ? `Say ${missing.map(({ name, help }) => `${name} (${help})`).join(', ')}, then Show.`
            : 'asking …'}
        </p>
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

/** Days that are one click away, where a report looks at days. */
const someDays = ['7', '30', '90'];

function Parameters({
  query,
  parameters,
  values,
}: {
  query: NamedQuery;
  parameters: NamedQuery['parameters'];
  values: ReadonlyMap<string, string>;
}) {
  const days = parameters.find(({ name }) => name === 'days');
  const chosenDays = values.get('days') || days?.default;
  return (
    <form
      class="bar parameters"
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
          <span>
            {type === 'timestamp' ? `${name}, UTC${fallback === 'now' ? ' (else now)' : ''}` : name}
          </span>
          <input
            name={name}
            defaultValue={values.get(name) ?? ''}
            required={fallback === undefined}
            placeholder={fallback?.replace(/^'(.*)'$/, '$1') ?? 'required'}
            {...inputs[type]}
          />
        </label>
      ))}
      <button type="submit" class="primary">
        Show
      </button>
      {days !== undefined && (
        <span class="choices">
          {someDays.map((some) => (
            <a
              key={some}
              class="button"
              href={linkTo(['reports', query.name], [...values, ['days', some]])}
              aria-current={some === chosenDays ? 'true' : undefined}
            >
              {some} days
            </a>
          ))}
        </span>
      )}
    </form>
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
          {count(result.rows.length)}
          {result.next === undefined ? '' : ' and more'} {result.rows.length === 1 ? 'row' : 'rows'} ·{' '}
          {duration(result.ms)} · {size(result.bytes)} read
        </summary>
        <ResultTable columns={result.columns} rows={result.rows} />
      </details>
    </>
  );
}

/** Brings a report into sight within the list of reports, and moves nothing else. */
function show(link: HTMLElement | null): void {
  const list = link?.closest('nav');
  if (!link || !list) return;
  const [inner, outer] = [link.getBoundingClientRect(), list.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    list.scrollTop += inner.top - outer.top - outer.height / 2;
  }
}

function title(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
