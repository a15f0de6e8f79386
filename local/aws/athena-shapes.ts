/** Executions and results in the shapes of Athena's API. Times are seconds since 1970. */
import type { Execution, SqlEngine } from '../sql/engine.ts';
import type { ColumnInfo } from '../sql/format.ts';
import { athenaStatement } from '../sql/statement.ts';
import { invalid } from './input.ts';
import { resultsBucket } from './workgroups.ts';

/** `QueryExecution` */
export function describeExecution(execution: Execution): object {
  const { submittedAt, startedAt, plannedAt, completedAt, error, note } = execution;
  const { type, subtype } = athenaStatement(execution.sql);
  const isLines = execution.format === 'txt' && execution.columns.length > 0;
  const until = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? 0 : Math.max(0, to - from);
  return {
    QueryExecutionId: execution.id,
    Query: execution.sql,
    // A prepared statement may be SHOW: what answers in lines is a utility, whatever it begins with.
    StatementType: isLines ? 'UTILITY' : type,
    SubstatementType: subtype,
    ResultConfiguration: { OutputLocation: outputLocation(execution) },
    QueryExecutionContext: { Database: execution.database, Catalog: 'awsdatacatalog' },
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    ...(execution.parameters.length > 0 && { ExecutionParameters: execution.parameters }),
    Status: {
      State: execution.state,
      SubmissionDateTime: submittedAt / 1000,
      ...(completedAt !== undefined && { CompletionDateTime: completedAt / 1000 }),
      ...(note !== undefined && { StateChangeReason: note }),
      ...(error !== undefined && {
        StateChangeReason: `${error.code}: ${error.message}`,
        AthenaError: {
          ErrorCategory: error.athena.category,
          ErrorType: error.athena.type,
          ErrorMessage: `${error.code}: ${error.message}`,
          Retryable: false,
        },
      }),
    },
    Statistics: {
      EngineExecutionTimeInMillis: until(startedAt, completedAt),
      QueryQueueTimeInMillis: until(submittedAt, startedAt),
      QueryPlanningTimeInMillis: until(startedAt, plannedAt),
      TotalExecutionTimeInMillis: until(submittedAt, completedAt),
      DataScannedInBytes: execution.bytesScanned,
    },
  };
}

/** `GetQueryResults`: the first row of the first page holds the column names, as Athena does for SELECT. */
export async function resultPage(
  engine: SqlEngine,
  execution: Execution,
  rowsMax: number,
  token: string | undefined,
): Promise<object> {
  const { id, state, columns, format } = execution;
  if (state === 'QUEUED' || state === 'RUNNING')
    throw invalid(`Query has not yet finished. Current state: ${state}`);
  if (state !== 'SUCCEEDED') throw invalid(`Query did not finish successfully. Final query state: ${state}`);
  const hasHeader = token === undefined && format === 'csv' && columns.length > 0;
  const header = hasHeader ? [columns.map(({ name }) => name)] : [];
  const page = await engine.results(id, offsetOf(token, id), rowsMax - header.length);
  const rows = [...header, ...page.rows].map((row) => ({
    Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
  }));
  return {
    UpdateCount: 0,
    ResultSet: { Rows: rows, ResultSetMetadata: { ColumnInfo: columns.map(describeColumn) } },
    ...(page.next !== undefined && { NextToken: `${id}:${page.next}` }),
  };
}

/** Where the result's file is, in S3's words. */
function outputLocation({ id, format }: Execution): string {
  return `s3://${resultsBucket}/${id}.${format}`;
}

/**
 * `QueryRuntimeStatistics`. Without what is not about time where rows are hidden (API reference,
 * "GetQueryRuntimeStatistics").
 */
export function runtimeStatistics(execution: Execution): object {
  const { Statistics } = describeExecution(execution) as { Statistics: Record<string, number> };
  const { DataScannedInBytes, ...timeline } = Statistics;
  return {
    Timeline: { ...timeline, ServiceProcessingTimeInMillis: 0 },
    ...(execution.rowsScanned !== undefined && {
      Rows: {
        InputRows: execution.rowsScanned,
        InputBytes: DataScannedInBytes,
        OutputRows: execution.rows,
        OutputBytes: execution.bytes,
      },
    }),
  };
}

function offsetOf(token: string | undefined, id: string): number {
  if (token === undefined) return 0;
  const [execution, offset = ''] = token.split(':');
  if (execution === id && /^\d+$/.test(offset)) return Number(offset);
  throw invalid('NextToken is not one that this query gave');
}

function describeColumn({ name, type, precision, scale }: ColumnInfo): object {
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: type,
    Precision: precision,
    Scale: scale,
    Nullable: 'UNKNOWN',
    CaseSensitive: type === 'varchar',
  };
}
