/** Athena's operations over the local SQL engine (Amazon Athena API reference, 2017-05-18). */
import type { NamedQuery } from '../../lake/queries.ts';
import { localDatabase } from '../../lake/settings.ts';
import type { SqlEngine } from '../sql/engine.ts';
import { describeExecution, resultPage } from './athena-shapes.ts';
import { invalid, optionalInteger, optionalText, requiredText, structure, textList } from './input.ts';
import type { Input, Operations } from './json11.ts';
import { namedQueryOperations } from './named-queries.ts';

/** Workgroups exist by name only: locally they share one engine. */
export const workGroups = ['primary', localDatabase] as const;

export function athenaOperations(engine: SqlEngine, queries: readonly NamedQuery[]): Operations {
  /** Requests by ClientRequestToken, so that a repeated start is one execution. */
  const started = new Map<string, { id: string; request: string }>();

  function startQueryExecution(input: Input): object {
    const sql = requiredText(input, 'QueryString', { max: 262_144 });
    const token = optionalText(input, 'ClientRequestToken', { min: 32, max: 128 });
    const context = structure(input, 'QueryExecutionContext');
    const catalog = optionalText(context, 'Catalog', { max: 256 }) ?? 'awsdatacatalog';
    if (catalog.toLowerCase() !== 'awsdatacatalog')
      throw invalid(`Catalog ${catalog} is not found: use AwsDataCatalog`);
    const database = (optionalText(context, 'Database', { max: 255 }) ?? localDatabase).toLowerCase();
    const workGroup = knownWorkGroup(input);
    const parameters = textList(input, 'ExecutionParameters', 1000);
    const request = JSON.stringify([sql, database, workGroup, parameters]);
    const earlier = token === undefined ? undefined : started.get(token);
    if (earlier !== undefined && engine.execution(earlier.id) !== undefined) {
      if (earlier.request === request) return { QueryExecutionId: earlier.id };
      throw invalid('Idempotent parameters do not match: this ClientRequestToken started another query');
    }
    const id = engine.start({ sql, parameters, database, workGroup, role: 'engineer' });
    if (token !== undefined) started.set(token, { id, request });
    // The SDK makes a token for every start; those of forgotten executions are of no use any more.
    for (const [known, { id: other }] of started)
      if (engine.execution(other) === undefined) started.delete(known);
    return { QueryExecutionId: id };
  }

  function execution(input: Input) {
    const id = requiredText(input, 'QueryExecutionId');
    const found = engine.execution(id);
    if (found === undefined) throw invalid(`QueryExecution ${id} was not found`);
    return found;
  }

  return {
    'AmazonAthena.StartQueryExecution': startQueryExecution,
    'AmazonAthena.GetQueryExecution': (input) => ({ QueryExecution: describeExecution(execution(input)) }),
    'AmazonAthena.StopQueryExecution': (input) => {
      engine.stop(execution(input).id);
      return {};
    },
    'AmazonAthena.GetQueryResults': (input) => {
      const found = execution(input);
      const rowsMax = optionalInteger(input, 'MaxResults', 1, 1000) ?? 1000;
      const token = optionalText(input, 'NextToken', { max: 1024 });
      return resultPage(engine, found, rowsMax, token);
    },
    'AmazonAthena.GetWorkGroup': (input) => ({ WorkGroup: describeWorkGroup(knownWorkGroup(input)) }),
    ...namedQueryOperations(queries),
  };
}

/** The workgroup that a request names; `primary` if none. */
function knownWorkGroup(input: Input): string {
  const name = optionalText(input, 'WorkGroup') ?? workGroups[0];
  if (workGroups.some((known) => known === name)) return name;
  throw invalid(`WorkGroup ${name} is not found; there are ${workGroups.join(' and ')}`);
}

function describeWorkGroup(name: string): object {
  return {
    Name: name,
    State: 'ENABLED',
    Description: 'Queries on this machine',
    Configuration: {
      EnforceWorkGroupConfiguration: true,
      PublishCloudWatchMetricsEnabled: false,
      RequesterPaysEnabled: false,
      EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    },
  };
}
