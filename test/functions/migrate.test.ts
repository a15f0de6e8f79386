import { gzipSync } from 'node:zlib';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  type Catalog,
  glueCatalog,
  type LiveTable,
  migrate,
  patientCatalog,
} from '../../functions/migrate.ts';
import type { LiveMetadata, TableUpdate } from '../../lake/cloud/migration.ts';
import { type AvroRecord, parseContract } from '../../lake/contract.ts';
import {
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';

function contract(name: string, ...optional: string[]): Contract {
  const fields = optional.map((column, i) => ({
    name: column,
    type: ['null', 'string'],
    default: null,
    'field-id': 3 + i,
  }));
  return parseContract(
    { type: 'record', name, fields: fields as unknown as AvroRecord['fields'] },
    `${name}.avsc`,
  );
}

function metadataOf(from: Contract): LiveMetadata {
  return {
    location: `s3://warehouse/${from.table}`,
    'current-schema-id': 0,
    schemas: [icebergSchema(from)],
    'default-spec-id': 0,
    'partition-specs': [icebergPartitionSpec(from)],
    'last-partition-id': 999,
    'default-sort-order-id': 0,
    'sort-orders': [icebergSortOrder(from)],
    properties: icebergProperties(from),
  };
}

/** A catalog in which others commit `conflicts` times before we do. */
function fakeCatalog(tables: Record<string, Contract>, conflicts = 0) {
  const updates: { table: string; update: TableUpdate; versionId: string | undefined }[] = [];
  let version = 1;
  const catalog: Catalog = {
    load: async (table): Promise<LiveTable | undefined> => {
      const from = tables[table];
      return from && { metadata: metadataOf(from), versionId: String(version) };
    },
    update: async (table, update, versionId) => {
      if (version <= conflicts) {
        version += 1;
        return false;
      }
      updates.push({ table, update, versionId });
      return true;
    },
  };
  return { catalog, updates };
}

test('tables that follow their contracts are changed, and the others are not', async () => {
  const { catalog, updates } = fakeCatalog({ a: contract('a', 'x'), b: contract('b', 'x') });
  const plans = await migrate(catalog, [contract('a', 'x', 'y'), contract('b', 'x')]);
  expect(plans.map(({ table, changes }) => [table, changes])).toEqual([
    ['a', ['add y']],
    ['b', []],
  ]);
  expect(updates.map(({ table }) => table)).toEqual(['a']);
});

test('a dry run says the same and changes nothing', async () => {
  const { catalog, updates } = fakeCatalog({ a: contract('a', 'x') });
  const plans = await migrate(catalog, [contract('a', 'x', 'y')], { dryRun: true });
  expect(plans[0]!.changes).toEqual(['add y']);
  expect(updates).toEqual([]);
});

test('a contract that breaks a rule stops everything before a table is touched', async () => {
  const { catalog, updates } = fakeCatalog({ a: contract('a', 'x'), b: contract('b', 'x') });
  const broken = parseContract(
    { type: 'record', name: 'b', fields: [{ name: 'must', type: 'string', 'field-id': 7 }] },
    'b.avsc',
  );
  await expect(migrate(catalog, [contract('a', 'x', 'y'), broken])).rejects.toThrow(
    /no table was changed.*\n {2}b: must: a new field must be optional/,
  );
  expect(updates).toEqual([]);
});

test('commits of others in between are no obstacle: it plans again on what there is then', async () => {
  const { catalog, updates } = fakeCatalog({ a: contract('a', 'x') }, 3);
  await migrate(catalog, [contract('a', 'x', 'y')]);
  expect(updates.map(({ versionId }) => versionId)).toEqual(['4']);
});

test('commits of others without an end are told, not waited for', async () => {
  const { catalog } = fakeCatalog({ a: contract('a', 'x') }, 1000);
  await expect(migrate(catalog, [contract('a', 'x', 'y')])).rejects.toThrow('run it again');
});

test('a table that the catalog does not have is told', async () => {
  const { catalog } = fakeCatalog({});
  await expect(migrate(catalog, [contract('a', 'x')])).rejects.toThrow(
    'table a: the catalog does not have it',
  );
});

/** A catalog that refuses the first calls of each kind. */
function refusing(catalog: Catalog, refusals: number, name: string): { catalog: Catalog; waited: number[] } {
  const left = { load: refusals, update: refusals };
  const first = <T>(kind: keyof typeof left, then: () => Promise<T>): Promise<T> => {
    left[kind] -= 1;
    return left[kind] < 0 ? then() : Promise.reject(Object.assign(new Error('refused'), { name }));
  };
  const waited: number[] = [];
  const patient = patientCatalog(
    {
      load: (table) => first('load', () => catalog.load(table)),
      update: (...asked) => first('update', () => catalog.update(...asked)),
    },
    async (ms) => {
      waited.push(ms);
    },
  );
  return { catalog: patient, waited };
}

test('a right that was given a moment ago is waited for, a minute at most', async () => {
  const { catalog, updates } = fakeCatalog({ a: contract('a', 'x') });
  const wanted = [contract('a', 'x', 'y')];
  const soon = refusing(catalog, 2, 'AccessDeniedException');
  await migrate(soon.catalog, wanted);
  expect(updates).toHaveLength(1);
  expect(soon.waited).toEqual([2000, 4000, 2000, 4000]);
  const never = refusing(catalog, 100, 'AccessDenied');
  await expect(migrate(never.catalog, wanted)).rejects.toThrow('refused');
  expect(never.waited.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
});

test('what will not change by itself is not waited for', async () => {
  const { catalog } = fakeCatalog({ a: contract('a', 'x') });
  const broken = refusing(catalog, 1, 'InvalidInputException');
  await expect(migrate(broken.catalog, [contract('a', 'x')])).rejects.toThrow('refused');
  expect(broken.waited).toEqual([]);
});

interface Sent {
  name: string;
  input: Record<string, unknown>;
}

/** A client that answers by the command's name, and keeps what it was sent. */
function fakeClient(answers: Record<string, unknown>) {
  const sent: Sent[] = [];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const { name } = command.constructor;
    sent.push({ name, input: command.input });
    const answer = answers[name];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { client: { send } as unknown, sent };
}

const named = (name: string) => Object.assign(new Error(name), { name });

test("Glue's update is based on the version that was read, and names the table's whole definition", async () => {
  const glue = fakeClient({
    GetTableCommand: {
      Table: {
        VersionId: '7',
        Parameters: { metadata_location: 's3://warehouse/a/metadata/3.gz.metadata.json' },
      },
    },
    UpdateTableCommand: {},
  });
  const bytes = gzipSync(JSON.stringify(metadataOf(contract('a', 'x'))));
  const s3 = fakeClient({ GetObjectCommand: { Body: { transformToByteArray: async () => bytes } } });
  const catalog = glueCatalog('firn_dev', glue.client as GlueClient, s3.client as S3Client);
  await migrate(catalog, [contract('a', 'x', 'y')]);
  expect(s3.sent[0]!.input).toEqual({ Bucket: 'warehouse', Key: 'a/metadata/3.gz.metadata.json' });
  const { input } = glue.sent.find(({ name }) => name === 'UpdateTableCommand')!;
  expect(input).toMatchObject({ DatabaseName: 'firn_dev', Name: 'a', VersionId: '7' });
  const updates = (
    input as {
      UpdateOpenTableFormatInput: {
        UpdateIcebergInput: { UpdateIcebergTableInput: { Updates: TableUpdate[] } };
      };
    }
  ).UpdateOpenTableFormatInput.UpdateIcebergInput.UpdateIcebergTableInput.Updates;
  expect(updates).toHaveLength(1);
  expect(updates[0]!.Schema.Fields.map(({ Name }) => Name)).toEqual(['event_id', 'received_at', 'x', 'y']);
});

test('a refused update is a conflict only where Glue says so', async () => {
  const s3 = fakeClient({}).client as S3Client;
  const of = (error: Error) =>
    glueCatalog('d', fakeClient({ UpdateTableCommand: error }).client as GlueClient, s3);
  const update = {} as TableUpdate;
  expect(await of(named('ConcurrentModificationException')).update('a', update, '1')).toBe(false);
  await expect(of(named('AccessDeniedException')).update('a', update, '1')).rejects.toThrow('AccessDenied');
});

test('a table that is no Iceberg table any more is told', async () => {
  const glue = fakeClient({ GetTableCommand: { Table: { Parameters: {} } } });
  const catalog = glueCatalog('d', glue.client as GlueClient, fakeClient({}).client as S3Client);
  await expect(catalog.load('a')).rejects.toThrow('metadata_location');
  const absent = fakeClient({ GetTableCommand: named('EntityNotFoundException') });
  expect(
    await glueCatalog('d', absent.client as GlueClient, fakeClient({}).client as S3Client).load('a'),
  ).toBeUndefined();
});
