/**
 * For tests of one's own tracking, in Vitest, Playwright or anything else: drive the site, then
 * `await assertEvents('http://127.0.0.1:4566', [{ table: 'clickstream', event: 'Order Completed' }])`.
 * Speaks Athena's operations by `fetch` and needs no other package.
 */

/** What a row must hold: a table, and columns with the values that they have in JSON. */
export type ExpectedEvent = { table: string } & Record<string, unknown>;

export interface AssertOptions {
  /** Only rows that arrived since then count; default: a minute ago. */
  since?: Date;
  /** How long to wait for rows, ms; default 5,000. */
  withinMs?: number;
}

type Row = Record<string, string | null>;

/**
 * Resolves when every expected event is a row; two equal ones need two rows. Rejects, after the wait, with what is
 * missing, what came instead, and what was rejected meanwhile, and why.
 */
export async function assertEvents(
  url: string,
  expected: readonly ExpectedEvent[],
  { since = new Date(Date.now() - 60_000), withinMs = 5_000 }: AssertOptions = {},
): Promise<void> {
  const until = Date.now() + withinMs;
  const tables = [...new Set(expected.map(({ table }) => table))];
  for (;;) {
    const rows = new Map<string, Row[]>();
    for (const table of tables) rows.set(table, await rowsSince(url, table, since));
    const missing = unmatched(expected, rows);
    if (missing.length === 0) return;
    if (Date.now() >= until) throw new Error(await explain(url, missing, rows, since));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Expected events without a row of their own. */
export function unmatched(
  expected: readonly ExpectedEvent[],
  rows: ReadonlyMap<string, readonly Row[]>,
): ExpectedEvent[] {
  const taken = new Set<Row>();
  return expected.filter(({ table, ...columns }) => {
    const row = rows.get(table)?.find((candidate) => !taken.has(candidate) && matches(candidate, columns));
    if (row !== undefined) taken.add(row);
    return row === undefined;
  });
}

/** SQL prints values as text; an object or a list matches JSON text that holds at least as much. */
function matches(row: Row, columns: Record<string, unknown>): boolean {
  return Object.entries(columns).every(([name, wanted]) => {
    const value = row[name];
    if (wanted === null) return value === null;
    if (typeof value !== 'string') return false;
    return typeof wanted === 'object' ? contains(parse(value), wanted) : value === String(wanted);
  });
}

function contains(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(value, wanted);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([key, part]) =>
    contains((value as Record<string, unknown>)[key], part),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function explain(
  url: string,
  missing: readonly ExpectedEvent[],
  rows: ReadonlyMap<string, readonly Row[]>,
  since: Date,
): Promise<string> {
  const rejected = await rowsSince(url, 'rejected', since);
  const lines = missing.map((event) => `missing: ${JSON.stringify(event)}`);
  for (const [table, list] of rows) {
    lines.push(`${table} has ${list.length} rows since ${since.toISOString()}, the latest:`);
    lines.push(...list.slice(0, 5).map((row) => `  ${JSON.stringify(shown(row))}`));
  }
  if (rejected.length > 0) lines.push(`${rejected.length} events were rejected, the latest:`);
  for (const { table_name, code, field, reason } of rejected.slice(0, 5)) {
    lines.push(`  ${table_name}: ${code}${field === null ? '' : ` of ${field}`}: ${reason}`);
  }
  return lines.join('\n');
}

/** Without what is null. */
function shown(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

async function rowsSince(url: string, table: string, since: Date): Promise<Row[]> {
  const from = since.toISOString().replace('T', ' ').replace('Z', '');
  const sql = `SELECT * FROM "${table.replaceAll('"', '""')}" WHERE received_at >= TIMESTAMP '${from}' ORDER BY received_at DESC LIMIT 900`;
  const { QueryExecutionId } = (await athena(url, 'StartQueryExecution', { QueryString: sql })) as {
    QueryExecutionId: string;
  };
  for (;;) {
    const { QueryExecution } = (await athena(url, 'GetQueryExecution', { QueryExecutionId })) as {
      QueryExecution: { Status: { State: string; StateChangeReason?: string } };
    };
    const { State, StateChangeReason } = QueryExecution.Status;
    if (State === 'SUCCEEDED') break;
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { ResultSet } = (await athena(url, 'GetQueryResults', { QueryExecutionId })) as {
    ResultSet: { Rows: { Data: { VarCharValue?: string }[] }[] };
  };
  const [names = [], ...rows] = ResultSet.Rows.map(({ Data }) =>
    Data.map(({ VarCharValue = null }) => VarCharValue),
  );
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])));
}

async function athena(url: string, operation: string, input: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonAthena.${operation}` },
    body: JSON.stringify(input),
  });
  const body = (await answer.json()) as { message?: string };
  if (!answer.ok) throw new Error(`${operation}: ${body.message}`);
  return body;
}
