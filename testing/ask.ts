/** Asks a lakehouse by Athena's operations. */
import {
  AthenaClient,
  type AthenaClientConfig,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';

/** A row as SQL prints it. */
export type Row = Record<string, string | null>;

/** Runs a query to all of its rows. Rejects with Athena's reason if it fails. */
export type Ask = (sql: string) => Promise<Row[]>;

/** `credentials`: absent, those of the environment (`AWS_ACCESS_KEY_ID` or a profile), else any will do. */
export function openAsk(url: string, credentials?: AthenaClientConfig['credentials']): Ask {
  const { env } = process;
  // The SDK tells of Node versions that it will leave behind some day; that is no matter of a test's.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const given = env.AWS_ACCESS_KEY_ID !== undefined || env.AWS_PROFILE !== undefined;
  // The SDK signs every request; a lakehouse without access keys checks nothing, but the SDK needs something.
  const own = given ? undefined : { accessKeyId: 'local', secretAccessKey: 'local' };
  const athena = new AthenaClient({
    endpoint: url,
    region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(own && { credentials: own }),
    ...(credentials && { credentials }),
  });
  return async (sql) => {
    const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString: sql }));
    await finished(athena, QueryExecutionId!);
    const rows: Row[] = [];
    let names: string[] | undefined;
    let NextToken: string | undefined;
    do {
      const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
      const values = (page.ResultSet?.Rows ?? []).map(({ Data = [] }) =>
        Data.map(({ VarCharValue }) => VarCharValue ?? null),
      );
      // The first row of all has the names.
      names ??= (values.shift() ?? []).map(String);
      for (const row of values) rows.push(Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return rows;
  };
}

async function finished(athena: AthenaClient, id: string): Promise<void> {
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return;
    if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason ?? State);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
