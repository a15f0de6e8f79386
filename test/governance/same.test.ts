/** What the endpoint shows each role is what `lake/grants.ts` says, and what is granted in the cloud. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, tableGrants } from '../../lake/grants.ts';
import { icebergPartitionSpec, icebergSchema } from '../../lake/iceberg.ts';
import { glueOperations } from '../../local/aws/glue.ts';
import { lakeFormationOperations } from '../../local/aws/lakeformation.ts';
import { loadNamedQueries, loadViews } from '../../local/aws/named-queries.ts';
import { tableFinder } from '../../local/aws/table-path.ts';
import { nodeDisk } from '../../local/disk.ts';
import { contracts } from '../../schemas/index.ts';
import { temporaryHome } from '../iceberg/support.ts';
import { type IcebergLake, openIcebergLake } from '../sql/iceberg-lake.ts';

const home = temporaryHome();
const queries = fileURLToPath(new URL('../../queries/', import.meta.url));
let lake: IcebergLake;

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  lake = await openIcebergLake(home, { contracts, views: await loadViews(nodeDisk, `${queries}views`) });
  for (const contract of contracts.values()) {
    await lake.create(contract.table, icebergSchema(contract), icebergPartitionSpec(contract));
  }
});
afterAll(() => lake.close());

/** Columns by table, as a grant names them; all of them where it names none. */
function granted(role: Role): Map<string, string[]> {
  const grants = tableGrants(contracts.values()).filter((grant) => grant.role === role);
  return new Map(
    grants.map(({ table, columns }) => [
      table,
      [...(columns ?? contracts.get(table)!.fields.map(({ name }) => name))],
    ]),
  );
}

describe.each(['engineer', 'analyst'] as const)('the %s sees the columns that the grant names', (role) => {
  const tables = [...granted(role)];
  const caller = { role };

  it.each(tables)('%s: SELECT *', async (table, columns) => {
    expect(await lake.columns(`SELECT * FROM ${table}`, role)).toEqual(columns);
  });

  it.each(tables)('%s: SHOW COLUMNS and DESCRIBE', async (table, columns) => {
    expect((await lake.queryAs(role, `SHOW COLUMNS IN ${table}`)).flat()).toEqual(columns);
    const lines = (await lake.queryAs(role, `DESCRIBE ${table}`)).flat();
    const described = lines.slice(2, lines.indexOf('\t\t')).map((line) => line!.split('\t')[0]);
    expect(described).toEqual(columns);
  });

  it.each(tables)('%s: information_schema', async (table, columns) => {
    const sql = `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`;
    expect((await lake.queryAs(role, sql)).flat()).toEqual(columns);
  });

  it.each(tables)('%s: Glue', async (table, columns) => {
    const getTable = glueOperations(lake.engine.metastore, '000000000000', `file://${home}`)[
      'AWSGlue.GetTable'
    ]!;
    const { Table } = (await getTable({ DatabaseName: 'firn', Name: table }, caller)) as {
      Table: { StorageDescriptor: { Columns: { Name: string }[] } };
    };
    expect(Table.StorageDescriptor.Columns.map(({ Name }) => Name)).toEqual(columns);
  });

  it.each(tables)('%s: Lake Formation tells the same grant', async (table, columns) => {
    const operations = lakeFormationOperations(contracts, '000000000000', tableFinder(home));
    const list = operations.GetEffectivePermissionsForPath!;
    const { Permissions } = (await list({ ResourceArn: `file://${home}/firn/${table}` }, caller)) as {
      Permissions: {
        Principal: { DataLakePrincipalIdentifier: string };
        Resource: { Table?: { Name: string }; TableWithColumns?: { Name: string; ColumnNames: string[] } };
      }[];
    };
    const own = Permissions.find(({ Principal }) =>
      Principal.DataLakePrincipalIdentifier.endsWith(`firn-${role}`),
    )!;
    const { Table, TableWithColumns } = own.Resource;
    expect((Table ?? TableWithColumns)!.Name).toBe(table);
    expect(TableWithColumns?.ColumnNames).toEqual(role === 'analyst' ? columns : undefined);
  });
});

describe('what ships can be used by analysts', () => {
  it('every query and report', async () => {
    const failed: string[] = [];
    for (const { name, sql, parameters } of await loadNamedQueries(nodeDisk, queries)) {
      const values = parameters.map(({ type, default: fallback }) =>
        fallback === undefined || fallback === 'now' ? placeholders[type]! : fallback,
      );
      await lake.queryAs('analyst', sql, ...values).catch((error: Error) => {
        failed.push(`${name}: ${error.message}`);
      });
    }
    expect(failed).toEqual([]);
  });

  it('every view', async () => {
    for (const { name } of await loadViews(nodeDisk, `${queries}views`)) {
      expect(await lake.queryAs('analyst', `SELECT * FROM ${name}`)).toEqual([]);
    }
    expect((await lake.queryAs('analyst', 'SHOW VIEWS')).flat()).toContain('web_log_unique');
  });
});

const placeholders: Record<string, string> = {
  varchar: "'a'",
  integer: '1',
  bigint: '1',
  double: '1e0',
  boolean: 'true',
  date: "DATE '2026-01-01'",
  timestamp: "TIMESTAMP '2026-01-01 00:00:00'",
};
