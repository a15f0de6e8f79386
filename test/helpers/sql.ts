/** Rows by SQL from a running lakehouse, through Athena's own operations. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';

/** The first thousand rows of a statement, as text. Throws with the endpoint's own reason. */
export async function sqlOn(url: string, sql: string): Promise<(string | null)[][]> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const athena = new AthenaClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString: sql }));
    for (;;) {
      const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const { State, StateChangeReason } = QueryExecution!.Status!;
      if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason);
      if (State === 'SUCCEEDED') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }));
    const [, ...rows] = ResultSet!.Rows!;
    return rows.map(({ Data }) => Data!.map(({ VarCharValue }) => VarCharValue ?? null));
  } finally {
    athena.destroy();
  }
}
