/**
 * For tests of one's own tracking, in Vitest, Playwright or anything else: drive the site, then
 * `await assertEvents('http://127.0.0.1:4566', [{ table: 'clickstream', event: 'Order Completed' }])`.
 * Asks as everybody does, by Athena's operations, signed with the environment's AWS credentials.
 */
import { type Ask, openAsk, type Row } from './ask.ts';

/** What a row must hold: a table, and columns with the values that they have in JSON. */
export type ExpectedEvent = { table: string } & Record<string, unknown>;

export interface AssertOptions {
  /** Only rows that arrived since then count; default: a minute ago. */
  since?: Date;
  /** How long to wait for rows, ms; default 5,000. */
  withinMs?: number;
  /** An access key (`npm run keys`); default: what the AWS SDK finds in the environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** Rows of a table that are shown where something is missing. */
const shownRows = 5;

/**
 * Resolves when every expected event is a row; two equal ones need two rows. Rejects, after the wait, with what is
 * missing, what came instead, and what was rejected meanwhile, and why. Rejects at once for a table or a column
 * that is not there.
 */
export async function assertEvents(
  url: string,
  expected: readonly ExpectedEvent[],
  { since = new Date(Date.now() - 60_000), withinMs = 5_000, credentials }: AssertOptions = {},
): Promise<void> {
  const until = Date.now() + withinMs;
  const ask = openAsk(url, credentials);
  const tables = [...new Set(expected.map(({ table }) => table))];
  for (;;) {
    const rows = new Map<string, Row[]>();
    for (const table of tables) rows.set(table, await ask(candidates(table, expected, since)));
    const missing = unmatched(expected, rows);
    if (missing.length === 0) return;
    if (Date.now() >= until) throw new Error(await explain(ask, missing, since));
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

/**
 * The rows that an expected event could be. What is a text is asked for, so that an event is found among any number
 * of others; numbers and JSON have several spellings, and are compared here.
 */
export function candidates(table: string, expected: readonly ExpectedEvent[], since: Date): string {
  const wanted = expected
    .filter((event) => event.table === table)
    .map(({ table: _, ...columns }) => {
      const texts = Object.entries(columns).filter(([, value]) => typeof value === 'string');
      const terms = texts.map(
        ([name, value]) => `CAST(${quoted(name)} AS varchar) = ${literal(String(value))}`,
      );
      return terms.length === 0 ? 'true' : `(${terms.join(' AND ')})`;
    });
  return `SELECT * FROM ${quoted(table)} WHERE ${arrived(since)} AND (${wanted.join(' OR ')})`;
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

async function explain(ask: Ask, missing: readonly ExpectedEvent[], since: Date): Promise<string> {
  const lines = missing.map((event) => `missing: ${JSON.stringify(event)}`);
  for (const table of new Set(missing.map((event) => event.table))) {
    const [total] = await ask(`SELECT count(*) AS n FROM ${quoted(table)} WHERE ${arrived(since)}`);
    lines.push(`${table} has ${total?.n ?? 0} rows since ${since.toISOString()}, the latest:`);
    const order = `ORDER BY received_at DESC LIMIT ${shownRows}`;
    const latest = await ask(`SELECT * FROM ${quoted(table)} WHERE ${arrived(since)} ${order}`);
    lines.push(...latest.map((row) => `  ${JSON.stringify(shown(row))}`));
  }
  const ids = missing.flatMap(({ event_id }) => (typeof event_id === 'string' ? [literal(event_id)] : []));
  // What was asked for by its id comes first.
  const first = ids.length === 0 ? '' : `CASE WHEN event_id IN (${ids.join(', ')}) THEN 0 ELSE 1 END, `;
  const rejected = await ask(
    `SELECT event_id, table_name, code, field, reason, count(*) OVER () AS n FROM rejected WHERE ${arrived(since)} ORDER BY ${first}received_at DESC LIMIT ${shownRows}`,
  );
  if (rejected.length > 0) lines.push(`${rejected[0]!.n} events were rejected, such as:`);
  for (const { event_id, table_name, code, field, reason } of rejected) {
    lines.push(`  ${event_id} for ${table_name}: ${code}${field === null ? '' : ` of ${field}`}: ${reason}`);
  }
  return lines.join('\n');
}

/** Without what is null. */
function shown(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

function arrived(since: Date): string {
  return `received_at >= TIMESTAMP '${since.toISOString().replace('T', ' ').replace('Z', '')}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
