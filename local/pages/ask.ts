/** Asks SQL as anybody does, by Athena's operations, and waits for the rows. */
import type { Caller } from '../aws/caller.ts';
import type { Operations } from '../aws/json11.ts';
import type { Clock } from '../ports.ts';

export interface Answer {
  columns: string[];
  rows: (string | null)[][];
}

export type Ask = (sql: string, parameters: readonly string[], caller: Caller) => Promise<Answer>;

/** Results of at most a thousand rows. Rejects with the query's reason where it fails. */
export function asker(operations: Operations, clock: Clock): Ask {
  const call = async (name: string, input: object, caller: Caller): Promise<unknown> =>
    operations[`AmazonAthena.${name}`]!(input as Record<string, unknown>, caller);

  return async (sql, parameters, caller) => {
    const started = (await call(
      'StartQueryExecution',
      { QueryString: sql, ...(parameters.length > 0 && { ExecutionParameters: parameters }) },
      caller,
    )) as { QueryExecutionId: string };
    for (let pauseMs = 2; ; pauseMs = Math.min(100, pauseMs * 2)) {
      const { QueryExecution } = (await call('GetQueryExecution', started, caller)) as {
        QueryExecution: { Status: { State: string; StateChangeReason?: string } };
      };
      const { State, StateChangeReason } = QueryExecution.Status;
      if (State === 'SUCCEEDED') break;
      if (State === 'FAILED' || State === 'CANCELLED') throw new Error(StateChangeReason ?? State);
      await clock.sleep(pauseMs);
    }
    const { ResultSet } = (await call('GetQueryResults', started, caller)) as {
      ResultSet: { Rows: { Data: { VarCharValue?: string }[] }[] };
    };
    const [header = [], ...rows] = ResultSet.Rows.map(({ Data }) =>
      Data.map(({ VarCharValue }) => VarCharValue ?? null),
    );
    return { columns: header.map(String), rows };
  };
}
