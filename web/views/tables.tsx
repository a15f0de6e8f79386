/** The tables: columns from the contract, files, snapshots to travel to, upkeep. */

import { api, type ShownTable } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { count, dateTime, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { ResultTable } from '../result-table.tsx';
import { linkTo } from '../router.ts';
import { runSql } from '../sql.ts';

const tabs = ['columns', 'rows', 'snapshots', 'files', 'partitions', 'upkeep'] as const;
type Tab = (typeof tabs)[number];

export function TablesView({ place }: ViewProps) {
  const { value: tables, error } = useLoaded(api.tables, [], 5000);
  if (tables === undefined) return <p class="notice">{error ?? 'reading the tables …'}</p>;
  const [, name, chosen = 'columns'] = place.path;
  const table = tables.find((candidate) => candidate.name === name);
  const tab = tabs.find((candidate) => candidate === chosen) ?? 'columns';
  return (
    <section class="split" aria-labelledby="tables-title">
      <nav class="side" aria-label="Tables">
        <h1 id="tables-title">Tables</h1>
        {tables.map(({ name: own, figures }) => (
          <a key={own} href={linkTo(['tables', own])} aria-current={own === name ? 'page' : undefined}>
            {own} <span class="right">{figures === undefined ? 'empty' : count(figures.rows)}</span>
          </a>
        ))}
      </nav>
      {table === undefined ? (
        <p class="notice">{name === undefined ? 'Choose a table.' : `There is no table “${name}”.`}</p>
      ) : (
        <article>
          <h2>{table.name}</h2>
          <p>{table.doc}</p>
          <Summary table={table} />
          <nav class="tabs" aria-label="Of this table">
            {tabs.map((candidate) => (
              <a
                key={candidate}
                href={linkTo(['tables', table.name, candidate])}
                aria-current={candidate === tab ? 'page' : undefined}
              >
                {candidate}
              </a>
            ))}
          </nav>
          <TabContent
            key={`${table.name} ${tab}`}
            table={table}
            tab={tab}
            snapshot={place.params.get('snapshot')}
          />
        </article>
      )}
    </section>
  );
}

function Summary({ table: { figures, partition, sort, write } }: { table: ShownTable }) {
  return (
    <dl class="facts">
      {figures !== undefined && (
        <>
          <dt>rows</dt>
          <dd>{count(figures.rows)}</dd>
          <dt>files</dt>
          <dd>
            {count(figures.files)}, {size(figures.bytes)}, median {size(figures.medianBytes)}
          </dd>
          <dt>delete files</dt>
          <dd>{count(figures.deleteFiles)}</dd>
          <dt>snapshots</dt>
          <dd>
            {count(figures.snapshots)}
            {figures.oldestSnapshotMs !== undefined && `, since ${dateTime(figures.oldestSnapshotMs)} UTC`}
          </dd>
        </>
      )}
      <dt>partitioned by</dt>
      <dd>{partition.join(', ') || 'nothing'}</dd>
      <dt>sorted by</dt>
      <dd>{sort.join(', ') || 'nothing'}</dd>
      <dt>written by</dt>
      <dd>{write}</dd>
    </dl>
  );
}

function TabContent({ table, tab, snapshot }: { table: ShownTable; tab: Tab; snapshot: string | undefined }) {
  if (tab === 'columns') return <Columns table={table} />;
  if (tab === 'upkeep') return <Upkeep table={table} />;
  if (table.figures === undefined) return <p class="notice">No row has come yet.</p>;
  if (tab === 'snapshots') return <Snapshots table={table.name} />;
  const version = snapshot !== undefined && /^\d+$/.test(snapshot) ? ` FOR VERSION AS OF ${snapshot}` : '';
  const sql =
    tab === 'rows'
      ? `SELECT * FROM "${table.name}"${version} LIMIT 100`
      : `SELECT * FROM "${table.name}$${tab}" LIMIT 1000`;
  const caption =
    version === '' ? `${tab} of ${table.name}` : `rows of ${table.name} as they were at snapshot ${snapshot}`;
  return <Rows sql={sql} caption={caption} />;
}

function Rows({ sql, caption }: { sql: string; caption: string }) {
  const { value, error } = useLoaded(() => runSql(sql), [sql]);
  if (error !== undefined) return <p class="error">{error}</p>;
  return value === undefined ? (
    <p>asking …</p>
  ) : (
    <ResultTable columns={value.columns} rows={value.rows} caption={caption} />
  );
}

function Snapshots({ table }: { table: string }) {
  const sql = `SELECT snapshot_id, committed_at, operation, summary FROM "${table}$snapshots" ORDER BY committed_at DESC LIMIT 200`;
  const { value, error } = useLoaded(() => runSql(sql), [table]);
  if (error !== undefined) return <p class="error">{error}</p>;
  if (value === undefined) return <p>asking …</p>;
  return (
    <table>
      <caption>The snapshots that are kept; choose one to see the rows as they were</caption>
      <thead>
        <tr>
          <th scope="col">snapshot</th>
          <th scope="col">committed (UTC)</th>
          <th scope="col">operation</th>
          <th scope="col">summary</th>
        </tr>
      </thead>
      <tbody>
        {value.rows.map(([id, at, operation, summary]) => (
          <tr key={id}>
            <td>
              <a href={linkTo(['tables', table, 'rows'], [['snapshot', id ?? '']])}>{id}</a>
            </td>
            <td>{at}</td>
            <td>{operation}</td>
            <td class="summary">{summary}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Columns({ table: { columns } }: { table: ShownTable }) {
  return (
    <table>
      <caption class="hidden">Columns</caption>
      <thead>
        <tr>
          <th scope="col">column</th>
          <th scope="col">type</th>
          <th scope="col">required</th>
          <th scope="col">meaning</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, type, required, pii, doc }) => (
          <tr key={name}>
            <th scope="row">
              {name} {pii && <span class="badge pii">personal</span>}
            </th>
            <td>{type}</td>
            <td>{required ? 'yes' : ''}</td>
            <td>{doc}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Upkeep({ table: { figures } }: { table: ShownTable }) {
  if (figures === undefined) return <p class="notice">There is nothing to keep up yet.</p>;
  const { last, due } = figures;
  return (
    <dl class="facts">
      <dt>last compaction</dt>
      <dd>
        {last.compaction === undefined
          ? 'none yet'
          : `${last.compaction.at}: ${last.compaction.rewritten} files made ${last.compaction.added}`}
      </dd>
      <dt>last expiry</dt>
      <dd>
        {last.expiry === undefined ? 'none yet' : `${last.expiry.at}: ${last.expiry.expired} snapshots`}
      </dd>
      <dt>due</dt>
      <dd>
        {due.filesIn === 0 && due.snapshots === 0
          ? 'nothing'
          : `${due.filesIn} files to be made ${due.filesOut}, ${due.snapshots} snapshots to expire`}
      </dd>
    </dl>
  );
}
