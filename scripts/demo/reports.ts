/** The reports of the demo, through Athena's operations, each with the command that gives it again. */
import { executionParameters } from '../../lake/queries.ts';
import { ask, openClient } from '../query/athena.ts';
import { writers } from '../query/formats.ts';
import { Output } from '../query/output.ts';
import { readQueries } from '../query/queries.ts';
import { queryLine } from '../serve.ts';

/** A query that ships, with parameters other than its defaults; or SQL. */
type Report = { title: string } & ({ name: string; parameters?: Record<string, string> } | { sql: string });

const reports: readonly Report[] = [
  { title: 'How many visits go from viewing to the cart to a purchase?', name: 'web-funnel' },
  {
    title: 'What do people look at in the shop?',
    name: 'popular-products',
    parameters: { hours: '6', limit: '5' },
  },
  {
    title: 'Which channels bring new visitors?',
    name: 'new-users-by-channel',
    parameters: { limit: '5' },
  },
  {
    title: 'Which events were rejected, and why?',
    sql: 'SELECT code, field, count(*) AS events FROM rejected GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 5',
  },
  { title: 'How many rows are in the tables, and how fresh are they?', name: 'freshness' },
];

/** Asks the lakehouse at `url` and prints the answers. */
export async function showReports(url: string, interrupted: AbortSignal): Promise<void> {
  const client = openClient(url, process.env);
  const output = new Output(process.stdout);
  for (const [i, report] of reports.entries()) {
    if (interrupted.aborted) return;
    await output.write(`\n${i + 1}. ${report.title}\n   ${queryLine(words(report), url)}\n\n`);
    await writers.table(await ask(client, await request(report)), output);
  }
}

/** What stands after `npm run query --`. */
function words(report: Report): string {
  if ('sql' in report) return `--sql "${report.sql}"`;
  const given = Object.entries(report.parameters ?? {}).map(([name, value]) => ` --param ${name}=${value}`);
  return report.name + given.join('');
}

async function request(report: Report): Promise<{ sql: string; parameters: readonly string[] }> {
  if ('sql' in report) return { sql: report.sql, parameters: [] };
  const query = (await readQueries()).find(({ name }) => name === report.name);
  if (query === undefined) throw new Error(`there is no query ${report.name}`);
  const given = new Map(Object.entries(report.parameters ?? {}));
  return { sql: query.sql, parameters: executionParameters(query, given, Date.now()) };
}
