/** Ways in which personal data might be seen, and what an analyst is told instead. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../lake/grants.ts';
import { athenaOperations } from '../../local/aws/athena.ts';
import { glueOperations } from '../../local/aws/glue.ts';
import type { Operations } from '../../local/aws/json11.ts';
import { temporaryHome } from '../iceberg/support.ts';
import type { IcebergLake } from '../sql/iceberg-lake.ts';
import { marker, openSecretLake } from './secrets.ts';

const home = temporaryHome();
let lake: IcebergLake;
let operations: Operations;

beforeAll(async () => {
  lake = await openSecretLake(path.join(home, 'lake'), 'abc');
  operations = {
    ...athenaOperations(lake.engine, []),
    ...glueOperations(lake.engine.metastore, '000000000000', 'file:///warehouse'),
  };
}, 30_000);
afterAll(() => lake.close());

const analyst = (sql: string) => lake.queryAs('analyst', sql);
const call = async (role: Role, name: string, input: object = {}) =>
  (await operations[name]!({ ...input }, { role })) as Record<string, never>;

async function run(role: Role, sql: string, workGroup = 'firn'): Promise<string> {
  const { QueryExecutionId: id } = await call(role, 'AmazonAthena.StartQueryExecution', {
    QueryString: sql,
    WorkGroup: workGroup,
  });
  await lake.engine.finished(id!);
  return id!;
}

describe('an analyst', () => {
  it('SELECT * leaves personal columns out; naming one is an error like that of a column that is not there', async () => {
    expect(await lake.columns('SELECT * FROM visit', 'analyst')).toEqual([
      'event_id',
      'received_at',
      'page',
      'n',
      'extra',
      'kind',
    ]);
    for (const column of ['ip', 'nothing']) {
      await expect(analyst(`SELECT ${column} FROM visit`)).rejects.toThrow(
        `Column '${column}' cannot be resolved or requester is not authorized to access requested resources`,
      );
    }
    await expect(analyst("SELECT count(*) FROM visit WHERE ip LIKE 'z%'")).rejects.toThrow("Column 'ip'");
    await expect(analyst('SELECT 1 FROM visit a JOIN visit b USING (ip)')).rejects.toThrow("Column 'ip'");
    await expect(analyst('SELECT who.city FROM visit')).rejects.toThrow(/who/);
  });

  it('a version under which the column had another name, or a member that is gone now, shows neither', async () => {
    const columns = await lake.columns("SELECT * FROM visit FOR VERSION AS OF 'former'", 'analyst');
    expect(columns).toEqual(['event_id', 'received_at', 'page', 'n', 'kind']);
    for (const column of ['address', 'phone', 'extra']) {
      await expect(analyst(`SELECT ${column} FROM visit FOR VERSION AS OF 'former'`)).rejects.toThrow(
        `Column '${column}' cannot be resolved`,
      );
    }
    expect(await lake.columns("SELECT * FROM visit FOR VERSION AS OF 'former'")).toContain('address');
  });

  it('metadata tables tell of visible columns only, and of no files', async () => {
    const [files] = await analyst(
      'SELECT lower_bounds, upper_bounds, value_counts, partition FROM "visit$files" LIMIT 1',
    );
    expect(files!.join()).toContain('buy');
    for (const kind of ['files', 'partitions', 'manifests', 'snapshots', 'history', 'refs']) {
      expect(JSON.stringify(await analyst(`SELECT * FROM "visit$${kind}"`))).not.toContain(marker);
    }
    await expect(analyst('SELECT file_path FROM "visit$files"')).rejects.toThrow("Column 'file_path'");
    expect(JSON.stringify(await lake.query('SELECT * FROM "visit$files"'))).toContain(marker);
    expect((await analyst('SHOW PARTITIONS visit')).flat()).toEqual([
      'kind_identity=buy',
      'kind_identity=view',
    ]);
  });

  it('views are read with their reader’s rights', async () => {
    expect(await lake.columns('SELECT * FROM visit_all', 'analyst')).not.toContain('ip');
    await expect(analyst('SELECT page FROM visit_named')).rejects.toThrow("Column 'ip'");
    expect((await analyst('SHOW VIEWS')).flat()).toEqual(['visit_all', 'visit_counts']);
    expect((await lake.query('SHOW VIEWS')).flat()).toEqual(['visit_all', 'visit_counts', 'visit_named']);
  });

  it('an error about a file does not name it: paths hold values', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const told = await analyst('SELECT page FROM broken').catch((error: Error) => error.message);
    expect(told).toBe('an internal error happened; the reason is in the log of the server');
    expect(String(logged.mock.calls)).toContain(marker);
    logged.mockRestore();
    expect(await lake.query('SELECT page FROM broken').catch((error: Error) => error.message)).toContain(
      marker,
    );
  });

  it('a table without a contract is not there', async () => {
    await expect(analyst('SELECT * FROM "foreign"')).rejects.toThrow(
      "Table 'awsdatacatalog.firn.foreign' does not exist; tables of firn: broken, visit",
    );
    expect(await lake.query('SELECT count(*) FROM "foreign"')).toEqual([['1']]);
  });

  it('OPTIMIZE and VACUUM are for engineers', async () => {
    await expect(analyst('VACUUM visit')).rejects.toThrow(
      'VACUUM is for engineers; the role here is analyst',
    );
  });

  it('does not see what engineers asked: neither text nor error nor rows', async () => {
    const id = await run('engineer', "SELECT 'private'");
    await expect(call('analyst', 'AmazonAthena.GetQueryExecution', { QueryExecutionId: id })).rejects.toThrow(
      'was not found',
    );
    await expect(call('analyst', 'AmazonAthena.GetQueryResults', { QueryExecutionId: id })).rejects.toThrow(
      'was not found',
    );
    const batch = await call('analyst', 'AmazonAthena.BatchGetQueryExecution', { QueryExecutionIds: [id] });
    expect(batch.QueryExecutions).toEqual([]);
    const list = await call('analyst', 'AmazonAthena.ListQueryExecutions', { WorkGroup: 'firn' });
    expect(list.QueryExecutionIds).not.toContain(id);
    const own = await run('analyst', 'SELECT 1');
    expect(
      (await call('engineer', 'AmazonAthena.GetQueryResults', { QueryExecutionId: own })).ResultSet,
    ).toBeDefined();
  });

  it('does not see what engineers prepared', async () => {
    await run('engineer', `PREPARE q FROM SELECT count(*) FROM visit WHERE ip = '${marker}'`);
    await expect(
      call('analyst', 'AmazonAthena.GetPreparedStatement', { StatementName: 'q', WorkGroup: 'firn' }),
    ).rejects.toThrow('was not found');
    const id = await run('analyst', 'EXECUTE q');
    expect(lake.engine.execution(id)?.error?.message).toContain('Prepared statement not found: q');
  });

  it('Glue and Athena tell neither columns nor places', async () => {
    const told = JSON.stringify([
      await call('analyst', 'AWSGlue.GetTables', { DatabaseName: 'firn' }),
      await call('analyst', 'AWSGlue.GetDatabases'),
      await call('analyst', 'AmazonAthena.ListTableMetadata', {
        CatalogName: 'AwsDataCatalog',
        DatabaseName: 'firn',
      }),
    ]);
    expect(told).toContain('"page"');
    expect(told).not.toMatch(/"ip"|"who"|file:|zqx|foreign/);
  });
});

describe('a workgroup narrows', () => {
  it('firn-analyst shows an engineer what analysts see', async () => {
    const id = await run('engineer', 'SELECT * FROM visit', 'firn-analyst');
    expect(lake.engine.execution(id)).toMatchObject({ role: 'analyst', state: 'SUCCEEDED' });
    expect(lake.engine.execution(id)!.columns.map(({ name }) => name)).not.toContain('ip');
  });

  it('firn gives an analyst nothing more', async () => {
    const id = await run('analyst', 'SELECT ip FROM visit', 'firn');
    expect(lake.engine.execution(id)).toMatchObject({ role: 'analyst', state: 'FAILED' });
  });
});

it('a writer asks nothing', async () => {
  for (const name of Object.keys(operations)) {
    await expect(call('writer', name).then(() => 'answered')).rejects.toMatchObject({
      type: 'AccessDeniedException',
      message: expect.stringContaining(`${name} is not for the role writer`),
    });
  }
});
