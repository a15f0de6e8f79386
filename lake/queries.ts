/**
 * The queries that ship: Athena SQL with a header that says what it is for.
 *
 *     -- name: customers-by-gender
 *     -- purpose: Customers of one country by gender.
 *     -- chart: bars label=gender value=customers
 *     -- parameter: country (varchar, default 'NL'): two-letter country code
 *     SELECT …
 *
 * Parameters stand in the order of the question marks; one that is used again stands again, by its name alone.
 * A default is a SQL literal, or `now`: the time at which the query is asked for.
 */

/** Folders of `queries/` that hold named queries; names differ across all of them. */
export const queryFolders = ['.', 'reports'] as const;

export interface NamedQuery {
  /** The file's name without `.sql`. */
  name: string;
  purpose: string;
  /** One for each question mark; the same one again where it is used again. */
  parameters: readonly QueryParameter[];
  /** How the page draws the rows; absent: as a table only. */
  chart?: QueryChart;
  /** The file's text, header included. */
  sql: string;
}

export const parameterTypes = [
  'varchar',
  'integer',
  'bigint',
  'double',
  'boolean',
  'date',
  'timestamp',
] as const;
export type ParameterType = (typeof parameterTypes)[number];

/** Which columns a chart is drawn from; where several are named, by commas, they are joined or drawn side by side. */
const chartColumns = {
  /** A line for each column of `y`, or for each value of `by`, over the times of `x`. */
  line: ['x', 'y', 'by'],
  bars: ['label', 'value'],
  /** Bars, each with its share of the first. */
  funnel: ['label', 'value'],
  /** A grid, shaded by value. */
  heat: ['row', 'column', 'value'],
  /** Bars of what followed what. */
  paths: ['label', 'value'],
} as const;

export interface QueryChart {
  kind: keyof typeof chartColumns;
  /** Names of columns, by what they are for. */
  columns: Readonly<Record<string, readonly string[]>>;
}

export interface QueryParameter {
  name: string;
  type: ParameterType;
  /** SQL literal or `now`; absent: the parameter must be given. */
  default?: string;
  help: string;
}

/** Parses a query file. Throws an Error that names the file and what its header lacks. */
export function parseNamedQuery(file: string, sql: string): NamedQuery {
  const header = sql.split('\n').filter((line) => line.startsWith('-- '));
  const values = (key: string) =>
    header.filter((line) => line.startsWith(`-- ${key}: `)).map((line) => line.slice(key.length + 5).trim());
  const [name] = values('name');
  const [purpose] = values('purpose');
  if (name === undefined || purpose === undefined) {
    throw new Error(`queries/${file}: the header needs "-- name: …" and "-- purpose: …"`);
  }
  if (`${name}.sql` !== file)
    throw new Error(`queries/${file}: the header's name is ${name}; it must be the file's`);
  const parameters: QueryParameter[] = [];
  for (const text of values('parameter')) {
    parameters.push(parameters.find((known) => known.name === text) ?? parseParameter(file, text));
  }
  const marks = countQuestionMarks(sql);
  if (marks !== parameters.length) {
    throw new Error(
      `queries/${file}: ${marks} question mark(s), but ${parameters.length} parameter(s) in the header`,
    );
  }
  const [chart] = values('chart');
  return { name, purpose, parameters, ...(chart !== undefined && { chart: parseChart(file, chart) }), sql };
}

/** `bars label=gender value=customers` */
function parseChart(file: string, text: string): QueryChart {
  const [kind = '', ...pairs] = text.split(/\s+/);
  const known: Readonly<Record<string, readonly string[]>> = chartColumns;
  const uses = known[kind];
  const columns = Object.fromEntries(
    pairs.map((pair) => [pair.split('=')[0], (pair.split('=')[1] ?? '').split(',')]),
  );
  const missing = uses?.some((use) => use !== 'by' && columns[use] === undefined);
  if (uses === undefined || missing || Object.keys(columns).some((use) => !uses.includes(use))) {
    const forms = Object.entries(known).map(
      ([name, own]) => `${name} ${own.map((use) => `${use}=…`).join(' ')}`,
    );
    throw new Error(`queries/${file}: the chart "${text}" is none of: ${forms.join('; ')}`);
  }
  return { kind: kind as QueryChart['kind'], columns };
}

/** A view that ships: `CREATE OR REPLACE VIEW name AS SELECT …`, the same text as Athena takes. */
export interface ViewDefinition {
  file: string;
  /** The file's name without `.sql`, and the view's. */
  name: string;
  purpose: string;
  select: string;
}

/** Parses a view's file. Throws an Error that names the file and what it lacks. */
export function parseView(file: string, sql: string): ViewDefinition {
  const { name, purpose } = parseNamedQuery(file, sql);
  const code = sql.replace(/^(?:\s*--[^\n]*\n)*/, '');
  const [, own, select] =
    /^\s*CREATE\s+OR\s+REPLACE\s+VIEW\s+(\w+)\s+AS\s([\s\S]+?)\s*;?\s*$/i.exec(code) ?? [];
  if (own !== name || select === undefined) {
    throw new Error(`queries/views/${file}: expected CREATE OR REPLACE VIEW ${name} AS SELECT …`);
  }
  return { file, name, purpose, select };
}

/** `country (varchar, default 'NL'): two-letter country code` */
function parseParameter(file: string, text: string): QueryParameter {
  const match = /^([a-z][a-z0-9_]*) \((\w+)(?:, default ([^)]+))?\): (.+)$/.exec(text);
  const [, name, type, fallback, help] = match ?? [];
  const known = parameterTypes.find((candidate) => candidate === type);
  if (name === undefined || help === undefined || known === undefined) {
    throw new Error(
      `queries/${file}: the parameter "${text}" is not of the form "name (type, default value): help"; types: ${parameterTypes.join(', ')}`,
    );
  }
  return { name, type: known, help, ...(fallback !== undefined && { default: fallback }) };
}

/** Outside of comments, strings and quoted names. */
function countQuestionMarks(sql: string): number {
  const code = sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '');
  return code.split('?').length - 1;
}

/**
 * The execution parameters of a query: SQL literals in order. `given`: values by parameter name, as a person
 * writes them; `now`: milliseconds since 1970, for defaults. Throws an Error that names the parameter at fault.
 */
export function executionParameters(
  query: NamedQuery,
  given: ReadonlyMap<string, string>,
  now: number,
): string[] {
  const known = new Set(query.parameters.map(({ name }) => name));
  for (const name of given.keys()) {
    if (known.has(name)) continue;
    const list = known.size === 0 ? 'it takes none' : `it takes ${[...known].join(', ')}`;
    throw new Error(`${query.name} has no parameter ${name}: ${list}`);
  }
  return query.parameters.map(({ name, type, default: fallback }) => {
    const value = given.get(name);
    if (value !== undefined) return parameterLiteral(name, type, value);
    if (fallback === undefined) throw new Error(`${query.name} needs the parameter ${name} (${type})`);
    return fallback === 'now' ? timestampLiteral(new Date(now).toISOString()) : fallback;
  });
}

const literals: Record<ParameterType, { form: RegExp; expected: string; write: (text: string) => string }> = {
  varchar: { form: /^[\s\S]*$/, expected: 'text', write: (text) => `'${text.replaceAll("'", "''")}'` },
  integer: { form: /^-?\d{1,10}$/, expected: 'a whole number', write: (text) => text },
  bigint: { form: /^-?\d{1,19}$/, expected: 'a whole number', write: (text) => text },
  double: { form: /^-?\d+(\.\d+)?([eE]-?\d+)?$/, expected: 'a number', write: (text) => `DOUBLE '${text}'` },
  boolean: { form: /^(true|false)$/, expected: 'true or false', write: (text) => text },
  date: {
    form: /^\d{4}-\d\d-\d\d$/,
    expected: 'a date such as 2024-01-31',
    write: (text) => `DATE '${text}'`,
  },
  timestamp: {
    form: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?Z?$/,
    expected: 'a time in UTC such as 2024-01-31T12:00:00Z',
    write: timestampLiteral,
  },
};

/** A value as a person writes it → SQL literal. Throws an Error that names it and what was expected. */
export function parameterLiteral(name: string, type: ParameterType, text: string): string {
  const { form, expected, write } = literals[type];
  if (form.test(text)) return write(text);
  throw new Error(`parameter ${name} is "${text}"; expected ${expected}`);
}

function timestampLiteral(text: string): string {
  const [date = '', time = ''] = text.replace('Z', '').split(/[T ]/);
  return `TIMESTAMP '${date} ${time === '' ? '00:00:00' : time.length === 5 ? `${time}:00` : time}'`;
}
