/**
 * The view `all_events`: the clickstream together with the tables that track calls of their own name land in, and
 * every other table that says who and when. `npm run schemas` writes it to `queries/views/`.
 */
import { clickstreamTable } from './collect/clickstream.ts';
import { quoteName } from './duckdb.ts';
import type { Contract, Field } from './types.ts';

export const allEventsView = 'all_events';

/** Its columns and, for the catalog in the cloud, their types. */
const columns = {
  table_name: 'varchar',
  event_id: 'varchar',
  received_at: 'timestamp',
  type: 'varchar',
  event: 'varchar',
  user_id: 'varchar',
  anonymous_id: 'varchar',
  session_id: 'varchar',
  timestamp: 'timestamp',
};

/** The view's file. Tables come by name, the clickstream first; personal data is left out, for analysts. */
export function allEventsSql(contracts: Iterable<Contract>): string {
  const tables = [...contracts]
    .filter(isAboutSomebody)
    .sort((a, b) => rank(a) - rank(b) || (a.table < b.table ? -1 : 1));
  return `-- name: ${allEventsView}
-- purpose: Events of all tables that say who and when, the clickstream's and the typed ones, each once. Made by npm run schemas.
${Object.entries(columns)
  .map(([name, type]) => `-- column: ${name} (${type})`)
  .join('\n')}
CREATE OR REPLACE VIEW ${allEventsView} AS
SELECT table_name, event_id, received_at, type, event, user_id, anonymous_id, session_id, "timestamp"
FROM (
  SELECT *, row_number() OVER (PARTITION BY table_name, event_id ORDER BY received_at) AS copy
  FROM (
${tables.map(selectOf).join('\n    UNION ALL\n')}
  ) AS events
) AS copies
WHERE copy = 1
`;
}

function rank({ table }: Contract): number {
  return table === clickstreamTable ? 0 : 1;
}

function isAboutSomebody(contract: Contract): boolean {
  if (contract.internal) return false;
  const who = textColumn(contract, 'user_id') ?? textColumn(contract, 'anonymous_id');
  return who !== undefined && find(contract, 'timestamp')?.type.kind === 'timestamp';
}

function selectOf(contract: Contract): string {
  const { table } = contract;
  const text = (name: string) => textColumn(contract, name) ?? `CAST(NULL AS varchar) AS ${name}`;
  const columns = [
    `'${table}' AS table_name`,
    'event_id',
    'received_at',
    table === clickstreamTable ? 'type' : "'track' AS type",
    whatHappened(contract),
    text('user_id'),
    text('anonymous_id'),
    text('session_id'),
    '"timestamp"',
  ];
  return `    SELECT\n      ${columns.join(',\n      ')}\n    FROM ${quoteName(table)}`;
}

function whatHappened(contract: Contract): string {
  if (contract.table === clickstreamTable) return 'coalesce(event, name) AS event';
  if (textColumn(contract, 'event') !== undefined) return 'event';
  return `${textColumn(contract, 'event_type') ?? `'${contract.table}'`} AS event`;
}

/** The name of a column that holds text and no personal data, if the table has it. */
function textColumn(contract: Contract, name: string): string | undefined {
  const field = find(contract, name);
  return field?.type.kind === 'string' && !field.pii ? name : undefined;
}

function find({ fields }: Contract, name: string): Field | undefined {
  return fields.find((field) => field.name === name);
}
