/** `npm run query`: flags → execution → rows on standard output; everything else goes to standard error. */
import { analystWorkGroup } from '../../lake/grants.ts';
import { executionParameters, type NamedQuery } from '../../lake/queries.ts';
import { type Command, UsageError } from '../cli.ts';
import { stageOutputs } from '../cloud/outputs.ts';
import { type Answer, ask, openClient } from './athena.ts';
import { writers } from './formats.ts';
import { cellMax, Output } from './output.ts';
import { readQueries } from './queries.ts';

const flags = {
  param: { type: 'list', value: 'name=value', help: 'a parameter of the query; may be given more than once' },
  sql: { type: 'string', value: 'text', help: 'a statement of your own, instead of a name' },
  list: { type: 'boolean', help: 'show the queries that ship, with their parameters' },
  format: {
    type: 'string',
    choices: ['table', 'json', 'csv'],
    default: 'table',
    help: 'how rows are printed',
  },
  as: {
    type: 'string',
    choices: ['analyst'],
    help: 'see what an analyst sees, who is not shown personal data',
  },
  stage: { type: 'string', value: 'name', help: 'a stage that was deployed, instead of the local lakehouse' },
  endpoint: {
    type: 'string',
    value: 'url',
    help: 'where Athena answers; "aws" for the cloud (default AWS_ENDPOINT_URL, else the local lakehouse)',
  },
} as const;

export const queryCommand: Command<typeof flags> = {
  name: 'npm run query --',
  summary: 'Runs a query on the lakehouse and prints its rows. CSV is RFC 4180 with LF line ends.',
  flags,
  words: { value: '[name]', help: 'a query of queries/; see --list', max: 1 },
  examples: [
    'npm run query -- events-by-hour --param hours=6',
    'npm run query -- --stage dev total-events',
    'npm run query -- --sql "SELECT event, count(*) FROM web_log GROUP BY 1" --format csv',
  ],
  async run({ param, sql, list, format, as, stage, endpoint }, [name]) {
    const queries = await readQueries();
    const output = new Output(process.stdout);
    if (list) {
      await output.write(describeQueries(queries));
      return 0;
    }
    const request = chooseQuery(queries, name, sql, parseParameters(param));
    const where = await placeOf(stage, as === 'analyst');
    const client = openClient(endpoint ?? where.endpoint, process.env, where.region, where.role);
    const answer = await ask(client, { ...request, ...where.question });
    await writers[format as keyof typeof writers](answer, output);
    if (output.cut) console.error(`cells are cut at ${cellMax} characters; --format csv has all of them`);
    console.error(summary(answer));
    return 0;
  },
};

interface Where {
  endpoint?: string;
  region?: string;
  role?: string;
  question: { workGroup?: string; database?: string };
}

/** Of a stage, columns are hidden from the analyst's role, whatever the workgroup; here, in the analyst's workgroup. */
async function placeOf(stage: string | undefined, asAnalyst: boolean): Promise<Where> {
  if (stage === undefined) return { question: asAnalyst ? { workGroup: analystWorkGroup } : {} };
  const { region, database, workgroup, analystWorkgroup, analystRole } = await stageOutputs(
    stage,
    process.env,
  );
  if (!asAnalyst) return { endpoint: 'aws', region, question: { workGroup: workgroup, database } };
  if (analystWorkgroup === undefined || analystRole === undefined) {
    throw new UsageError(
      `the stage ${stage} has no analyst: IAM alone decides there, which hides no columns`,
    );
  }
  return {
    endpoint: 'aws',
    region,
    role: analystRole,
    question: { workGroup: analystWorkgroup, database },
  };
}

function chooseQuery(
  queries: readonly NamedQuery[],
  name: string | undefined,
  sql: string | undefined,
  given: ReadonlyMap<string, string>,
): { sql: string; parameters: string[] } {
  if ((name === undefined) === (sql === undefined))
    throw new UsageError('give the name of a query, or --sql');
  if (sql !== undefined) {
    if (given.size > 0)
      throw new UsageError('--param goes with a query by name; put values into --sql itself');
    return { sql, parameters: [] };
  }
  // `total_events` is how some know it; files have hyphens.
  const query = queries.find((candidate) => candidate.name === name?.replaceAll('_', '-'));
  if (query === undefined) {
    throw new UsageError(
      `there is no query "${name}"${suggestion(queries, name!)} (npm run query -- --list shows all)`,
    );
  }
  try {
    return { sql: query.sql, parameters: executionParameters(query, given, Date.now()) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The names that share the most words with this one; none, if none shares any. */
function suggestion(queries: readonly NamedQuery[], name: string): string {
  const words = name
    .toLowerCase()
    .split(/[^a-z]+/)
    .map((word) => word.replace(/s$/, ''))
    .filter((word) => word.length > 2);
  const shared = queries.map((known) => words.filter((word) => known.name.includes(word)).length);
  const most = Math.max(...shared);
  if (most === 0) return '';
  const close = queries.filter((_, i) => shared[i] === most).map((known) => known.name);
  return `; did you mean ${close.join(', ')}?`;
}

function parseParameters(texts: readonly string[]): Map<string, string> {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--param is "${text}"; expected name=value`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return new Map(pairs);
}

function describeQueries(queries: readonly NamedQuery[]): string {
  return queries
    .flatMap(({ name, purpose, parameters }) => [
      `${name}\n    ${purpose}`,
      ...[...new Set(parameters)].map(
        ({ name: parameter, type, default: fallback, help }) =>
          `    --param ${parameter}=<${type}>  ${help}${fallback === undefined ? '' : ` (default ${fallback})`}`,
      ),
    ])
    .join('\n')
    .concat('\n');
}

function summary({ rowCount, milliseconds, bytesScanned }: Answer): string {
  const size =
    bytesScanned < 1e6 ? `${(bytesScanned / 1e3).toFixed(1)} kB` : `${(bytesScanned / 1e6).toFixed(1)} MB`;
  return `${rowCount} row${rowCount === 1 ? '' : 's'}, ${milliseconds} ms, ${size} scanned`;
}
