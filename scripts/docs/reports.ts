/** The page about the reports, made of their files and of the answers that their tests expect. */
import { reportChapters } from '../../lake/page/chapters.ts';
import type { NamedQuery } from '../../lake/queries.ts';

/** An answer: parameters that differ from the defaults as `name='value'`, names of columns, rows. */
export interface Example {
  parameters: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Rows of an example that are shown. */
const rowsShown = 8;

const introduction = `# Reports

This page is made by \`npm run docs\`. Each report is a file of [queries/reports/](../queries/reports/) in Athena's SQL, the same in an AWS account and on one machine:

\`\`\`sh
npm run query -- sessions-by-day --param days=7
npm run query -- funnel --param step1=/ --param "step2=Product Viewed" --param "step3=Order Completed"
npm run query -- user-timeline --param user=ada
\`\`\`

What holds for all of them:

- They ask \`clickstream\`; those of the shop, but for orders-by-day, ask \`ecommerce_event\`, those of the application \`app_event\`.
- Each starts from one row for each \`event_id\`, the one that arrived first: what a client sent twice counts once.
- They need no column with personal data, so that an analyst may ask them.
- Times are UTC. \`end\` is now unless it is given.
- A person is a \`user_id\`, else an \`anonymous_id\`. What somebody did before logging in counts for the one who logged in, where both lie in the time that is looked at; where several people logged in on one device, for the first of them by name. Calls of alias are not followed.
- A session is the client's \`session_id\`. Where the client tells none, half an hour without an event ends it. What lies before the time that is looked at is cut off.
- Bots are left out: see [enrichment](enrichment.md), which also has the channels.

The examples are the answers that the tests expect, for the few events of [this story](../test/reports/golden/README.md).
`;

/** The page's text. Throws where a report is in no chapter, or a chapter names one that is not there. */
export function reportsPage(reports: readonly NamedQuery[], examples: ReadonlyMap<string, Example>): string {
  const named = reportChapters.flatMap(([, names]) => names);
  const lost = reports.find(({ name }) => !named.includes(name));
  if (lost !== undefined)
    throw new Error(`the report ${lost.name} is in no chapter of lake/page/chapters.ts`);
  const sections = reportChapters.map(([title, names]) => {
    const entries = names.map((name) => {
      const report = reports.find((one) => one.name === name);
      if (report === undefined) throw new Error(`there is no queries/reports/${name}.sql`);
      return describe(report, examples.get(name));
    });
    return `## ${title}\n\n${entries.join('\n')}`;
  });
  return `${introduction}\n${sections.join('\n')}`;
}

function describe({ name, purpose, parameters }: NamedQuery, example: Example | undefined): string {
  const own = parameters.filter((parameter, i) => parameters.indexOf(parameter) === i);
  const list = own.map(
    ({ name: parameter, type, default: fallback, help }) =>
      `- \`${parameter}\` (${type}${fallback === undefined ? '' : `, default \`${fallback}\``}): ${help}`,
  );
  const parts = [`### ${name}`, purpose, list.join('\n')];
  if (example !== undefined) parts.push(table(example));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function table({ parameters, columns, rows }: Example): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const shown = rows.slice(0, rowsShown);
  const rest = rows.length > rowsShown ? [`\n… and ${rows.length - rowsShown} rows more.`] : [];
  const given =
    parameters === '' ? [] : [`With ${parameters.replaceAll("'", '`').replaceAll('=`', ' = `')}:\n`];
  return [...given, line(columns), line(columns.map(() => '---')), ...shown.map(line), ...rest].join('\n');
}
