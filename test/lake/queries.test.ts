import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { executionParameters, parseNamedQuery, queryFolders } from '../../lake/queries.ts';

const text = `-- name: example
-- purpose: An example.
-- parameter: end (timestamp, default now): end of the time
-- parameter: country (varchar, default 'NL'): where
-- parameter: end
-- parameter: minimum (integer): at least this many
SELECT '?', "?" -- ?
FROM t WHERE a < ? AND b = ? AND c > ? AND d >= ?`;

const shipped = queryFolders.flatMap((folder) =>
  readdirSync(new URL(`../../queries/${folder}/`, import.meta.url))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => `${folder}/${name}`),
);

describe("a query file's header", () => {
  it('gives name, purpose and parameters in the order of the question marks', () => {
    const query = parseNamedQuery('example.sql', text);
    expect(query).toMatchObject({ name: 'example', purpose: 'An example.', sql: text });
    expect(query.parameters.map(({ name }) => name)).toEqual(['end', 'country', 'end', 'minimum']);
    expect(query.parameters[1]).toEqual({ name: 'country', type: 'varchar', default: "'NL'", help: 'where' });
  });

  it('may say which chart shows the rows', () => {
    const charted = text.replace('-- param', '-- chart: line x=day y=orders,revenue\n-- param');
    expect(parseNamedQuery('example.sql', charted).chart).toEqual({
      kind: 'line',
      columns: { x: ['day'], y: ['orders', 'revenue'] },
    });
  });

  it.each([
    ['SELECT 1', 'needs "-- name: …" and "-- purpose: …"'],
    [text.replace('name: example', 'name: other'), "the header's name is other"],
    [
      text.replace(' (integer)', ' (int)'),
      'the parameter "minimum (int): at least this many" is not of the form',
    ],
    [text.replace('-- parameter: end\n', ''), '4 question mark(s), but 3 parameter(s)'],
    [
      text.replace('-- param', '-- chart: pie label=a\n-- param'),
      'the chart "pie label=a" is none of: line x=…',
    ],
    [text.replace('-- param', '-- chart: bars label=a\n-- param'), 'the chart "bars label=a" is none of'],
    [text.replace('-- param', '-- chart: bars label=a value=b z=c\n-- param'), 'is none of'],
  ])('is refused with the file and what is wrong (%#)', (sql, reason) => {
    expect(() => parseNamedQuery('example.sql', sql)).toThrow(reason);
    expect(() => parseNamedQuery('example.sql', sql)).toThrow('queries/example.sql');
  });

  it.each(shipped)('of %s parses', (file) => {
    const sql = readFileSync(new URL(`../../queries/${file}`, import.meta.url), 'utf8');
    expect(parseNamedQuery(path.basename(file), sql).purpose).toMatch(/\.$/);
  });
});

describe('execution parameters', () => {
  const query = parseNamedQuery('example.sql', text);
  const now = Date.parse('2024-05-01T12:00:00.500Z');
  const given = (values: Record<string, string>) =>
    executionParameters(query, new Map(Object.entries(values)), now);

  it('are SQL literals in order, defaults where nothing is given, now as a time', () => {
    const noon = "TIMESTAMP '2024-05-01 12:00:00.500'";
    expect(given({ minimum: '3' })).toEqual([noon, "'NL'", noon, '3']);
  });

  it('are quoted, so that a value stays a value', () => {
    expect(given({ minimum: '3', country: "'; DROP" })[1]).toBe("'''; DROP'");
  });

  it.each([
    ['2024-01-31', "TIMESTAMP '2024-01-31 00:00:00'"],
    ['2024-01-31T12:30Z', "TIMESTAMP '2024-01-31 12:30:00'"],
    ['2024-01-31 12:30:15.123456', "TIMESTAMP '2024-01-31 12:30:15.123456'"],
  ])('read the time %s', (end, literal) => {
    expect(given({ minimum: '1', end })[0]).toBe(literal);
  });

  it.each([
    [{}, 'example needs the parameter minimum (integer)'],
    [{ minimum: '1; DROP' }, 'parameter minimum is "1; DROP"; expected a whole number'],
    [{ minimum: '1', end: 'yesterday' }, 'expected a time in UTC'],
    [{ minimum: '1', city: 'x' }, 'example has no parameter city: it takes end, country, minimum'],
  ])('are refused with the name and what is expected: %j', (values, reason) => {
    expect(() => given(values as Record<string, string>)).toThrow(reason);
  });
});
