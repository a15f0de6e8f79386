/** Text ⇄ syntax tree, by DuckDB's own parser. Nothing is run here: a parse knows no table and no function. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { stringify as formatJson, LosslessNumber, parse as parseJson } from 'lossless-json';
import type { Expression, Statement } from './ast.ts';
import { SqlError } from './errors.ts';
import { translate } from './translate.ts';

interface Serialized {
  error: boolean;
  error_type?: string;
  error_message?: string;
  statements?: Statement[];
}

/** Athena SQL → the tree of its one SELECT statement. */
export async function parseQuery(connection: DuckDBConnection, sql: string): Promise<Statement> {
  return parseDuckDb(connection, translate(sql));
}

/** As `parseQuery`, for text in DuckDB's own dialect. */
export async function parseDuckDb(connection: DuckDBConnection, sql: string): Promise<Statement> {
  const [text] = await firstRow(connection, 'SELECT json_serialize_sql($1::VARCHAR)', sql);
  const serialized = parseJson(text ?? '', undefined, exactNumber) as unknown as Serialized;
  if (serialized.error) throw new SqlError('SYNTAX_ERROR', explain(serialized, sql));
  const [statement, ...others] = serialized.statements ?? [];
  if (statement === undefined) throw new SqlError('SYNTAX_ERROR', 'the query is empty');
  if (others.length > 0) throw new SqlError('SYNTAX_ERROR', 'only one statement at a time');
  return statement;
}

/** One SQL expression, without column names of its own. */
export async function parseExpression(connection: DuckDBConnection, sql: string): Promise<Expression> {
  const { node } = await parseQuery(connection, `SELECT (${sql})`);
  const [expression, ...others] = node.select_list ?? [];
  if (expression === undefined || others.length > 0 || node.from_table?.type !== 'EMPTY') {
    throw new SqlError('SYNTAX_ERROR', `expected one expression, found ${sql}`);
  }
  return expression;
}

/** A tree → SQL text in DuckDB's dialect. */
export async function printQuery(connection: DuckDBConnection, statement: Statement): Promise<string> {
  const json = formatJson({ error: false, statements: [statement] }) ?? '';
  const [text] = await firstRow(connection, 'SELECT json_deserialize_sql($1::JSON)', json);
  return text ?? '';
}

async function firstRow(connection: DuckDBConnection, sql: string, parameter: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql, [parameter]);
  return (reader.getRows()[0] ?? []).map(String);
}

/** Constants may be 64 or 128 bits wide, and a double must not come back as an integer. */
function exactNumber(text: string): number | bigint | LosslessNumber {
  if (!/^-?\d+$/.test(text)) return new LosslessNumber(text);
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

function explain({ error_type: type, error_message: message = '' }: Serialized, sql: string): string {
  if (type === 'not implemented') {
    const verb = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? 'This';
    return `${verb} statements do not run on the local endpoint: it answers SELECT, OPTIMIZE and VACUUM; rows come in through the gateway`;
  }
  return message;
}
