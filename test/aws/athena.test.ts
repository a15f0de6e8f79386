import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AthenaClient,
  BatchGetNamedQueryCommand,
  CreateDataCatalogCommand,
  GetNamedQueryCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetWorkGroupCommand,
  ListNamedQueriesCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNamedQuery } from '../../lake/queries.ts';
import { athenaOperations } from '../../local/aws/athena.ts';
import { answerJson11 } from '../../local/aws/json11.ts';
import { openTestLake, type TestLake } from '../sql/lake.ts';

const queries = ['a', 'b', 'c'].map((name) =>
  parseNamedQuery(`${name}.sql`, `-- name: ${name}\n-- purpose: Test.\nSELECT 1`),
);

let lake: TestLake;
let server: Server;
let athena: AthenaClient;

beforeAll(async () => {
  lake = await openTestLake(
    {
      web_log: {
        columns: { event: 'string', n: 'long' },
        rows: "SELECT 'view' AS event, range AS n FROM range(2500)",
      },
    },
    { concurrency: 1 },
  );
  const operations = athenaOperations(lake.engine, queries);
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await answerJson11(
      operations,
      { headers: request.headers, body: Buffer.concat(chunks) },
      { role: 'engineer' },
      'test',
      (error) => {
        throw error;
      },
    );
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  athena = new AthenaClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  athena.destroy();
  server.closeAllConnections();
  server.close();
  await lake.close();
});

async function start(sql: string, parameters?: string[]): Promise<string> {
  const { QueryExecutionId: id } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      QueryExecutionContext: { Database: 'firn' },
      ...(parameters && { ExecutionParameters: parameters }),
    }),
  );
  return id!;
}

async function run(sql: string, parameters?: string[]): Promise<QueryExecution> {
  const id = await start(sql, parameters);
  await lake.engine.finished(id);
  const { QueryExecution: execution } = await athena.send(
    new GetQueryExecutionCommand({ QueryExecutionId: id }),
  );
  return execution!;
}

describe('the Athena operations, asked by the AWS SDK', () => {
  it('a query goes from start to rows, its first row being the header', async () => {
    const execution = await run('SELECT event, count(*) AS events FROM web_log WHERE n < ? GROUP BY event', [
      '10',
    ]);
    expect(execution.Status?.State).toBe('SUCCEEDED');
    expect(execution).toMatchObject({
      StatementType: 'DML',
      SubstatementType: 'SELECT',
      WorkGroup: 'primary',
      QueryExecutionContext: { Database: 'firn' },
      ExecutionParameters: ['10'],
    });
    expect(execution.Status?.SubmissionDateTime).toBeInstanceOf(Date);
    expect(execution.Statistics?.DataScannedInBytes).toBeGreaterThan(0);
    const results = await athena.send(
      new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId }),
    );
    expect(results.ResultSet?.Rows).toEqual([
      { Data: [{ VarCharValue: 'event' }, { VarCharValue: 'events' }] },
      { Data: [{ VarCharValue: 'view' }, { VarCharValue: '10' }] },
    ]);
    expect(results.ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name, Type }) => [Name, Type])).toEqual([
      ['event', 'varchar'],
      ['events', 'bigint'],
    ]);
  });

  it('a database may be quoted as Hive does it, which awswrangler does', async () => {
    const { QueryExecutionId: id } = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: 'SELECT count(*) FROM web_log',
        QueryExecutionContext: { Database: '`firn`' },
      }),
    );
    await lake.engine.finished(id!);
    expect(lake.engine.execution(id!)).toMatchObject({ state: 'SUCCEEDED', database: 'firn' });
  });

  it('pages hold MaxResults rows, the header counted, and lead to one another until the end', async () => {
    const { QueryExecutionId: id } = await run('SELECT n FROM web_log ORDER BY n');
    const sizes: number[] = [];
    const values: string[] = [];
    let token: string | undefined;
    do {
      const page = await athena.send(
        new GetQueryResultsCommand({ QueryExecutionId: id, NextToken: token, MaxResults: 1000 }),
      );
      sizes.push(page.ResultSet!.Rows!.length);
      values.push(...page.ResultSet!.Rows!.map(({ Data }) => Data![0]!.VarCharValue!));
      token = page.NextToken;
    } while (token !== undefined);
    expect(sizes).toEqual([1000, 1000, 501]);
    expect(values).toEqual(['n', ...Array.from({ length: 2500 }, (_, n) => String(n))]);
  });

  it('NULL has no VarCharValue', async () => {
    const { QueryExecutionId: id } = await run("SELECT NULL AS a, '' AS b");
    const { ResultSet: set } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
    expect(set?.Rows?.[1]).toEqual({ Data: [{}, { VarCharValue: '' }] });
  });

  it('what answers in lines has no header, prepared or not', async () => {
    await run('PREPARE databases FROM SHOW DATABASES');
    for (const sql of ['SHOW DATABASES', 'EXECUTE databases']) {
      const { QueryExecutionId: id, StatementType: type } = await run(sql);
      const { ResultSet: set } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
      expect([type, set?.Rows]).toEqual(['UTILITY', [{ Data: [{ VarCharValue: 'firn' }] }]]);
    }
  });

  it('a failed query tells why, and gives no results', async () => {
    const execution = await run('SELECT * FROM no_such_table');
    expect(execution.Status).toMatchObject({
      State: 'FAILED',
      StateChangeReason:
        "TABLE_NOT_FOUND: Table 'awsdatacatalog.firn.no_such_table' does not exist; tables of firn: web_log",
      AthenaError: { ErrorCategory: 2, Retryable: false },
    });
    await expect(
      athena.send(new GetQueryResultsCommand({ QueryExecutionId: execution.QueryExecutionId })),
    ).rejects.toMatchObject({ name: 'InvalidRequestException', message: expect.stringContaining('FAILED') });
  });

  it('a stopped query is cancelled, running or waiting', async () => {
    const long =
      'SELECT count(*) FROM web_log a, web_log b, web_log c, web_log d WHERE a.n + b.n + c.n + d.n = -1';
    const ids = [await start(long), await start(long)];
    for (const id of ids) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    for (const id of ids) {
      await lake.engine.finished(id);
      const { QueryExecution: execution } = await athena.send(
        new GetQueryExecutionCommand({ QueryExecutionId: id }),
      );
      expect(execution?.Status).toMatchObject({
        State: 'CANCELLED',
        StateChangeReason: expect.stringContaining('cancelled'),
      });
    }
  });

  it('the same ClientRequestToken starts one query, and another query under it is refused', async () => {
    const token = randomUUID();
    const send = (sql: string) =>
      athena.send(new StartQueryExecutionCommand({ QueryString: sql, ClientRequestToken: token }));
    const first = await send('SELECT 1');
    expect((await send('SELECT 1')).QueryExecutionId).toBe(first.QueryExecutionId);
    await expect(send('SELECT 2')).rejects.toThrow('Idempotent parameters do not match');
  });

  it('named queries have ids that stay, are listed in pages, and are read one by one or together', async () => {
    const all = await athena.send(new ListNamedQueriesCommand({}));
    const first = await athena.send(new ListNamedQueriesCommand({ MaxResults: 2 }));
    const second = await athena.send(
      new ListNamedQueriesCommand({ MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([...first.NamedQueryIds!, ...second.NamedQueryIds!]).toEqual(all.NamedQueryIds);
    expect(second.NextToken).toBeUndefined();
    const [id] = all.NamedQueryIds!;
    const { NamedQuery: query } = await athena.send(new GetNamedQueryCommand({ NamedQueryId: id }));
    expect(query).toMatchObject({
      Name: 'a',
      Database: 'firn',
      QueryString: expect.stringContaining('SELECT 1'),
    });
    const batch = await athena.send(new BatchGetNamedQueryCommand({ NamedQueryIds: [id!, 'unknown'] }));
    expect(batch.NamedQueries).toEqual([query]);
    expect(batch.UnprocessedNamedQueryIds?.map(({ NamedQueryId }) => NamedQueryId)).toEqual(['unknown']);
  });

  it('the workgroups are primary and firn', async () => {
    for (const name of ['primary', 'firn']) {
      const { WorkGroup: group } = await athena.send(new GetWorkGroupCommand({ WorkGroup: name }));
      expect(group).toMatchObject({ Name: name, State: 'ENABLED' });
    }
    await expect(athena.send(new GetWorkGroupCommand({ WorkGroup: 'x' }))).rejects.toThrow(
      'WorkGroup x is not found',
    );
  });

  it('bad input is refused with the member, its limit and what came', async () => {
    const refused = (input: object) =>
      expect(athena.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 1', ...input }))).rejects;
    await refused({ QueryString: '' }).toThrow('QueryString must have 1 to 262144 characters, found 0');
    await refused({ WorkGroup: 'nobody' }).toThrow(
      'WorkGroup nobody is not found; there are primary, firn, firn-analyst',
    );
    await refused({ QueryExecutionContext: { Catalog: 'hive2' } }).toThrow('Catalog hive2 is not found');
    await expect(athena.send(new GetQueryExecutionCommand({ QueryExecutionId: 'nothing' }))).rejects.toThrow(
      'QueryExecution nothing was not found',
    );
  });

  it('an operation that is not served is named, with those that are', async () => {
    await expect(
      athena.send(new CreateDataCatalogCommand({ Name: 'x', Type: 'GLUE' })),
    ).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringMatching(
        /AmazonAthena.CreateDataCatalog is not served here; supported: .*StartQueryExecution/,
      ),
    });
  });
});
