/** Namespaces and tables: what the protocol promises to any client, and what becomes of the files. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../local/disk.ts';
import { finishRenames } from '../../local/rest/warehouse.ts';
import { readTable } from '../helpers/read-table.ts';
import { ports } from '../iceberg/support.ts';
import { type Ask, append, columns, openCatalog } from './support.ts';

async function create(ask: Ask, namespace: string, name: string): Promise<void> {
  await ask('POST', 'namespaces', { namespace: [namespace] });
  const answer = await ask('POST', `namespaces/${namespace}/tables`, { name, schema: columns('a', 'b') });
  expect(answer.status).toBe(200);
}

test('the configuration lists what is served, so that clients ask for nothing else', async () => {
  const { ask } = openCatalog();
  const { body } = await ask('GET', 'config?warehouse=any');
  expect(body.defaults).toEqual({});
  expect(body.endpoints).toContain('POST /v1/{prefix}/namespaces/{namespace}/tables/{table}');
  expect(body.endpoints.join()).not.toMatch(/views|transactions/);
});

test('a namespace comes, tells its properties and goes', async () => {
  const { ask, home } = openCatalog();
  expect((await ask('GET', 'namespaces')).body.namespaces).toEqual([['firn']]);
  const made = await ask('POST', 'namespaces', {
    namespace: ['lab'],
    properties: { owner: 'ada', tier: '1' },
  });
  expect(made).toMatchObject({ status: 200, body: { namespace: ['lab'], properties: { owner: 'ada' } } });
  const update = { removals: ['tier', 'none'], updates: { owner: 'eve' } };
  expect((await ask('POST', 'namespaces/lab/properties', update)).body).toEqual({
    updated: ['owner'],
    removed: ['tier'],
    missing: ['none'],
  });
  expect((await ask('GET', 'namespaces/lab')).body.properties).toEqual({ owner: 'eve' });
  expect((await ask('DELETE', 'namespaces/lab')).status).toBe(204);
  expect((await ask('GET', 'namespaces/lab')).status).toBe(404);
  expect(readdirSync(path.join(home, 'warehouse'))).toEqual([]);
  // Made anew, it knows nothing of before.
  await ask('POST', 'namespaces', { namespace: ['lab'] });
  expect((await ask('GET', 'namespaces/lab')).body.properties).toEqual({});
});

test.each([
  ['POST', 'namespaces', { namespace: ['firn'] }, 409, 'AlreadyExistsException'],
  ['POST', 'namespaces', { namespace: ['a', 'b'] }, 400, 'BadRequestException'],
  ['POST', 'namespaces', { namespace: ['../out'] }, 400, 'BadRequestException'],
  ['POST', 'namespaces', { namespace: ['Upper'] }, 400, 'BadRequestException'],
  ['POST', 'namespaces', { namespace: 'text' }, 400, 'BadRequestException'],
  ['POST', 'namespaces', 'no json', 400, 'BadRequestException'],
  ['POST', 'namespaces', '{"namespace": {"snapshot-id": "x"}}', 400, 'BadRequestException'],
  [
    'POST',
    'namespaces/firn/properties',
    { removals: ['a'], updates: { a: '1' } },
    422,
    'UnprocessableEntityException',
  ],
  ['GET', 'namespaces/none', undefined, 404, 'NoSuchNamespaceException'],
  ['GET', 'namespaces/none/tables', undefined, 404, 'NoSuchNamespaceException'],
  ['GET', 'namespaces/a%1Fb', undefined, 404, 'NoSuchNamespaceException'],
  ['GET', 'namespaces?parent=none', undefined, 404, 'NoSuchNamespaceException'],
  ['GET', 'namespaces?pageSize=0', undefined, 400, 'BadRequestException'],
  ['GET', 'namespaces/firn/tables/none', undefined, 404, 'NoSuchTableException'],
  ['GET', 'namespaces/none/tables/none', undefined, 404, 'NoSuchTableException'],
  ['GET', 'namespaces/firn/tables/..%2F..%2Fetc', undefined, 404, 'NoSuchTableException'],
  ['GET', 'namespaces/%E0%A4%A', undefined, 400, 'BadRequestException'],
  ['DELETE', 'namespaces/firn/tables/none', undefined, 404, 'NoSuchTableException'],
  ['POST', 'namespaces/none/tables', { name: 't', schema: columns('a') }, 404, 'NoSuchNamespaceException'],
  ['POST', 'namespaces/firn/tables', { name: 'A/b', schema: columns('a') }, 400, 'BadRequestException'],
  ['POST', 'namespaces/firn/tables', { name: 'taken', schema: columns('a') }, 409, 'AlreadyExistsException'],
  ['POST', 'namespaces/firn/tables', { name: 't' }, 400, 'BadRequestException'],
  ['POST', 'namespaces/firn/views', {}, 406, 'UnsupportedOperationException'],
  ['GET', 'namespaces/firn/views/v', undefined, 404, 'NoSuchViewException'],
  ['POST', 'transactions/commit', {}, 406, 'UnsupportedOperationException'],
  ['PATCH', 'namespaces', undefined, 404, 'NoSuchEndpointException'],
])('%s %s is refused in the words of the protocol', async (method, route, body, code, type) => {
  const { ask } = openCatalog();
  const answer = await ask(method, route, body);
  expect(answer.status).toBe(code);
  expect(answer.body.error).toMatchObject({ type, code });
  expect(answer.body.error.message.length).toBeGreaterThan(10);
});

test('lists come in pages', async () => {
  const { ask } = openCatalog();
  for (const name of ['t1', 't2', 't3']) await create(ask, 'lab', name);
  const first = await ask('GET', 'namespaces/lab/tables?pageSize=2');
  expect(first.body.identifiers.map(({ name }: { name: string }) => name)).toEqual(['t1', 't2']);
  const token = first.body['next-page-token'];
  const second = await ask('GET', `namespaces/lab/tables?pageSize=2&pageToken=${token}`);
  expect(second.body).toEqual({ identifiers: [{ namespace: ['lab'], name: 't3' }] });
  expect((await ask('GET', 'namespaces?pageSize=1')).body['next-page-token']).toBe('firn');
});

test('a new table is numbered from 1, whatever its client called its columns', async () => {
  const { ask } = openCatalog();
  const { body } = await ask('POST', 'namespaces/firn/tables', {
    name: 'points',
    schema: {
      type: 'struct',
      'schema-id': 7,
      'identifier-field-ids': [0],
      fields: [
        { id: 0, name: 'id', required: true, type: 'long' },
        {
          id: 5,
          name: 'place',
          required: false,
          type: { type: 'struct', fields: [{ id: 9, name: 'x', required: false, type: 'double' }] },
        },
        { id: 3, name: 'at', required: false, type: 'timestamp', doc: 'when' },
      ],
    },
    'partition-spec': { fields: [{ 'source-id': 3, name: 'day', transform: 'day' }] },
    'write-order': {
      'order-id': 4,
      fields: [{ 'source-id': 0, transform: 'identity', direction: 'asc', 'null-order': 'nulls-last' }],
    },
    properties: { 'format-version': '2', owner: 'ada' },
  });
  expect(body.metadata).toMatchObject({
    'format-version': 2,
    'last-column-id': 4,
    'last-partition-id': 1000,
    properties: { owner: 'ada' },
    schemas: [
      { 'schema-id': 0, 'identifier-field-ids': [1], fields: [{ id: 1 }, { id: 2 }, { id: 3, doc: 'when' }] },
    ],
    'partition-specs': [{ 'spec-id': 0, fields: [{ 'source-id': 3, 'field-id': 1000 }] }],
    'sort-orders': [{ 'order-id': 1, fields: [{ 'source-id': 1 }] }],
  });
  expect(body.metadata.schemas[0].fields[1].type.fields[0].id).toBe(4);
  expect(body['metadata-location']).toMatch(
    /^file:\/\/.*\/warehouse\/firn\/points\/metadata\/v1.metadata.json$/,
  );
});

test.each([
  [{ location: 's3://bucket/t' }, 'not where this catalog keeps the table'],
  [{ location: 'file:///etc' }, 'not where this catalog keeps the table'],
  [{ properties: { 'format-version': '3' } }, 'version 2'],
  [{ properties: { 'write.data.path': 'file:///etc' } }, 'not where this catalog keeps the table'],
  [{ properties: { 'history.expire.min-snapshots-to-keep': '-5' } }, 'whole number'],
  [{ properties: { 'commit.manifest.min-count-to-merge': 'many' } }, 'whole number'],
  [{ properties: { 'firn.progress.x': '{}' } }, 'firn.*'],
  [
    { schema: { type: 'struct', fields: [{ id: 1, name: 'v', required: false, type: 'variant' }] } },
    'format version 2',
  ],
  [{ schema: columns('a', 'a') }, 'the same name'],
  [{ 'partition-spec': { fields: [{ 'source-id': 9, name: 'p', transform: 'day' }] } }, 'source-id 9'],
  [{ 'partition-spec': { fields: [{ 'source-id': 1, name: 'p', transform: 'zorder' }] } }, 'transform'],
])('a table that could not live here is refused: %j', async (change, reason) => {
  const { ask, home } = openCatalog();
  const answer = await ask('POST', 'namespaces/firn/tables', { name: 't', schema: columns('a'), ...change });
  expect(answer.status).toBe(400);
  expect(answer.body.error.message).toContain(reason);
  expect(existsSync(path.join(home, 'warehouse/firn/t'))).toBe(false);
});

test('a table that did not change is not sent again', async () => {
  const { ask } = openCatalog();
  await create(ask, 'firn', 't');
  const { headers } = await ask('GET', 'namespaces/firn/tables/t');
  const again = await ask('GET', 'namespaces/firn/tables/t', undefined, { 'if-none-match': headers.etag! });
  expect(again).toMatchObject({ status: 304, body: undefined });
  await append(ask, 'namespaces/firn/tables/t', [{ a: '1' }]);
  const later = await ask('GET', 'namespaces/firn/tables/t', undefined, { 'if-none-match': headers.etag! });
  expect(later.status).toBe(200);
});

test('only the snapshots that branches and tags point to are sent, where a client asks for no more', async () => {
  const { ask } = openCatalog();
  await create(ask, 'firn', 't');
  for (const a of ['1', '2']) await append(ask, 'namespaces/firn/tables/t', [{ a }]);
  expect((await ask('GET', 'namespaces/firn/tables/t')).body.metadata.snapshots).toHaveLength(2);
  const { metadata } = (await ask('GET', 'namespaces/firn/tables/t?snapshots=refs')).body;
  expect(metadata.snapshots).toHaveLength(1);
  expect(metadata.snapshots[0]['snapshot-id']).toBe(metadata['current-snapshot-id']);
});

test('a renamed table has its rows, its history and its new name', async () => {
  const { ask, home } = openCatalog();
  await create(ask, 'lab', 'old');
  await append(ask, 'namespaces/lab/tables/old', [{ a: '1', b: 'x' }]);
  await append(ask, 'namespaces/lab/tables/old', [{ a: '2', b: 'y' }]);
  const rename = {
    source: { namespace: ['lab'], name: 'old' },
    destination: { namespace: ['firn'], name: 'fresh' },
  };
  expect((await ask('POST', 'tables/rename', rename)).status).toBe(204);
  expect((await ask('GET', 'namespaces/lab/tables/old')).status).toBe(404);
  const { metadata } = (await ask('GET', 'namespaces/firn/tables/fresh')).body;
  expect(metadata.location).toBe(`file://${home}/warehouse/firn/fresh`);
  expect(metadata.snapshots).toHaveLength(2);
  expect(await readTable(path.join(home, 'warehouse/firn/fresh'))).toHaveLength(2);
  await append(ask, 'namespaces/firn/tables/fresh', [{ a: '3', b: 'z' }]);
  expect(await readTable(path.join(home, 'warehouse/firn/fresh'))).toHaveLength(3);
});

test('a rename that fails leaves the table as it was; one that a crash broke off is finished at start', async () => {
  const { ask, home } = openCatalog();
  await create(ask, 'firn', 'old');
  await append(ask, 'namespaces/firn/tables/old', [{ a: '1' }]);
  const rename = (name: string) => ({
    source: { namespace: ['firn'], name: 'old' },
    destination: { namespace: ['firn'], name },
  });
  const full = {
    ...nodeDisk,
    write: async () => {
      throw new Error('the disk is full');
    },
  };
  const broken = openCatalog({ home, disk: full });
  expect((await broken.ask('POST', 'tables/rename', rename('fresh'))).status).toBe(500);
  expect(await readTable(path.join(home, 'warehouse/firn/old'))).toHaveLength(1);

  await nodeDisk.rename(path.join(home, 'warehouse/firn/old'), path.join(home, 'warehouse/firn/fresh'));
  await finishRenames(ports, path.join(home, 'warehouse'));
  expect((await ask('GET', 'namespaces/firn/tables/fresh')).status).toBe(200);
  expect(await readTable(path.join(home, 'warehouse/firn/fresh'))).toHaveLength(1);
});

test('a dropped table can be registered again, under another name too; a purged one is gone', async () => {
  const { ask, home } = openCatalog();
  await create(ask, 'lab', 't');
  await append(ask, 'namespaces/lab/tables/t', [{ a: '1' }]);
  const { 'metadata-location': location } = (await ask('GET', 'namespaces/lab/tables/t')).body;
  expect((await ask('DELETE', 'namespaces/lab/tables/t')).status).toBe(204);
  expect((await ask('GET', 'namespaces/lab/tables')).body.identifiers).toEqual([]);
  const again = await ask('POST', 'namespaces/lab/register', { name: 'u', 'metadata-location': location });
  expect(again.status).toBe(200);
  expect(await readTable(path.join(home, 'warehouse/lab/u'))).toHaveLength(1);

  const second = (await ask('GET', 'namespaces/lab/tables/u')).body['metadata-location'];
  await ask('DELETE', 'namespaces/lab/tables/u?purgeRequested=true');
  const gone = await ask('POST', 'namespaces/lab/register', { name: 'u', 'metadata-location': second });
  expect(gone).toMatchObject({ status: 400, body: { error: { type: 'BadRequestException' } } });
});

test('a table that was put into the warehouse becomes one of the catalog when it is registered', async () => {
  const { ask, home } = openCatalog();
  const golden = path.resolve('test/golden/tables/pyiceberg-evolved');
  const folder = path.join(home, 'warehouse/firn/guest');
  cpSync(golden, folder, { recursive: true });
  // As catalogs other than folders name their versions.
  renameSync(`${folder}/metadata/v9.metadata.json`, `${folder}/metadata/00009-abc.metadata.json`);
  for (let i = 1; i < 9; i++) rmSync(`${folder}/metadata/v${i}.metadata.json`);
  expect((await ask('GET', 'namespaces/firn/tables/guest')).status).toBe(404);
  const location = `file://${folder}/metadata/00009-abc.metadata.json`;
  const answer = await ask('POST', 'namespaces/firn/register', {
    name: 'guest',
    'metadata-location': location,
  });
  expect(answer.body.error).toBeUndefined();
  expect(await readTable(folder)).toHaveLength(4);
  for (const foreign of [
    'file:///etc/passwd',
    's3://b/metadata/v1.metadata.json',
    `file://${golden}/metadata/v9.metadata.json`,
  ]) {
    const refused = await ask('POST', 'namespaces/firn/register', {
      name: 'x',
      'metadata-location': foreign,
    });
    expect(refused.status).toBe(400);
  }
});

test.each([
  [
    'a metadata file that is cut',
    (folder: string) => writeFileSync(`${folder}/metadata/v9.metadata.json`, '{"format'),
  ],
  ['a data file that is gone', (folder: string) => rmSync(`${folder}/data`, { recursive: true })],
  [
    'a manifest that is gone',
    (folder: string) => rmSync(`${folder}/metadata/9fab5049-9abc-4989-bd27-95407d0bba2e-m0.avro`),
  ],
  [
    'columns of version 3',
    (folder: string) => {
      const file = `${folder}/metadata/v9.metadata.json`;
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"type":"double"', '"type":"variant"'));
    },
  ],
])('a table with %s is not registered, and its folder stays as it is', async (_, spoil) => {
  const { ask, home } = openCatalog();
  const folder = path.join(home, 'warehouse/firn/guest');
  cpSync(path.resolve('test/golden/tables/pyiceberg-evolved'), folder, { recursive: true });
  spoil(folder);
  for (let i = 1; i < 9; i++) rmSync(`${folder}/metadata/v${i}.metadata.json`);
  renameSync(`${folder}/metadata/v9.metadata.json`, `${folder}/metadata/00009-abc.metadata.json`);
  rmSync(`${folder}/metadata/version-hint.text`);
  const before = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const location = `file://${folder}/metadata/00009-abc.metadata.json`;
  const refused = await ask('POST', 'namespaces/firn/register', {
    name: 'guest',
    'metadata-location': location,
  });
  expect(refused).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('cannot be registered') } },
  });
  expect((await ask('GET', 'namespaces/firn/tables')).body.identifiers).toEqual([]);
  expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()).toEqual(before);
});

test('a table whose metadata was damaged is told with what mends it, and spoils no list', async () => {
  const { ask, home } = openCatalog();
  await create(ask, 'firn', 't');
  writeFileSync(path.join(home, 'warehouse/firn/t/metadata/v1.metadata.json'), '{"format-version": 2');
  const answer = await ask('GET', 'namespaces/firn/tables/t');
  expect(answer).toMatchObject({
    status: 500,
    body: { error: { message: expect.stringContaining('Restore it') } },
  });
  expect((await ask('GET', 'namespaces/firn/tables')).body.identifiers).toHaveLength(1);
});

test('a namespace with a table is not dropped, and nothing is dropped twice', async () => {
  const { ask } = openCatalog();
  await create(ask, 'lab', 't');
  const refused = await ask('DELETE', 'namespaces/lab');
  expect(refused).toMatchObject({ status: 409, body: { error: { type: 'NamespaceNotEmptyException' } } });
  await ask('DELETE', 'namespaces/lab/tables/t?purgeRequested=True');
  expect((await ask('DELETE', 'namespaces/lab/tables/t')).status).toBe(404);
  expect((await ask('DELETE', 'namespaces/lab')).status).toBe(204);
});

test('metrics are taken for tables that are there', async () => {
  const { ask } = openCatalog();
  await create(ask, 'firn', 't');
  const report = { 'report-type': 'scan-report', 'table-name': 't' };
  expect((await ask('POST', 'namespaces/firn/tables/t/metrics', report)).status).toBe(204);
  expect((await ask('POST', 'namespaces/firn/tables/none/metrics', report)).status).toBe(404);
});
