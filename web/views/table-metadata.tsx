/** What a table's metadata tables tell: snapshots to travel to, files, partitions. */
import type { ComponentChild } from 'preact';
import { count, size } from '../format.ts';
import { useLoaded } from '../hooks.ts';
import { linkTo } from '../router.ts';
import { Scroll } from '../scroll.tsx';
import { type QueryResult, runSql } from '../sql.ts';

export function Answered({
  sql,
  children,
}: {
  sql: string;
  children: (result: QueryResult) => ComponentChild;
}) {
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

export function Snapshots({ table }: { table: string }) {
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

export function Files({ table }: { table: string }) {
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

export function Partitions({ table }: { table: string }) {
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
