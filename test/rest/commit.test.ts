/** Commits: what holds or fails together, who may change what, and that an ill client breaks nothing. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  icebergPartitionSpec,
  icebergProperties,
  icebergSchema,
  icebergSortOrder,
} from '../../lake/iceberg.ts';
import { toPath } from '../../local/iceberg/location.ts';
import type { MetadataUpdate } from '../../local/iceberg/metadata-updates.ts';
import { createTable } from '../../local/iceberg/table.ts';
import type { Snapshot, TableMetadata } from '../../local/iceberg/types.ts';
import { contracts } from '../../schemas/index.ts';
import { readTable } from '../helpers/read-table.ts';
import { ports } from '../iceberg/support.ts';
import { type Any, type Ask, append, columns, mainIs, openCatalog, prepareAppend } from './support.ts';

const table = 'namespaces/firn/tables/t';

async function load(ask: Ask, route = table): Promise<TableMetadata> {
  return (await ask('GET', route)).body.metadata;
}

async function withTable(): Promise<{ home: string; ask: Ask }> {
  const catalog = openCatalog();
  await catalog.ask('POST', 'namespaces/firn/tables', { name: 't', schema: columns('a', 'b') });
  return catalog;
}

/** A commit that asserts nothing. */
const change = (ask: Ask, ...updates: Any[]) => ask('POST', table, { requirements: [], updates });

describe('a commit', () => {
  test('is done whole or not at all', async () => {
    const { ask } = await withTable();
    const good = { action: 'set-properties', updates: { a: '1' } };
    const answer = await change(ask, good, { action: 'set-current-schema', 'schema-id': 9 });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('update 1') } },
    });
    expect((await load(ask)).properties).toEqual({});
  });

  test('fails with 409 where a requirement does not hold', async () => {
    const { ask } = await withTable();
    const metadata = await load(ask);
    for (const requirement of [
      { type: 'assert-create' },
      { type: 'assert-table-uuid', uuid: '9c12d441-03fe-4693-9a96-a0705ddf69c1' },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 5n },
      { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 9 },
      { type: 'assert-current-schema-id', 'current-schema-id': 9 },
      { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': 1005 },
      { type: 'assert-default-spec-id', 'default-spec-id': 9 },
      { type: 'assert-default-sort-order-id', 'default-sort-order-id': 9 },
    ]) {
      const update = { action: 'set-properties', updates: { a: '1' } };
      const answer = await ask('POST', table, { requirements: [requirement], updates: [update] });
      expect([requirement.type, answer.status]).toEqual([requirement.type, 409]);
      expect(answer.body.error).toMatchObject({
        type: 'CommitFailedException',
        message: expect.stringMatching(/^Requirement failed: /),
      });
    }
    expect(await load(ask)).toEqual(metadata);
  });

  test.each([
    [{ requirements: [{ type: 'assert-moon-phase' }], updates: [] }],
    [{ requirements: [], updates: [{ action: 'set-moon-phase' }] }],
    [{ requirements: [], updates: [{ action: 'upgrade-format-version', 'format-version': 3 }] }],
    [{ requirements: [], updates: [{ action: 'set-location', location: 'file:///tmp' }] }],
    [
      {
        requirements: [],
        updates: [{ action: 'assign-uuid', uuid: '9c12d441-03fe-4693-9a96-a0705ddf69c1' }],
      },
    ],
    [{ requirements: [], updates: [{ action: 'set-current-schema', 'schema-id': -1 }] }],
    [{ requirements: [], updates: [{ action: 'remove-schemas', 'schema-ids': [0] }] }],
    [{ requirements: [], updates: [{ action: 'remove-partition-specs', 'spec-ids': [0] }] }],
    [
      {
        requirements: [],
        updates: [{ action: 'set-snapshot-ref', 'ref-name': 'x', type: 'tag', 'snapshot-id': 1 }],
      },
    ],
    [{ requirements: [], updates: [null] }],
    [{ requirements: [] }],
    [{ updates: [] }],
  ])('with what is not known or cannot be is a 400: %j', async (body) => {
    const { ask } = await withTable();
    const answer = await ask('POST', table, body);
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'BadRequestException' } } });
  });

  test('evolves columns, partitions and order, and refers to what it just added by -1', async () => {
    const { ask } = await withTable();
    const schema = { ...columns('a', 'b', 'c'), 'schema-id': 0 };
    const spec = {
      'spec-id': 0,
      fields: [{ 'source-id': 3, 'field-id': 1000, name: 'c', transform: 'identity' }],
    };
    const order = { 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' };
    const answer = await change(
      ask,
      { action: 'add-schema', schema },
      { action: 'set-current-schema', 'schema-id': -1 },
      { action: 'add-spec', spec },
      { action: 'set-default-spec', 'spec-id': -1 },
      { action: 'add-sort-order', 'sort-order': { 'order-id': 1, fields: [order] } },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
    );
    expect(answer.body.metadata).toMatchObject({
      'current-schema-id': 1,
      'last-column-id': 3,
      'default-spec-id': 1,
      'last-partition-id': 1000,
      'default-sort-order-id': 1,
    });
    await append(ask, table, [{ a: '1', c: 'x' }]);
    // An equal schema is not added again.
    const same = await change(ask, { action: 'add-schema', schema: { ...schema, 'schema-id': 7 } });
    expect(same.body.metadata.schemas).toHaveLength(2);
    const less = await change(
      ask,
      { action: 'set-default-spec', 'spec-id': 0 },
      { action: 'remove-partition-specs', 'spec-ids': [1] },
      { action: 'remove-schemas', 'schema-ids': [0] },
    );
    expect(less.body.metadata).toMatchObject({
      schemas: [{ 'schema-id': 1 }],
      'partition-specs': [{ 'spec-id': 0 }],
    });
  });

  test('keeps branches, tags, statistics and all digits of snapshot ids', async () => {
    const { ask } = await withTable();
    await append(ask, table, [{ a: '1' }]);
    const { 'current-snapshot-id': id, location } = await load(ask);
    const file = { 'statistics-path': `${location}/metadata/s.puffin`, 'file-size-in-bytes': 4 };
    const answer = await change(
      ask,
      { action: 'set-snapshot-ref', 'ref-name': 'v1', type: 'tag', 'snapshot-id': id, 'max-ref-age-ms': 9 },
      { action: 'set-statistics', statistics: { ...file, 'snapshot-id': id, 'blob-metadata': [] } },
      { action: 'set-partition-statistics', 'partition-statistics': { ...file, 'snapshot-id': id } },
    );
    expect(answer.body.metadata).toMatchObject({
      refs: { v1: { 'snapshot-id': id, type: 'tag', 'max-ref-age-ms': 9 }, main: { 'snapshot-id': id } },
      statistics: [{ 'snapshot-id': id, 'blob-metadata': [] }],
      'partition-statistics': [{ 'snapshot-id': id }],
    });
    const after = await change(
      ask,
      { action: 'remove-snapshot-ref', 'ref-name': 'v1' },
      { action: 'remove-statistics', 'snapshot-id': id },
      { action: 'remove-partition-statistics', 'snapshot-id': id },
    );
    expect(after.body.metadata).toMatchObject({ statistics: [], 'partition-statistics': [] });
    expect(Object.keys(after.body.metadata.refs)).toEqual(['main']);
  });

  test('that makes a table is the end of a staged create', async () => {
    const { ask, home } = openCatalog();
    const request = { name: 't', schema: columns('a'), 'stage-create': true };
    const staged = (await ask('POST', 'namespaces/firn/tables', request)).body;
    expect(staged['metadata-location']).toBeUndefined();
    expect((await ask('GET', table)).status).toBe(404);
    const { metadata } = staged as { metadata: TableMetadata };
    const updates = [
      { action: 'assign-uuid', uuid: metadata['table-uuid'] },
      { action: 'upgrade-format-version', 'format-version': 2 },
      { action: 'add-schema', schema: metadata.schemas[0] },
      { action: 'set-current-schema', 'schema-id': -1 },
      { action: 'add-spec', spec: metadata['partition-specs'][0] },
      { action: 'set-default-spec', 'spec-id': -1 },
      { action: 'add-sort-order', 'sort-order': metadata['sort-orders'][0] },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
      { action: 'set-location', location: metadata.location },
      { action: 'set-properties', updates: { owner: 'ada' } },
      ...(await prepareAppend(metadata, [{ a: '1' }])),
    ];
    const create = { requirements: [{ type: 'assert-create' }], updates };
    const made = await ask('POST', table, create);
    expect(made.body.metadata).toMatchObject({
      'table-uuid': metadata['table-uuid'],
      properties: { owner: 'ada' },
    });
    expect(await readTable(path.join(home, 'warehouse/firn/t'))).toHaveLength(1);
    const late = await ask('POST', table, create);
    expect(late).toMatchObject({ status: 409, body: { error: { type: 'CommitFailedException' } } });
  });
});

describe('nobody loses rows', () => {
  test('of two appends that were prepared on one version, the second is told to prepare anew', async () => {
    const { ask, home } = await withTable();
    const metadata = await load(ask);
    const [first, second] = [
      await prepareAppend(metadata, [{ a: '1' }]),
      await prepareAppend(metadata, [{ a: '2' }]),
    ];
    expect((await ask('POST', table, { requirements: mainIs(metadata), updates: first })).status).toBe(200);
    expect((await ask('POST', table, { requirements: mainIs(metadata), updates: second })).status).toBe(409);
    // So too where the client forgets to assert what it stands on.
    expect((await change(ask, ...second)).status).toBe(409);
    expect(await readTable(path.join(home, 'warehouse/firn/t'))).toHaveLength(1);
  });

  test('of many appends at once, all rows are there in the end', async () => {
    const { ask, home } = await withTable();
    const writers = Array.from({ length: 4 }, (_, i) => append(ask, table, [{ a: `w-${i}` }]));
    const attempts = await Promise.all(writers);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    const rows = await readTable(path.join(home, 'warehouse/firn/t'));
    expect(rows.map(({ a }) => a).sort()).toEqual(['w-0', 'w-1', 'w-2', 'w-3']);
  });
});

describe('a snapshot whose files are not as it says is refused', () => {
  async function refusal(spoil: (snapshot: Snapshot, directory: string) => Snapshot): Promise<string> {
    const { ask } = await withTable();
    await append(ask, table, [{ a: '1' }]);
    const metadata = await load(ask);
    const [add, ref] = await prepareAppend(metadata, [{ a: '2' }]);
    const { snapshot } = add as Extract<MetadataUpdate, { action: 'add-snapshot' }>;
    const spoilt = spoil(snapshot, toPath(metadata.location));
    const moved = { ...ref, 'snapshot-id': spoilt['snapshot-id'] };
    const answer = await change(ask, { action: 'add-snapshot', snapshot: spoilt }, moved);
    expect(answer.status).toBe(400);
    // The table goes on.
    await append(ask, table, [{ a: '3' }]);
    return answer.body.error.message;
  }

  test.each([
    [
      'a list that is not there',
      (s: Snapshot) => ({ ...s, 'manifest-list': `${s['manifest-list']}x` }),
      'cannot be read',
    ],
    ['a list elsewhere', (s: Snapshot) => ({ ...s, 'manifest-list': 'file:///etc/passwd' }), 'not where'],
    [
      'a path out of the folder',
      (s: Snapshot, d: string) => ({ ...s, 'manifest-list': `file://${d}/../../x` }),
      'not where',
    ],
    ['an unknown schema', (s: Snapshot) => ({ ...s, 'schema-id': 9 }), 'schema 9'],
    [
      'a sequence number of the future',
      (s: Snapshot) => ({ ...s, 'sequence-number': 2 ** 52 }),
      'expected 2',
    ],
    ['an id that is none', (s: Snapshot) => ({ ...s, 'snapshot-id': -1n }), 'snapshot id'],
    [
      'an operation that is none',
      (s: Snapshot) => ({ ...s, summary: { operation: 'x' as 'append' } }),
      'operation',
    ],
    [
      'the word of delivery',
      (s: Snapshot) => ({ ...s, summary: { ...s.summary, 'firn.log': 'x', 'firn.round': '99' } }),
      'delivery',
    ],
  ])('%s', async (_, spoil, reason) => {
    expect(await refusal(spoil)).toContain(reason);
  });

  test('a manifest that is cut', async () => {
    const message = await refusal((snapshot, directory) => {
      const id = String(snapshot['snapshot-id']);
      writeFileSync(path.join(directory, `metadata/${id}-m0.avro`), 'x');
      return snapshot;
    });
    expect(message).toContain('the manifest list says');
  });
});

describe('a table of a contract', () => {
  const contract = contracts.get('web_log')!;
  const route = 'namespaces/firn/tables/web_log';

  async function withContract(): Promise<{ home: string; ask: Ask }> {
    const catalog = openCatalog({ contracts });
    await createTable(ports, path.join(catalog.home, 'warehouse/firn/web_log'), {
      schema: icebergSchema(contract),
      spec: icebergPartitionSpec(contract),
      sortOrder: icebergSortOrder(contract),
      properties: { ...icebergProperties(contract), 'firn.progress.l': '{"round":3,"to":9}' },
    });
    return catalog;
  }

  const row = (event_id: string) => ({
    event_id,
    received_at: 1_767_225_600_000_000,
    user_id: 'u',
    session_id: 's',
    event: 'view',
    ip: '203.0.113.9',
    hostname: 'h',
    timestamp: 1_767_225_600_000_000,
    uri: '/',
  });

  test('takes rows from others, keeps its progress, and may be tagged and rolled back', async () => {
    const { ask, home } = await withContract();
    await append(ask, route, [row('a')]);
    const first = await load(ask, route);
    await append(ask, route, [row('b')]);
    expect((await load(ask, route)).properties['firn.progress.l']).toBe('{"round":3,"to":9}');
    expect(await readTable(path.join(home, 'warehouse/firn/web_log'))).toHaveLength(2);
    const id = first['current-snapshot-id'];
    const back = { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': id };
    const retention = { action: 'set-properties', updates: { 'history.expire.min-snapshots-to-keep': '7' } };
    const answer = await ask('POST', route, { requirements: [], updates: [back, retention] });
    expect(answer.status).toBe(200);
    expect(await readTable(path.join(home, 'warehouse/firn/web_log'))).toHaveLength(1);
  });

  test.each([
    [
      'columns',
      [
        { action: 'add-schema', schema: columns('a') },
        { action: 'set-current-schema', 'schema-id': -1 },
      ],
      'schemas/web_log.avsc',
    ],
    [
      'partitions',
      [
        { action: 'add-spec', spec: { fields: [] } },
        { action: 'set-default-spec', 'spec-id': -1 },
      ],
      'schemas/web_log.avsc',
    ],
    [
      'the order',
      [
        { action: 'set-default-sort-order', 'sort-order-id': 0 },
        { action: 'add-sort-order', 'sort-order': { fields: [] } },
      ],
      '',
    ],
    ['progress', [{ action: 'remove-properties', removals: ['firn.progress.l'] }], 'firn.progress.l'],
    [
      'progress',
      [{ action: 'set-properties', updates: { 'firn.progress.l': '{"round":9,"to":9}' } }],
      'firn.progress.l',
    ],
    [
      'the format',
      [{ action: 'set-properties', updates: { 'write.format.default': 'orc' } }],
      'schemas/web_log.avsc',
    ],
    ['everything', [{ action: 'remove-snapshot-ref', 'ref-name': 'main' }], 'delivery'],
  ])('does not let others change %s', async (_, updates, reason) => {
    const { ask } = await withContract();
    await append(ask, route, [row('a')]);
    const before = await load(ask, route);
    const answer = await ask('POST', route, { requirements: [], updates });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.error.message).toContain(reason);
    expect(await load(ask, route)).toEqual(before);
  });

  test('takes optional columns that others add, and none that its rows could not fill', async () => {
    const { ask } = await withContract();
    const { schemas } = await load(ask, route);
    const added = (field: object) => ({ ...schemas[0], fields: [...schemas[0]!.fields, field] });
    const extra = { id: 40, name: 'score', required: false, type: 'double' };
    const evolve = (schema: object) => ({
      requirements: [],
      updates: [
        { action: 'add-schema', schema },
        { action: 'set-current-schema', 'schema-id': -1 },
      ],
    });
    expect((await ask('POST', route, evolve(added({ ...extra, required: true })))).status).toBe(403);
    expect((await ask('POST', route, evolve(added(extra)))).status).toBe(200);
    const back = { requirements: [], updates: [{ action: 'set-current-schema', 'schema-id': 0 }] };
    const refused = await ask('POST', route, back);
    expect(refused.body.error.message).toMatch(/^drop score: columns come from schemas\/web_log.avsc/);
  });

  test('is neither dropped nor renamed', async () => {
    const { ask } = await withContract();
    const dropped = await ask('DELETE', `${route}?purgeRequested=true`);
    expect(dropped).toMatchObject({ status: 403, body: { error: { type: 'ForbiddenException' } } });
    const rename = {
      source: { namespace: ['firn'], name: 'web_log' },
      destination: { namespace: ['firn'], name: 'mine' },
    };
    expect((await ask('POST', 'tables/rename', rename)).status).toBe(403);
    expect((await ask('GET', route)).status).toBe(200);
  });

  test('keeps its name in other namespaces for others', async () => {
    const { ask } = await withContract();
    await ask('POST', 'namespaces', { namespace: ['lab'] });
    await ask('POST', 'namespaces/lab/tables', { name: 'web_log', schema: columns('a') });
    expect((await ask('DELETE', 'namespaces/lab/tables/web_log')).status).toBe(204);
  });
});
