/** The tables: columns from the contract, files, snapshots to travel to, upkeep. */

import { api, type ShownTable } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { Command } from '../command.tsx';
import { count, dateTime, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { ResultTable } from '../result-table.tsx';
import { linkTo } from '../router.ts';
import { Scroll } from '../scroll.tsx';
import { Answered, Files, Partitions, Snapshots } from './table-metadata.tsx';

const tabs = ['columns', 'rows', 'snapshots', 'files', 'partitions', 'upkeep'] as const;
type Tab = (typeof tabs)[number];

/** Rows that are shown of a table. */
const rowsShown = 100;

export function TablesView({ place }: ViewProps) {
  const { value: tables, error } = useLoaded(api.tables, [], 5000);
  if (tables === undefined) return <p class="empty">{error ?? 'reading the tables …'}</p>;
  const [, name, chosen = 'columns'] = place.path;
  const table = tables.find((candidate) => candidate.name === name);
  const tab = tabs.find((candidate) => candidate === chosen) ?? 'columns';
  if (name === undefined) return <Overview tables={tables} />;
  return (
    <section class="split" aria-labelledby="tables-title">
      <nav class="side" aria-label="Tables">
        <h1 id="tables-title">
          <a href={linkTo(['tables'])}>Tables</a>
        </h1>
        {tables.map(({ name: own, figures }) => (
          <a key={own} href={linkTo(['tables', own])} aria-current={own === name ? 'page' : undefined}>
            {own} <span class="right">{figures === undefined ? 'empty' : count(figures.rows)}</span>
          </a>
        ))}
      </nav>
      {table === undefined ? (
        <p class="empty">There is no table “{name}”.</p>
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

/** All tables at a glance. */
function Overview({ tables }: { tables: readonly ShownTable[] }) {
  return (
    <section aria-labelledby="tables-title">
      <h1 id="tables-title">Tables</h1>
      <Scroll label="All tables">
        <table class="overview">
          <thead>
            <tr>
              <th scope="col">table</th>
              <th scope="col" class="right">
                rows
              </th>
              <th scope="col" class="right">
                size
              </th>
              <th scope="col" class="right">
                files
              </th>
              <th scope="col" class="right">
                snapshots
              </th>
              <th scope="col">partitioned by</th>
              <th scope="col">what a row is</th>
            </tr>
          </thead>
          <tbody>
            {tables.map(({ name, doc, figures, partition }) => (
              <tr key={name}>
                <th scope="row">
                  <a href={linkTo(['tables', name])}>{name}</a>
                </th>
                <td class="right">{count(figures?.rows ?? 0)}</td>
                <td class="right">{size(figures?.bytes ?? 0)}</td>
                <td class="right">{count(figures?.files ?? 0)}</td>
                <td class="right">{count(figures?.snapshots ?? 0)}</td>
                <td>{partition.join(', ') || '—'}</td>
                <td class="notice">{doc}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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
  if (table.figures === undefined) {
    return (
      <div class="empty">
        <p>No row has come yet. Made-up ones, from a terminal:</p>
        <Command
          text={`npm run gen -- --table ${table.name} --max-count 100${location.port === '4566' ? '' : ` --api-url ${location.origin}/v1`}`}
        />
      </div>
    );
  }
  if (tab === 'snapshots') return <Snapshots table={table.name} />;
  if (tab === 'files') return <Files table={table.name} />;
  if (tab === 'partitions') return <Partitions table={table.name} />;
  const version = snapshot !== undefined && /^\d+$/.test(snapshot) ? snapshot : undefined;
  return <Rows table={table.name} version={version} total={table.figures.rows} />;
}

function Rows({ table, version, total }: { table: string; version: string | undefined; total: number }) {
  const at = version === undefined ? '' : ` FOR VERSION AS OF ${version}`;
  const sql = `SELECT * FROM "${table}"${at} LIMIT ${rowsShown}`;
  const caption =
    version === undefined ? `rows of ${table}` : `rows of ${table} as they were at snapshot ${version}`;
  return (
    <>
      {version !== undefined && (
        <p class="banner">
          As the table was at snapshot {version}. <a href={linkTo(['tables', table, 'rows'])}>Back to now</a>
        </p>
      )}
      <p class="bar">
        <span class="notice">
          {version === undefined && total > rowsShown
            ? `${rowsShown} of ${count(total)} rows, in no order`
            : `at most ${rowsShown} rows, in no order`}
        </span>
        <a class="button" href={linkTo(['query'], [['sql', sql]])}>
          Open in query
        </a>
      </p>
      <Answered sql={sql}>
        {({ columns, rows }) => <ResultTable columns={columns} rows={rows} caption={caption} />}
      </Answered>
    </>
  );
}

/** Asks, and shows what came with `children`. */
function Columns({ table: { columns } }: { table: ShownTable }) {
  return (
    <Scroll label="Columns">
      <table class="columns">
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
    </Scroll>
  );
}

function Upkeep({ table: { figures } }: { table: ShownTable }) {
  if (figures === undefined) return <p class="empty">There is nothing to keep up yet.</p>;
  const { last, due } = figures;
  return (
    <dl class="facts">
      <dt>last compaction</dt>
      <dd>
        {last.compaction === undefined
          ? 'none yet'
          : `${dateTime(Date.parse(last.compaction.at))} UTC: ${count(last.compaction.rewritten)} files made ${count(last.compaction.added)}`}
      </dd>
      <dt>last expiry</dt>
      <dd>
        {last.expiry === undefined
          ? 'none yet'
          : `${dateTime(Date.parse(last.expiry.at))} UTC: ${count(last.expiry.expired)} snapshots`}
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
