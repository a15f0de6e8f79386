/** What an account says of itself, gathered for lake/cloud/checks.ts. */
import { type AthenaClient, GetWorkGroupCommand } from '@aws-sdk/client-athena';
import { type CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeDeliveryStreamCommand, type FirehoseClient } from '@aws-sdk/client-firehose';
import {
  GetDatabaseCommand,
  GetTableCommand,
  GetTableOptimizerCommand,
  type GlueClient,
  type TableOptimizerType,
} from '@aws-sdk/client-glue';
import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import {
  type DataCellsFilter,
  type LakeFormationClient,
  ListDataCellsFilterCommand,
  ListPermissionsCommand,
  type PrincipalResourcePermissions,
  type Resource,
} from '@aws-sdk/client-lakeformation';
import type { STSClient } from '@aws-sdk/client-sts';
import {
  type DeliveryFacts,
  optimizerTypes,
  type StageFacts,
  type TableFacts,
} from '../../lake/cloud/checks.ts';
import type { GrantFacts, ViewFacts } from '../../lake/cloud/grant-checks.ts';
import type { StageOutputs } from './outputs.ts';

export interface Clients {
  sts: STSClient;
  lakeFormation: LakeFormationClient;
  glue: GlueClient;
  firehose: FirehoseClient;
  kinesis: KinesisClient;
  athena: AthenaClient;
  logs: CloudWatchLogsClient;
}

export interface ExpectedView {
  name: string;
  isForAnalysts: boolean;
}

export async function gatherStage(
  clients: Clients,
  outputs: StageOutputs,
  tables: Iterable<string>,
  views: readonly ExpectedView[],
): Promise<StageFacts> {
  const { stage, database, analystRole } = outputs;
  const workgroups = [outputs.workgroup, outputs.analystWorkgroup].filter((name) => name !== undefined);
  return {
    stage,
    database,
    analyst: analystRole,
    stream: await streamFacts(clients.kinesis, outputs.stream),
    workgroups: await Promise.all(workgroups.map((name) => workgroupFacts(clients.athena, name))),
    deliveries: await Promise.all(outputs.deliveryStreams.map((name) => deliveryFacts(clients, name))),
    tables: await inTurn(tables, (table) => tableFacts(clients, outputs, table)),
    views: await inTurn(views, (view) => viewFacts(clients, database, view)),
    engineer: outputs.engineerRole,
    onDefault: analystRole === undefined ? undefined : await onDefault(clients),
    onDatabase: analystRole === undefined ? await principalsOn(clients.lakeFormation, database) : [],
  };
}

async function onDefault({ glue, lakeFormation }: Clients): Promise<string[] | undefined> {
  const found = await orAbsent(glue.send(new GetDatabaseCommand({ Name: 'default' })));
  return found && (await principalsOn(lakeFormation, 'default'));
}

async function principalsOn(lakeFormation: LakeFormationClient, database: string): Promise<string[]> {
  const grants = await permissionsOn(lakeFormation, { Database: { Name: database } });
  return grants.map(({ Principal }) => Principal?.DataLakePrincipalIdentifier ?? '');
}

async function viewFacts(
  { glue, lakeFormation }: Clients,
  DatabaseName: string,
  { name, isForAnalysts }: ExpectedView,
): Promise<ViewFacts> {
  const found = await orAbsent(glue.send(new GetTableCommand({ DatabaseName, Name: name })));
  const isThere = found?.Table?.TableType === 'VIRTUAL_VIEW';
  const grants = isThere ? await permissionsOn(lakeFormation, { Table: { DatabaseName, Name: name } }) : [];
  const readers = grants
    .filter(({ Permissions = [] }) => Permissions.some(mayRead))
    .map(({ Principal }) => Principal?.DataLakePrincipalIdentifier ?? '');
  return { view: name, isThere, isForAnalysts, readers };
}

async function streamFacts(kinesis: KinesisClient, name: string): Promise<StageFacts['stream']> {
  const found = await orAbsent(kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name })));
  const summary = found?.StreamDescriptionSummary;
  return {
    name,
    status: summary?.StreamStatus,
    ...(summary?.EncryptionType && { encryption: summary.EncryptionType }),
  };
}

async function workgroupFacts(athena: AthenaClient, name: string): Promise<StageFacts['workgroups'][number]> {
  const found = await orAbsent(athena.send(new GetWorkGroupCommand({ WorkGroup: name })));
  return {
    name,
    state: found?.WorkGroup?.State,
    enforced: found?.WorkGroup?.Configuration?.EnforceWorkGroupConfiguration === true,
  };
}

async function deliveryFacts({ firehose, logs }: Clients, name: string): Promise<DeliveryFacts> {
  const found = await orAbsent(
    firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name })),
  );
  const description = found?.DeliveryStreamDescription;
  const iceberg = description?.Destinations?.[0]?.IcebergDestinationDescription;
  const failure = description?.FailureDescription;
  const told = [
    iceberg?.CloudWatchLoggingOptions,
    iceberg?.S3DestinationDescription?.CloudWatchLoggingOptions,
  ];
  const named = told.filter((log) => log?.Enabled === true && log.LogGroupName && log.LogStreamName);
  return {
    name,
    status: description?.DeliveryStreamStatus,
    ...(failure && { failure: `${failure.Type}: ${failure.Details}` }),
    ...(iceberg?.RoleARN && { roleArn: iceberg.RoleARN }),
    logs: await inTurn(named, async (log) => {
      const streams = await orAbsent(
        logs.send(
          new DescribeLogStreamsCommand({
            logGroupName: log!.LogGroupName,
            logStreamNamePrefix: log!.LogStreamName,
          }),
        ),
      );
      return {
        name: `${log!.LogGroupName}:${log!.LogStreamName}`,
        exists:
          streams?.logStreams?.some(({ logStreamName }) => logStreamName === log!.LogStreamName) === true,
      };
    }),
  };
}

async function tableFacts(
  { glue, lakeFormation }: Clients,
  { database }: StageOutputs,
  table: string,
): Promise<TableFacts> {
  const found = await orAbsent(glue.send(new GetTableCommand({ DatabaseName: database, Name: table })));
  const parameters = found?.Table?.Parameters ?? {};
  return {
    table,
    found: found?.Table && {
      isIceberg:
        parameters.table_type?.toUpperCase() === 'ICEBERG' && parameters.metadata_location !== undefined,
      columns: (found.Table.StorageDescriptor?.Columns ?? []).map(({ Name }) => Name ?? ''),
    },
    optimizers:
      found === undefined ? {} : await optimizerFacts(glue, found.Table?.CatalogId, database, table),
    grants: found === undefined ? undefined : await grantFacts(lakeFormation, database, table),
  };
}

async function optimizerFacts(
  glue: GlueClient,
  CatalogId: string | undefined,
  DatabaseName: string,
  TableName: string,
): Promise<TableFacts['optimizers']> {
  const all: Record<string, TableFacts['optimizers'][string]> = {};
  for (const type of optimizerTypes) {
    const found = await orAbsent(
      glue.send(
        new GetTableOptimizerCommand({
          CatalogId,
          DatabaseName,
          TableName,
          Type: type as TableOptimizerType,
        }),
      ),
    );
    if (found?.TableOptimizer === undefined) continue;
    const { configuration, lastRun } = found.TableOptimizer;
    all[type] = {
      enabled: configuration?.enabled === true,
      ...(lastRun?.eventType === 'failed' && { lastFailure: lastRun.error ?? 'no reason given' }),
    };
  }
  return all;
}

/**
 * Grants on a table, on columns of it and on rows of it (by a filter, which has columns too) are three kinds of
 * resources; an analyst has the second, or the third where a contract filters rows.
 */
async function grantFacts(
  lakeFormation: LakeFormationClient,
  DatabaseName: string,
  Name: string,
): Promise<ReadonlyMap<string, GrantFacts>> {
  const grants = new Map<string, GrantFacts>();
  const add = (
    { Principal, Permissions = [] }: PrincipalResourcePermissions,
    columns?: readonly string[],
    rows?: string,
  ) => {
    const principal = Principal?.DataLakePrincipalIdentifier ?? '';
    const before = grants.get(principal) ?? { permissions: [], columns: [], rows: [] };
    grants.set(principal, {
      permissions: [...before.permissions, ...Permissions],
      columns: seenColumns(before.columns, Permissions, columns),
      rows: Permissions.some(mayRead) ? [...before.rows, rows] : before.rows,
    });
  };
  for (const grant of await permissionsOn(lakeFormation, { Table: { DatabaseName, Name } })) {
    // Those on filters are asked for one by one: here it is not told which columns a filter has.
    if (grant.Resource?.DataCellsFilter === undefined) {
      add(grant, grant.Resource?.TableWithColumns?.ColumnNames);
    }
  }
  const { DataCellsFilters = [] } = await lakeFormation.send(
    new ListDataCellsFilterCommand({ Table: { DatabaseName, Name } }),
  );
  for (const filter of DataCellsFilters) {
    const on = { DatabaseName, TableName: Name, Name: filter.Name, TableCatalogId: filter.TableCatalogId };
    for (const grant of await permissionsOn(lakeFormation, { DataCellsFilter: on })) {
      add(grant, columnsOf(filter), filter.RowFilter?.FilterExpression);
    }
  }
  return grants;
}

/** Undefined: all columns, or all but some. */
function columnsOf({ ColumnWildcard, ColumnNames }: DataCellsFilter): readonly string[] | undefined {
  return ColumnWildcard === undefined ? ColumnNames : undefined;
}

async function permissionsOn(
  lakeFormation: LakeFormationClient,
  on: Resource,
): Promise<PrincipalResourcePermissions[]> {
  const all: PrincipalResourcePermissions[] = [];
  let token: string | undefined;
  do {
    const answer = await lakeFormation.send(
      new ListPermissionsCommand({
        ...(on.Table !== undefined && { ResourceType: 'TABLE' }),
        ...(on.Database !== undefined && { ResourceType: 'DATABASE' }),
        Resource: on,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    all.push(...(answer.PrincipalResourcePermissions ?? []));
    token = answer.NextToken;
  } while (token !== undefined);
  return all;
}

function mayRead(permission: string): boolean {
  return permission === 'SELECT' || permission === 'ALL';
}

/** Undefined: all of them. Only a right to select shows columns. */
function seenColumns(
  before: readonly string[] | undefined,
  permissions: readonly string[],
  columns: readonly string[] | undefined,
): readonly string[] | undefined {
  if (!permissions.some(mayRead)) return before;
  return before === undefined || columns === undefined ? undefined : [...before, ...columns];
}

const absences = /^(EntityNotFound|ResourceNotFound)Exception$/;

/** Undefined where AWS says that there is no such thing; everything else is thrown. */
async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { name, message } = error as Error;
    // Athena's word for a workgroup that is not there.
    if (absences.test(name) || (name === 'InvalidRequestException' && /not found/i.test(message)))
      return undefined;
    throw error;
  }
}

/** One after the other: the catalog throttles whoever asks for everything at once. */
async function inTurn<T, R>(items: Iterable<T>, ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}
