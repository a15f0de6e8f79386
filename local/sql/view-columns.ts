/** The columns of a view: DuckDB is asked for the types of its query, and nothing is read. */
import { quoteName } from '../../lake/duckdb.ts';
import type { Role } from '../../lake/grants.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Field } from '../../lake/types.ts';
import { checkStatement } from './cage.ts';
import type { SqlCatalog } from './catalog.ts';
import { unstored } from './column-types.ts';
import type { Database } from './database.ts';
import { fromDuckDb } from './errors.ts';
import { parseQuery, printQuery } from './parser.ts';
import { makeViews } from './relations.ts';
import { rewrite } from './rewrite.ts';
import type { Views } from './views.ts';

/** Throws a SqlError if the view cannot be read by that role. */
export async function viewColumns(
  database: Database,
  catalog: SqlCatalog,
  views: Views,
  name: string,
  role: Role,
): Promise<Field[]> {
  const session = await database.connect();
  try {
    const statement = await parseQuery(database.parser, `SELECT * FROM ${quoteName(name)}`);
    const uses = checkStatement(statement, localDatabase, views);
    await session.run('BEGIN TRANSACTION');
    await makeViews(session, database, catalog, uses, role, { onlyTypes: true });
    const sql = await printQuery(database.parser, rewrite(statement, database.templates));
    const columns = await session.describe(sql);
    return columns.map((own, at) => unstored(at + 1, own.name.toLowerCase(), own.type));
  } catch (error) {
    throw fromDuckDb(error);
  } finally {
    session.close();
  }
}
