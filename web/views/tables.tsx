/** The tables: columns from the contract, files, snapshots to travel to, upkeep. */

import type { ComponentChild } from 'preact';
import { api, type ShownTable } from '../api.ts';
import type { ViewProps } from '../app.tsx';
import { Command } from '../command.tsx';
import { count, dateTime, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { ResultTable } from '../result-table.tsx';
import { linkTo } from '../router.ts';
import { Scroll } from '../scroll.tsx';
import { type QueryResult, runSql } from '../sql.ts';

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
function Answered({ sql, children }: { sql: string; children: (result: QueryResult) => ComponentChild }) {
  const { value, error } = useLoaded(() => runSql(sql), [sql]);
  if (error !== undefined) {
    return (
      <p class="error" role="alert">
        {error}
      </p>
    );
  }
  if (value !== undefined) return children(value);
  return (
    <p class="empty" role="status">
      asking …
    </p>
  );
}

/** A row's values by their columns' names. */
function named({ columns, rows }: QueryResult): Map<string, string | null>[] {
  return rows.map((row) => new Map(columns.map(({ name }, i) => [name, row[i] ?? null])));
}

function Snapshots({ table }: { table: string }) {
  const sql = `SELECT snapshot_id, committed_at, operation, summary FROM "${table}$snapshots" ORDER BY committed_at DESC LIMIT 200`;
  return (
    <Answered sql={sql}>
      {({ rows }) => (
        <Scroll label="The snapshots that are kept">
          <table>
            <caption>The snapshots that are kept; choose one to see the rows as they were</caption>
            <thead>
              <tr>
                <th scope="col">snapshot</th>
                <th scope="col">committed, UTC</th>
                <th scope="col">operation</th>
                <th scope="col" class="right">
                  rows added
                </th>
                <th scope="col" class="right">
                  rows then
                </th>
                <th scope="col" class="right">
                  files
                </th>
                <th scope="col" class="right">
                  size then
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([id, at, operation, text]) => {
                const summary = summaryOf(text ?? '');
                const figure = (name: string, shown = count): string => {
                  const value = summary.get(name);
                  return value === undefined ? '' : shown(Number(value));
                };
                return (
                  <tr key={id} title={text ?? ''}>
                    <td>
                      <a href={linkTo(['tables', table, 'rows'], [['snapshot', id ?? '']])}>{id}</a>
                    </td>
                    <td>{at?.slice(0, 19)}</td>
                    <td>{operation}</td>
                    <td class="right">{figure('added-records')}</td>
                    <td class="right">{figure('total-records')}</td>
                    <td class="right">{figure('total-data-files')}</td>
                    <td class="right">{figure('total-files-size', size)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroll>
      )}
    </Answered>
  );
}

/** A map as SQL prints it, `{added-records=7, …}`, of names and numbers. */
function summaryOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([\w.-]+)=(\d+)(?=[,}])/g)].map(([, name, value]) => [name!, value!]));
}

/** What a file holds (Iceberg, "Manifests": `content`). */
const contents: Readonly<Record<string, string>> = {
  '0': 'data',
  '1': 'position deletes',
  '2': 'equality deletes',
};

function Files({ table }: { table: string }) {
  return (
    <Answered sql={`SELECT * FROM "${table}$files" LIMIT 1000`}>
      {(result) => (
        <Scroll label={`files of ${table}`}>
          <table>
            <caption>files of {table}</caption>
            <thead>
              <tr>
                <th scope="col">file</th>
                <th scope="col">holds</th>
                <th scope="col">partition</th>
                <th scope="col" class="right">
                  rows
                </th>
                <th scope="col" class="right">
                  size
                </th>
              </tr>
            </thead>
            <tbody>
              {named(result).map((file, i) => (
                <tr key={i}>
                  <td class="path" title={file.get('file_path') ?? ''}>
                    {file.get('file_path')?.replace(/^.*\/(data\/.*)$/, '$1') ?? 'for the engineer only'}
                  </td>
                  <td>{contents[file.get('content') ?? ''] ?? file.get('content')}</td>
                  <td>{partitionText(file.get('partition'))}</td>
                  <td class="right">{count(Number(file.get('record_count')))}</td>
                  <td class="right">{size(Number(file.get('file_size_in_bytes')))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Answered>
  );
}

/** A partition as SQL prints it, `{day=…}`, as it is read. */
function partitionText(text: string | null | undefined): string {
  return (text ?? '').replace(/^\{(.*)\}$/, '$1').replaceAll('=', ' = ');
}

function Partitions({ table }: { table: string }) {
  return (
    <Answered sql={`SELECT * FROM "${table}$partitions" LIMIT 1000`}>
      {(result) => (
        <Scroll label={`partitions of ${table}`}>
          <table>
            <caption>partitions of {table}</caption>
            <thead>
              <tr>
                <th scope="col">partition</th>
                <th scope="col" class="right">
                  rows
                </th>
                <th scope="col" class="right">
                  files
                </th>
                <th scope="col" class="right">
                  size
                </th>
              </tr>
            </thead>
            <tbody>
              {named(result).map((partition, i) => (
                <tr key={i}>
                  <th scope="row">{partitionText(partition.get('partition')) || 'the whole table'}</th>
                  <td class="right">{count(Number(partition.get('record_count')))}</td>
                  <td class="right">{count(Number(partition.get('file_count')))}</td>
                  <td class="right">{size(Number(partition.get('total_size')))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Answered>
  );
}

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
