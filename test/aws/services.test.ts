/** Athena, Glue, Lake Formation and S3 as other people's clients see them: signed, against a whole lakehouse. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  BatchGetPreparedStatementCommand,
  BatchGetQueryExecutionCommand,
  CreatePreparedStatementCommand,
  DeletePreparedStatementCommand,
  GetDatabaseCommand as GetAthenaDatabaseCommand,
  GetDataCatalogCommand,
  GetPreparedStatementCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetQueryRuntimeStatisticsCommand,
  GetTableMetadataCommand,
  GetWorkGroupCommand,
  ListDatabasesCommand,
  ListDataCatalogsCommand,
  ListPreparedStatementsCommand,
  ListQueryExecutionsCommand,
  ListTableMetadataCommand,
  ListWorkGroupsCommand,
  StartQueryExecutionCommand,
  UpdatePreparedStatementCommand,
} from '@aws-sdk/client-athena';
import {
  GetDatabaseCommand,
  GetDatabasesCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetTablesCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import { GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import {
  GetDataLakeSettingsCommand,
  GetEffectivePermissionsForPathCommand,
  LakeFormationClient,
  ListPermissionsCommand,
} from '@aws-sdk/client-lakeformation';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, tableGrants } from '../../lake/grants.ts';
import { localWriteKey, parseSettings } from '../../lake/settings.ts';
import { makeKey, revokeKey } from '../../local/keys.ts';
import { type Runtime, startRuntime } from '../../local/runtime.ts';
import { contracts } from '../../schemas/index.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';

const home = makeTemporaryFolder();
const ip = '203.0.113.77';
let runtime: Runtime;

interface Clients {
  athena: AthenaClient;
  glue: GlueClient;
  lakeFormation: LakeFormationClient;
  s3: S3Client;
}
const clients = new Map<Role, Clients>();

beforeAll(async () => {
  runtime = await startRuntime({
    home: home.path,
    writeKey: localWriteKey,
    note: () => {},
    onFault: () => {},
    settings: parseSettings({ port: 0, bufferMs: 50, bufferIdleMs: 10 }),
  });
  for (const role of ['engineer', 'analyst', 'writer'] as const) {
    const { accessKeyId, secretAccessKey } = makeKey(home.path, role, 'test', 0);
    const options = {
      endpoint: runtime.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    };
    clients.set(role, {
      athena: new AthenaClient(options),
      glue: new GlueClient(options),
      lakeFormation: new LakeFormationClient(options),
      s3: new S3Client({ ...options, endpoint: `${runtime.url}/s3`, forcePathStyle: true }),
    });
  }
  const event = {
    user_id: 'ada',
    session_id: 's',
    event: 'visit',
    ip,
    hostname: 'shop.example',
    timestamp: new Date().toISOString(),
    uri: '/a,"b"',
  };
  const answer = await fetch(`${runtime.url}/v1/streams/firn-events/record`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': localWriteKey },
    body: JSON.stringify({ PartitionKey: 'a', Data: event }),
  });
  expect(answer.status).toBe(200);
  while ((await ask('engineer', 'SELECT count(*) FROM web_log')).rows[0]?.[0] !== '1') await sleep(20);
}, 60_000);

afterAll(async () => {
  for (const own of clients.values()) for (const client of Object.values(own)) client.destroy();
  await runtime.stop();
  home.remove();
});

const of = (role: Role): Clients => clients.get(role)!;

/** Runs a query to its end: its rows without the header, and where its file is. */
async function ask(role: Role, sql: string, options: { workGroup?: string; parameters?: string[] } = {}) {
  const { athena } = of(role);
  const { QueryExecutionId: id } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: options.workGroup ?? 'firn',
      ...(options.parameters && { ExecutionParameters: options.parameters }),
    }),
  );
  for (;;) {
    const { QueryExecution: execution } = await athena.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    const { State: state, StateChangeReason: reason } = execution!.Status!;
    if (state === 'FAILED') throw new Error(reason);
    if (state === 'SUCCEEDED') {
      const { ResultSet: set } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
      const rows = set!.Rows!.map(({ Data }) => Data!.map(({ VarCharValue }) => VarCharValue));
      const isUtility = execution!.StatementType === 'UTILITY';
      const location = execution!.ResultConfiguration!.OutputLocation!;
      return { id: id!, rows: isUtility ? rows : rows.slice(1), location };
    }
    await sleep(10);
  }
}

async function readObject(role: Role, location: string): Promise<string> {
  const { hostname: Bucket, pathname } = new URL(location);
  const { Body } = await of(role).s3.send(new GetObjectCommand({ Bucket, Key: pathname.slice(1) }));
  return Body!.transformToString();
}

describe('Athena', () => {
  it('the role is the key’s, and a workgroup narrows it', async () => {
    const sql = 'SELECT * FROM web_log';
    expect(JSON.stringify((await ask('engineer', sql)).rows)).toContain(ip);
    expect(JSON.stringify((await ask('analyst', sql)).rows)).not.toContain(ip);
    expect(JSON.stringify((await ask('engineer', sql, { workGroup: 'firn-analyst' })).rows)).not.toContain(
      ip,
    );
    await expect(ask('analyst', 'SELECT ip FROM web_log')).rejects.toThrow('COLUMN_NOT_FOUND');
    await expect(ask('writer', 'SELECT 1')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('a result is a file where the workgroup says, for whom the query is', async () => {
    const { WorkGroup: group } = await of('engineer').athena.send(
      new GetWorkGroupCommand({ WorkGroup: 'firn' }),
    );
    const { location } = await ask('engineer', `SELECT uri, referrer AS "none", '' AS empty FROM web_log`);
    expect(location.startsWith(group!.Configuration!.ResultConfiguration!.OutputLocation!)).toBe(true);
    expect(await readObject('engineer', location)).toBe('"uri","none","empty"\n"/a,""b""",,""\n');
    await expect(readObject('analyst', location)).rejects.toMatchObject({ name: 'AccessDenied' });
    const described = await readObject('engineer', `${location}.metadata`);
    for (const name of ['uri', 'none', 'empty'])
      expect(described).toContain(`*${String.fromCharCode(name.length)}${name}`);
    const own = await ask('analyst', 'SHOW COLUMNS IN web_log');
    expect(await readObject('analyst', `${own.location}.metadata`)).toContain('field');
    expect((await readObject('analyst', own.location)).split('\n')).toEqual(own.rows.flat());
    expect(own.rows.flat()).not.toContain('ip');
  });

  it('statistics, lists and batches of executions', async () => {
    const { athena } = of('analyst');
    const { id } = await ask('analyst', 'SELECT user_id FROM web_log');
    const { QueryRuntimeStatistics: statistics } = await athena.send(
      new GetQueryRuntimeStatisticsCommand({ QueryExecutionId: id }),
    );
    expect(statistics).toMatchObject({ Rows: { InputRows: 1, OutputRows: 1, OutputBytes: 16 } });
    const other = await ask('analyst', 'SELECT 2');
    const first = await athena.send(new ListQueryExecutionsCommand({ WorkGroup: 'firn', MaxResults: 1 }));
    const second = await athena.send(
      new ListQueryExecutionsCommand({ WorkGroup: 'firn', MaxResults: 1, NextToken: first.NextToken }),
    );
    expect([...first.QueryExecutionIds!, ...second.QueryExecutionIds!]).toEqual([other.id, id]);
    const foreign = (await ask('engineer', 'SELECT 3')).id;
    const batch = await athena.send(
      new BatchGetQueryExecutionCommand({ QueryExecutionIds: [id, foreign, 'nothing'] }),
    );
    expect(batch.QueryExecutions!.map((own) => own.QueryExecutionId)).toEqual([id]);
    expect(batch.UnprocessedQueryExecutionIds!.map((own) => own.QueryExecutionId)).toEqual([
      foreign,
      'nothing',
    ]);
  });

  it('workgroups, catalogs, databases and tables', async () => {
    const { athena } = of('analyst');
    const groups = await athena.send(new ListWorkGroupsCommand({}));
    expect(groups.WorkGroups!.map(({ Name }) => Name)).toEqual(['primary', 'firn', 'firn-analyst']);
    const catalogs = await athena.send(new ListDataCatalogsCommand({}));
    expect(catalogs.DataCatalogsSummary).toEqual([{ CatalogName: 'AwsDataCatalog', Type: 'GLUE' }]);
    const { DataCatalog: catalog } = await athena.send(new GetDataCatalogCommand({ Name: 'AwsDataCatalog' }));
    expect(catalog?.Type).toBe('GLUE');
    const databases = await athena.send(new ListDatabasesCommand({ CatalogName: 'AwsDataCatalog' }));
    expect(databases.DatabaseList).toEqual([{ Name: 'firn' }]);
    const CatalogName = 'awsdatacatalog';
    const DatabaseName = 'firn';
    const named = await athena.send(new GetAthenaDatabaseCommand({ CatalogName, DatabaseName }));
    expect(named.Database).toEqual({ Name: 'firn' });
    const tables = await athena.send(
      new ListTableMetadataCommand({ CatalogName, DatabaseName, Expression: 'web.*|rej*' }),
    );
    expect(tables.TableMetadataList!.map(({ Name }) => Name)).toEqual([
      'rejected',
      'web_log',
      'web_log_unique',
    ]);
    const { TableMetadata: table } = await athena.send(
      new GetTableMetadataCommand({ CatalogName, DatabaseName, TableName: 'app_event' }),
    );
    expect(table!.Columns!.map(({ Name, Type }) => `${Name} ${Type}`)).toContain(
      'event struct<type:string,product:string,amount:decimal(12,2)>',
    );
    expect(table!.Columns!.map(({ Name }) => Name)).not.toContain('ip_address');
    await expect(
      athena.send(new GetTableMetadataCommand({ CatalogName, DatabaseName, TableName: 'nothing' })),
    ).rejects.toMatchObject({ name: 'MetadataException' });
    await expect(athena.send(new ListDatabasesCommand({ CatalogName: 'hive' }))).rejects.toMatchObject({
      name: 'MetadataException',
    });
  });

  it('prepared statements, by API and by SQL', async () => {
    const { athena } = of('engineer');
    const name = { StatementName: 'by_user', WorkGroup: 'firn' };
    const text = (query: string) => ({ ...name, QueryStatement: query, Description: 'Test.' });
    await athena.send(new CreatePreparedStatementCommand(text('SELECT 1')));
    await expect(athena.send(new CreatePreparedStatementCommand(text('SELECT 1')))).rejects.toThrow(
      'already exists',
    );
    await athena.send(
      new UpdatePreparedStatementCommand(
        text('SELECT event FROM web_log WHERE user_id = ? AND hostname = ?'),
      ),
    );
    const { rows } = await ask('engineer', "EXECUTE by_user USING 'ada', 'shop.example'");
    expect(rows).toEqual([['visit']]);
    const given = await ask('engineer', 'EXECUTE by_user', { parameters: ["'ada'", "'shop.example'"] });
    expect(given.rows).toEqual([['visit']]);
    const { PreparedStatement: found } = await athena.send(new GetPreparedStatementCommand(name));
    expect(found).toMatchObject({ StatementName: 'by_user', WorkGroupName: 'firn', Description: 'Test.' });
    const list = await athena.send(new ListPreparedStatementsCommand({ WorkGroup: 'firn' }));
    expect(list.PreparedStatements!.map(({ StatementName }) => StatementName)).toEqual(['by_user']);
    const batch = await athena.send(
      new BatchGetPreparedStatementCommand({ WorkGroup: 'firn', PreparedStatementNames: ['by_user', 'no'] }),
    );
    expect(batch.UnprocessedPreparedStatementNames!.map((own) => own.StatementName)).toEqual(['no']);
    await athena.send(new DeletePreparedStatementCommand(name));
    await expect(athena.send(new GetPreparedStatementCommand(name))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('Glue', () => {
  it('tables have what readers of Iceberg look for', async () => {
    const { glue } = of('engineer');
    const { Table: table } = await glue.send(new GetTableCommand({ DatabaseName: 'firn', Name: 'WEB_LOG' }));
    expect(table).toMatchObject({
      Name: 'web_log',
      DatabaseName: 'firn',
      TableType: 'EXTERNAL_TABLE',
      PartitionKeys: [],
      Parameters: { table_type: 'ICEBERG' },
    });
    expect(table!.Parameters!.metadata_location).toMatch(
      new RegExp(`/warehouse/firn/web_log/metadata/v${table!.VersionId}\\.metadata\\.json$`),
    );
    expect(table!.StorageDescriptor!.Columns!.find(({ Name }) => Name === 'ip')).toMatchObject({
      Type: 'string',
      Parameters: { 'iceberg.field.id': '8', 'iceberg.field.optional': 'false' },
    });
    expect(
      await glue.send(new GetPartitionsCommand({ DatabaseName: 'firn', TableName: 'web_log' })),
    ).toMatchObject({
      Partitions: [],
    });
  });

  it('views are written as Athena writes them', async () => {
    const { Table: view } = await of('engineer').glue.send(
      new GetTableCommand({ DatabaseName: 'firn', Name: 'web_log_unique' }),
    );
    expect(view).toMatchObject({
      TableType: 'VIRTUAL_VIEW',
      Parameters: { presto_view: 'true' },
      ViewExpandedText: '/* Presto View */',
    });
    const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(view!.ViewOriginalText!) ?? [];
    const definition = JSON.parse(Buffer.from(encoded, 'base64').toString());
    expect(definition).toMatchObject({ catalog: 'awsdatacatalog', schema: 'firn' });
    expect(definition.originalSql).toMatch(/^SELECT\s+event_id/);
    expect(definition.columns[1]).toEqual({ name: 'received_at', type: 'timestamp(6)' });
  });

  it('databases and tables come in pages', async () => {
    const { glue } = of('engineer');
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList!.map(({ Name }) => Name)).toEqual([
      'firn',
    ]);
    expect((await glue.send(new GetDatabaseCommand({ Name: 'firn' }))).Database!.LocationUri).toMatch(
      /firn$/,
    );
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await glue.send(
        new GetTablesCommand({ DatabaseName: 'firn', MaxResults: 2, NextToken: token }),
      );
      names.push(...page.TableList!.map(({ Name }) => Name!));
      token = page.NextToken;
    } while (token !== undefined);
    expect(names).toEqual((await ask('engineer', 'SHOW TABLES')).rows.flat());
    expect(names).toEqual(expect.arrayContaining([...contracts.keys(), 'web_log_unique']));
  });

  it('the analyst sees neither personal columns nor places', async () => {
    const { Table: table } = await of('analyst').glue.send(
      new GetTableCommand({ DatabaseName: 'firn', Name: 'web_log' }),
    );
    expect(table!.StorageDescriptor!.Columns!.map(({ Name }) => Name)).not.toContain('ip');
    expect(JSON.stringify(table)).not.toContain(home.path);
  });

  it('what is not there, or not for the caller, has AWS’s errors', async () => {
    const { glue } = of('engineer');
    await expect(
      glue.send(new GetTableCommand({ DatabaseName: 'firn', Name: 'nothing' })),
    ).rejects.toMatchObject({ name: 'EntityNotFoundException', message: 'Table nothing not found.' });
    await expect(glue.send(new GetDatabaseCommand({ Name: 'nothing' }))).rejects.toMatchObject({
      name: 'EntityNotFoundException',
    });
    await expect(
      glue.send(new GetTablesCommand({ DatabaseName: 'firn', NextToken: 'mine' })),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(
      glue.send(new GetTablesCommand({ DatabaseName: 'firn', Expression: 'web_[a-z]+' })),
    ).rejects.toThrow('of regular expressions, only names, *, .*, |, ^, $ and () are understood here');
    await expect(of('writer').glue.send(new GetDatabasesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

describe('Lake Formation', () => {
  it('ListPermissions gives the grants, with the columns of analysts', async () => {
    const { lakeFormation } = of('engineer');
    const all = await lakeFormation.send(new ListPermissionsCommand({ ResourceType: 'TABLE' }));
    const analysts = all.PrincipalResourcePermissions!.filter(({ Principal }) =>
      Principal!.DataLakePrincipalIdentifier!.endsWith('role/firn-analyst'),
    );
    const grants = tableGrants(contracts.values());
    expect(analysts.map(({ Resource }) => Resource!.TableWithColumns!.ColumnNames)).toEqual(
      grants.filter(({ role }) => role === 'analyst').map(({ columns }) => columns),
    );
    const one = await lakeFormation.send(
      new ListPermissionsCommand({ Resource: { Table: { DatabaseName: 'firn', Name: 'web_log' } } }),
    );
    expect(one.PrincipalResourcePermissions).toHaveLength(3);
  });

  it('an analyst sees the own grants only', async () => {
    const { PrincipalResourcePermissions: own } = await of('analyst').lakeFormation.send(
      new ListPermissionsCommand({}),
    );
    expect(new Set(own!.map(({ Principal }) => Principal!.DataLakePrincipalIdentifier))).toEqual(
      new Set(['arn:aws:iam::000000000000:role/firn-analyst']),
    );
    expect(JSON.stringify(own)).not.toContain('"ip"');
  });

  it('settings leave nothing to IAM, and a path tells who may what', async () => {
    const { lakeFormation } = of('engineer');
    const { DataLakeSettings: settings } = await lakeFormation.send(new GetDataLakeSettingsCommand({}));
    expect(settings).toMatchObject({
      CreateTableDefaultPermissions: [],
      CreateDatabaseDefaultPermissions: [],
    });
    for (const ResourceArn of [
      `${home.path}/warehouse/firn/web_log`,
      'arn:aws:s3:::firn-warehouse/firn/web_log/data',
    ]) {
      const { Permissions: found } = await lakeFormation.send(
        new GetEffectivePermissionsForPathCommand({ ResourceArn }),
      );
      expect(found!.map(({ Permissions }) => Permissions!.length)).toEqual([6, 1, 5]);
    }
    await expect(
      lakeFormation.send(new GetEffectivePermissionsForPathCommand({ ResourceArn: '/etc/passwd' })),
    ).rejects.toMatchObject({ name: 'EntityNotFoundException' });
  });
});

describe('no other door shows an analyst more', () => {
  it('files of tables, raw records and the REST catalog are for engineers', async () => {
    const { accessKeyId, secretAccessKey } = makeKey(home.path, 'analyst', 'doors', 0);
    const credentials = { accessKeyId, secretAccessKey };
    const kinesis = new KinesisClient({
      endpoint: runtime.url,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    const stream = { StreamName: 'firn-events', ShardId: 'shardId-000000000000' };
    await expect(
      kinesis.send(new GetShardIteratorCommand({ ...stream, ShardIteratorType: 'TRIM_HORIZON' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    kinesis.destroy();
    const { s3 } = of('analyst');
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'firn-warehouse' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: 'firn-results' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const token = await fetch(`${runtime.url}/iceberg/v1/oauth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: accessKeyId,
        client_secret: secretAccessKey,
        scope: 'catalog',
      }).toString(),
    });
    const { access_token: bearer = 'none' } = (await token.json()) as { access_token?: string };
    const tables = await fetch(`${runtime.url}/iceberg/v1/namespaces/firn/tables/web_log`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect([401, 403]).toContain(tables.status);
    for (const path of ['/api/trace/x', '/api/tables', '/api/live?role=engineer']) {
      expect([401, 403]).toContain((await fetch(`${runtime.url}${path}`)).status);
    }
  });

  it('a revoked key opens nothing', async () => {
    const { accessKeyId, secretAccessKey } = makeKey(home.path, 'engineer', 'gone', 0);
    const athena = new AthenaClient({
      endpoint: runtime.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    });
    expect((await athena.send(new ListWorkGroupsCommand({}))).WorkGroups).toHaveLength(3);
    revokeKey(home.path, accessKeyId);
    await expect(athena.send(new ListWorkGroupsCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    athena.destroy();
  });
});
