/** Queries by Athena's operations: start, wait, read, cancel. */
import { executionParameters, type NamedQuery } from '../lake/queries.ts';
import { api, inCloud } from './api.ts';

export interface Column {
  name: string;
  type: string;
}

export interface QueryResult {
  id: string;
  columns: Column[];
  rows: (string | null)[][];
  /** For the next rows, if there are more. */
  next: string | undefined;
  bytes: number;
  ms: number;
}

interface Execution {
  QueryExecution: {
    QueryExecutionId: string;
    Status: { State: string; StateChangeReason?: string };
    Statistics: { DataScannedInBytes: number; TotalExecutionTimeInMillis: number };
  };
}

interface Results {
  ResultSet: {
    Rows: { Data: { VarCharValue?: string }[] }[];
    ResultSetMetadata: { ColumnInfo: { Name: string; Type: string }[] };
  };
  NextToken?: string;
}

/** Runs a query to its first rows. `started` hears the id, by which it can be cancelled. */
export async function runSql(
  sql: string,
  parameters: readonly string[] = [],
  started: (id: string) => void = () => {},
): Promise<QueryResult> {
  const { QueryExecutionId: id } = await api.athena<{ QueryExecutionId: string }>('StartQueryExecution', {
    QueryString: sql,
    ...(parameters.length > 0 && { ExecutionParameters: parameters }),
  });
  started(id);
  return finish(id, 10);
}

/** Runs a query that ships. A value that its parameter cannot have is told before anything is asked. */
export async function runNamed(query: NamedQuery, values: ReadonlyMap<string, string>): Promise<QueryResult> {
  const parameters = executionParameters(query, values, Date.now());
  if (!inCloud()) return runSql(query.sql, parameters);
  const { QueryExecution } = await api.startNamed<Execution>(query.name, Object.fromEntries(values));
  return finish(QueryExecution.QueryExecutionId, 200);
}

/** Waits for a query, first for `firstPauseMs` and then longer each time, and reads its first rows. */
async function finish(id: string, firstPauseMs: number): Promise<QueryResult> {
  for (let pause = firstPauseMs; ; pause = Math.min(1000, pause * 2)) {
    const { QueryExecution } = await api.execution<Execution>(id);
    const { State, StateChangeReason } = QueryExecution.Status;
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason ?? State);
    if (State === 'SUCCEEDED') {
      const { DataScannedInBytes, TotalExecutionTimeInMillis } = QueryExecution.Statistics;
      const page = await readPage(id);
      return { id, ...page, bytes: DataScannedInBytes, ms: TotalExecutionTimeInMillis };
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** A page of rows; the first of a query has the names of the columns before them, that of SHOW and DESCRIBE has not. */
export async function readPage(
  id: string,
  token?: string,
): Promise<{ columns: Column[]; rows: (string | null)[][]; next: string | undefined }> {
  const { ResultSet, NextToken } = await api.results<Results>(id, token);
  const rows = ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? null));
  const columns = ResultSet.ResultSetMetadata.ColumnInfo.map(({ Name, Type }) => ({
    name: Name,
    type: Type,
  }));
  const isHeader = token === undefined && columns.every(({ name }, at) => rows[0]?.[at] === name);
  return { columns, rows: isHeader ? rows.slice(1) : rows, next: NextToken };
}

export async function cancel(id: string): Promise<void> {
  await api.stop(id);
}

/** All rows as RFC 4180 text. */
export async function toCsv(result: QueryResult): Promise<string> {
  const lines = [result.columns.map(({ name }) => name), ...result.rows];
  for (let next = result.next; next !== undefined; ) {
    const page = await readPage(result.id, next);
    lines.push(...page.rows);
    next = page.next;
  }
  return `${lines.map((line) => line.map(csvField).join(',')).join('\r\n')}\r\n`;
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return /[",\r\n]/.test(value) || value === '' ? `"${value.replaceAll('"', '""')}"` : value;
}

export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|integer|bigint|real|float|double|decimal)/.test(type);
}

export function isTime(type: string): boolean {
  return /^(date|timestamp)/.test(type);
}
