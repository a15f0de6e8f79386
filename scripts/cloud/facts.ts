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
import type { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import type { STSClient } from '@aws-sdk/client-sts';
import {
  type DeliveryFacts,
  optimizerTypes,
  type StageFacts,
  type TableFacts,
} from '../../lake/cloud/checks.ts';
import type { ViewFacts } from '../../lake/cloud/grant-checks.ts';
import { inTurn, orAbsent } from './ask.ts';
import { granteeOf, grantFacts, mayRead, permissionsOn, principalsOn } from './grant-facts.ts';
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
    views: await inTurn(views, (view) => viewFacts(clients, outputs, view)),
    engineer: outputs.engineerRole,
    onDefault: analystRole === undefined ? undefined : await onDefault(clients),
    onDatabase:
      analystRole === undefined
        ? await principalsOn(clients.lakeFormation, { Database: { Name: database } })
        : undefined,
  };
}

async function onDefault({ glue, lakeFormation }: Clients): Promise<string[] | undefined> {
  const found = await orAbsent(glue.send(new GetDatabaseCommand({ Name: 'default' })));
  if (found === undefined) return undefined;
  return (await permissionsOn(lakeFormation, { Database: { Name: 'default' } })).map(granteeOf);
}

async function viewFacts(
  { glue, lakeFormation }: Clients,
  { database: DatabaseName, analystRole }: StageOutputs,
  { name, isForAnalysts }: ExpectedView,
): Promise<ViewFacts> {
  const found = await orAbsent(glue.send(new GetTableCommand({ DatabaseName, Name: name })));
  const isThere = found?.Table?.TableType === 'VIRTUAL_VIEW';
  if (!isThere || analystRole === undefined) return { view: name, isThere, isForAnalysts, readers: [] };
  const grants = await permissionsOn(lakeFormation, { Table: { DatabaseName, Name: name } });
  const readers = grants.filter(({ Permissions = [] }) => Permissions.some(mayRead)).map(granteeOf);
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
  { database, analystRole }: StageOutputs,
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
    ...(found !== undefined && analystRole !== undefined
      ? { grants: await grantFacts(lakeFormation, database, table) }
      : {}),
    ...(found !== undefined && analystRole === undefined
      ? {
          principals: await principalsOn(lakeFormation, {
            Table: { DatabaseName: database, Name: table },
          }),
        }
      : {}),
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
