/** Athena's operations over the local SQL engine (Amazon Athena API reference, 2017-05-18). */
import { narrow } from '../../lake/grants.ts';
import type { NamedQuery } from '../../lake/queries.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { Execution, SqlEngine } from '../sql/engine.ts';
import { forReaders } from './access.ts';
import { metadataOperations } from './athena-metadata.ts';
import { preparedOperations } from './athena-prepared.ts';
import { describeExecution, resultPage, runtimeStatistics } from './athena-shapes.ts';
import type { Caller } from './caller.ts';
import { invalid, optionalInteger, optionalText, requiredText, structure, textList } from './input.ts';
import type { Input, Operations } from './json11.ts';
import { namedQueryOperations } from './named-queries.ts';
import { pageOf } from './paging.ts';
import { knownWorkGroup, workGroupOperations } from './workgroups.ts';

export function athenaOperations(engine: SqlEngine, queries: readonly NamedQuery[]): Operations {
  return forReaders({
    ...executionOperations(engine),
    ...preparedOperations(engine.prepared),
    ...metadataOperations(engine.metastore),
    ...workGroupOperations,
    ...namedQueryOperations(queries),
  });
}

function executionOperations(engine: SqlEngine): Operations {
  /** Requests by role and ClientRequestToken, so that a repeated start is one execution. */
  const started = new Map<string, { id: string; request: string }>();

  function startQueryExecution(input: Input, caller: Caller): object {
    const sql = requiredText(input, 'QueryString', { max: 262_144 });
    const given = optionalText(input, 'ClientRequestToken', { min: 32, max: 128 });
    const context = structure(input, 'QueryExecutionContext');
    const catalog = optionalText(context, 'Catalog', { max: 256 }) ?? 'awsdatacatalog';
    if (catalog.toLowerCase() !== 'awsdatacatalog')
      throw invalid(`Catalog ${catalog} is not found: use AwsDataCatalog`);
    // Some clients (awswrangler) quote the name for Hive.
    const named = (optionalText(context, 'Database', { max: 255 }) ?? localDatabase).replace(
      /^`(.+)`$/,
      '$1',
    );
    const database = named.toLowerCase();
    const workGroup = knownWorkGroup(input);
    const role = narrow(caller.role, workGroup);
    const parameters = textList(input, 'ExecutionParameters', 1000);
    const request = JSON.stringify([sql, database, workGroup, parameters]);
    const token = given && `${role} ${given}`;
    const earlier = token === undefined ? undefined : started.get(token);
    if (earlier !== undefined && engine.execution(earlier.id) !== undefined) {
      if (earlier.request === request) return { QueryExecutionId: earlier.id };
      throw invalid('Idempotent parameters do not match: this ClientRequestToken started another query');
    }
    const id = engine.start({ sql, parameters, database, workGroup, role });
    if (token !== undefined) started.set(token, { id, request });
    // The SDK makes a token for every start; those of forgotten executions are of no use any more.
    for (const [known, { id: other }] of started)
      if (engine.execution(other) === undefined) started.delete(known);
    return { QueryExecutionId: id };
  }

  /** An execution that the caller may see; others are not there. */
  function find(id: string, caller: Caller): Execution | undefined {
    const found = engine.execution(id);
    return found !== undefined && isFor(found, caller) ? found : undefined;
  }

  function execution(input: Input, caller: Caller): Execution {
    const id = requiredText(input, 'QueryExecutionId');
    const found = find(id, caller);
    if (found === undefined) throw invalid(`QueryExecution ${id} was not found`);
    return found;
  }

  return {
    'AmazonAthena.StartQueryExecution': startQueryExecution,
    'AmazonAthena.GetQueryExecution': (input, caller) => ({
      QueryExecution: describeExecution(execution(input, caller)),
    }),
    'AmazonAthena.BatchGetQueryExecution': (input, caller) => {
      const ids = textList(input, 'QueryExecutionIds', 50);
      const found = ids.flatMap((id) => find(id, caller) ?? []);
      const missing = ids.filter((id) => find(id, caller) === undefined);
      return {
        QueryExecutions: found.map(describeExecution),
        UnprocessedQueryExecutionIds: missing.map((id) => ({
          QueryExecutionId: id,
          ErrorCode: 'InvalidRequestException',
          ErrorMessage: `QueryExecution ${id} was not found`,
        })),
      };
    },
    'AmazonAthena.ListQueryExecutions': (input, caller) => {
      const workGroup = knownWorkGroup(input);
      const own = engine
        .executions()
        .filter((found) => found.workGroup === workGroup && isFor(found, caller));
      const { items, next } = pageOf(own, ({ id }) => id, input, 50);
      return { QueryExecutionIds: items.map(({ id }) => id), ...next };
    },
    'AmazonAthena.StopQueryExecution': (input, caller) => {
      engine.stop(execution(input, caller).id);
      return {};
    },
    'AmazonAthena.GetQueryResults': (input, caller) => {
      const found = execution(input, caller);
      const rowsMax = optionalInteger(input, 'MaxResults', 1, 1000) ?? 1000;
      const token = optionalText(input, 'NextToken', { max: 1024 });
      return resultPage(engine, found, rowsMax, token);
    },
    'AmazonAthena.GetQueryRuntimeStatistics': (input, caller) => ({
      QueryRuntimeStatistics: runtimeStatistics(execution(input, caller)),
    }),
  };
}

/** Text, errors and rows of an execution may hold what its role could see: an engineer sees all of them. */
export function isFor(execution: Pick<Execution, 'role'>, { role }: Caller): boolean {
  return role === 'engineer' || execution.role === role;
}
