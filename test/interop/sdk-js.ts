/** AWS's SDK for JavaScript, version 3, at work on the endpoint: `node --import tsx sdk-js.ts URL HOME TRUTH_FILE`. */
import { readFileSync } from 'node:fs';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import {
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordCommand as PutDirect,
} from '@aws-sdk/client-firehose';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { GetDataLakeSettingsCommand, LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler';
import { visit } from '../delivery/lakehouse.ts';

const [url, , truthFile] = process.argv.slice(2) as [string, string, string];
const truth = JSON.parse(readFileSync(truthFile, 'utf8')) as { web_log: string[] };
const credentials = { accessKeyId: 'any', secretAccessKey: 'thing' };

function check(name: string, found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  console.log(JSON.stringify({ check: name, problem: a === b ? null : `${a}; expected ${b}` }));
}

const versions = [
  ['HTTP/1.1', () => new NodeHttpHandler()],
  ['HTTP/2', () => new NodeHttp2Handler()],
] as const;

for (const [version, handler] of versions) {
  const requestHandler = handler();
  const options = { endpoint: url, region: 'us-east-1', credentials, requestHandler, maxAttempts: 1 };
  const on = (name: string): string => `${name}, over ${version}`;

  const sts = await new STSClient(options).send(new GetCallerIdentityCommand({}));
  check(on('STS: who am I'), sts.Account, '000000000000');

  const kinesis = new KinesisClient(options);
  const stream = { StreamName: 'firn-events' };
  const ids = Array.from({ length: 20 }, (_, i) => `${version}-${i}`);
  const put = await kinesis.send(
    new PutRecordsCommand({
      ...stream,
      Records: ids.map((id) => ({
        PartitionKey: id,
        Data: Buffer.from(JSON.stringify(visit(id, { event: version }))),
      })),
    }),
  );
  check(on('Kinesis: all records are taken'), put.FailedRecordCount, 0);
  const { Shards = [] } = await kinesis.send(new ListShardsCommand(stream));
  const seen: string[] = [];
  for (const { ShardId } of Shards) {
    const begin = { ...stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let iterator = (await kinesis.send(new GetShardIteratorCommand(begin))).ShardIterator;
    for (;;) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
      for (const { Data } of page.Records ?? []) seen.push(Buffer.from(Data!).toString());
      iterator = page.NextShardIterator;
      if (page.MillisBehindLatest === 0) break;
    }
  }
  check(
    on('Kinesis: a consumer finds them'),
    ids.filter((id) => !seen.some((text) => text.includes(`"${id}"`))),
    [],
  );

  const firehose = new FirehoseClient(options);
  const { DeliveryStreamNames } = await firehose.send(new ListDeliveryStreamsCommand({}));
  check(on('Firehose: delivery streams'), DeliveryStreamNames?.sort(), ['firn-direct', 'firn-events']);
  const direct = Buffer.from(JSON.stringify(visit(`${version}-direct`, { event: version })));
  await firehose.send(new PutDirect({ DeliveryStreamName: 'firn-direct', Record: { Data: direct } }));

  const glue = await new GlueClient(options).send(
    new GetTableCommand({ DatabaseName: 'firn', Name: 'web_log' }),
  );
  check(on('Glue: an Iceberg table'), glue.Table?.Parameters?.table_type, 'ICEBERG');
  const lake = await new LakeFormationClient(options).send(new GetDataLakeSettingsCommand({}));
  check(on('Lake Formation: settings'), lake.DataLakeSettings !== undefined, true);

  const athena = new AthenaClient(options);
  const all = await query(athena, `SELECT event_id FROM web_log WHERE event NOT LIKE 'HTTP%' ORDER BY 1`);
  check(on('Athena: every event that was sent'), all.sort(), truth.web_log);
  const expected = [...ids, `${version}-direct`].sort();
  let rows: string[] = [];
  for (let i = 0; i < 100 && rows.length < expected.length; i++) {
    rows = await query(athena, `SELECT event_id FROM web_log WHERE event = '${version}'`);
  }
  check(on('what was put becomes rows, once'), rows.sort(), expected);
  requestHandler.destroy();
}

/** The first column of a query's rows. */
async function query(athena: AthenaClient, sql: string): Promise<string[]> {
  const context = { Database: 'firn' };
  const started = await athena.send(
    new StartQueryExecutionCommand({ QueryString: sql, QueryExecutionContext: context }),
  );
  const id = { QueryExecutionId: started.QueryExecutionId };
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand(id));
    const state = QueryExecution?.Status?.State;
    if (state === 'SUCCEEDED') break;
    if (state === 'FAILED' || state === 'CANCELLED')
      throw new Error(QueryExecution?.Status?.StateChangeReason);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const values: string[] = [];
  for await (const page of paginateGetQueryResults({ client: athena }, id)) {
    for (const row of page.ResultSet?.Rows ?? []) values.push(row.Data?.[0]?.VarCharValue ?? '');
  }
  return values.slice(1);
}
