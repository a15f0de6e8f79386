/** The views that ship, parsed and checked at start. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { Fault } from '../../lake/errors.ts';
import type { ViewDefinition } from '../../lake/queries.ts';
import type { TableRef } from './ast.ts';
import { checkStatement } from './cage.ts';
import { parseQuery } from './parser.ts';
import { noViews, type Views } from './views.ts';

/** Parses views. Throws a Fault that names the file of one that is not a SELECT over tables. */
export async function parseViews(
  connection: DuckDBConnection,
  definitions: readonly ViewDefinition[],
  database: string,
): Promise<Views> {
  const views = new Map<string, TableRef>();
  for (const { name, file, select } of definitions) {
    try {
      const statement = await parseQuery(connection, `SELECT * FROM (${select}\n) AS ${name}`);
      checkStatement(statement, database, noViews);
      views.set(name.toLowerCase(), statement.node.from_table!);
    } catch (error) {
      throw new Fault(`queries/views/${file}: ${(error as Error).message}`);
    }
  }
  return views;
}
