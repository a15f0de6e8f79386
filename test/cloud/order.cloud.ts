import { expect, test } from 'vitest';
import type { Resource } from './render/graph.ts';
import { render } from './render/render.ts';

const graph = await render({ environment: { FIRN_DIRECT_PUT: 'true' } });
const named = (resources: Iterable<Resource>) => [...resources].map(({ name }) => name);
const before = (type: string, name?: string) => named(graph.before(graph.one(type, name)));
const tables = graph.all('CatalogTable').filter(({ inputs }) => inputs.openTableFormatInput !== undefined);

test('delivery begins when tables, grants, policies and log streams are there', () => {
  for (const name of ['Delivery', 'Direct']) {
    const first = before('FirehoseDeliveryStream', name);
    expect(first).toEqual(expect.arrayContaining(named(tables)));
    expect(first).toEqual(
      expect.arrayContaining([
        `${name}Policy`,
        `${name}Role`,
        'TransformAlias',
        'TransformPolicy',
        'WarehousePolicy',
      ]),
    );
    const grants = graph.all('Permissions').filter((grant) => RegExp(`^${name}(On|At)`).test(grant.name));
    expect(grants.length).toBe(tables.length + 2);
    expect(first).toEqual(expect.arrayContaining(named(grants)));
    const logs = graph.all('LogStream').filter((log) => log.name.startsWith(name));
    expect(logs).toHaveLength(2);
    expect(first).toEqual(expect.arrayContaining(named(logs)));
  }
});

test('the API opens when delivery is there, since a delivery stream begins at the newest record', () => {
  expect(before('Deployment')).toEqual(expect.arrayContaining(['Delivery', 'Stream']));
});

test('the warehouse is registered before a table lies in it', () => {
  for (const table of tables) {
    expect(named(graph.before(table))).toEqual(
      expect.arrayContaining(['WarehouseLocation', 'RegistrarPolicy', 'WarehousePolicy', 'Database']),
    );
  }
});

test('tables are migrated before the code of the transform changes', () => {
  expect(before('Invocation', 'Migration')).toEqual(
    expect.arrayContaining([
      ...named(tables),
      'MigratePolicy',
      'MigrateAlias',
      'MigrateOnWebLog',
      'MigrateAtWarehouse',
    ]),
  );
  const beforeTransform = named(graph.before(graph.one('Function', 'TransformFunction')));
  // Rows of a new table come as soon as the transform knows it: whoever commits them may do so already.
  expect(beforeTransform).toEqual(
    expect.arrayContaining(['Migration', 'DeliveryOnWebLog', 'DeliveryTablesPolicy', 'DirectTablesPolicy']),
  );
});

test('columns are granted to people when they are there', () => {
  for (const grant of graph
    .all('Permissions')
    .filter(({ name }) => /^(Analyst|Engineer)(On|At)/.test(name))) {
    expect(named(graph.before(grant))).toContain('Migration');
  }
});

test('a view comes when its columns are there, and is granted when it is there', () => {
  const views = graph.all('CatalogTable').filter(({ inputs }) => inputs.tableType === 'VIRTUAL_VIEW');
  expect(views.length).toBeGreaterThan(1);
  for (const view of views) {
    expect(named(graph.before(view))).toEqual(expect.arrayContaining(['Migration', ...named(tables)]));
    const grants = graph
      .all('Permissions')
      .filter(({ inputs }) => inputs.table?.name === view.inputs.name)
      .map((grant) => [grant.inputs.principal, grant.inputs.permissions, named(graph.before(grant))]);
    expect(grants).toEqual([
      [graph.one('Role', 'AnalystRole').state.arn, ['SELECT'], expect.arrayContaining([view.name])],
      [
        graph.one('Role', 'EngineerRole').state.arn,
        ['SELECT', 'DESCRIBE', 'ALTER', 'DROP'],
        expect.arrayContaining([view.name]),
      ],
    ]);
  }
});

test('a grant that changes is revoked before it is made anew, since what both say would be revoked with the old', () => {
  expect(graph.all('Permissions').filter(({ deleteBeforeReplace }) => !deleteBeforeReplace)).toEqual([]);
});

test('optimizers begin when their role may do what they do', () => {
  for (const optimizer of graph.all('CatalogTableOptimizer')) {
    expect(named(graph.before(optimizer))).toEqual(
      expect.arrayContaining(['UpkeepPolicy', 'UpkeepOnWebLog']),
    );
  }
});

test('Firehose routes by what the transform says, and has no list of tables', () => {
  const { icebergConfiguration, kinesisSourceConfiguration } = graph.one(
    'FirehoseDeliveryStream',
    'Delivery',
  ).inputs;
  expect(icebergConfiguration.destinationTableConfigurations).toBeUndefined();
  expect(icebergConfiguration.appendOnly).toBe(true);
  expect(icebergConfiguration.processingConfiguration).toEqual({
    enabled: true,
    processors: [
      {
        type: 'Lambda',
        parameters: [
          { parameterName: 'LambdaArn', parameterValue: graph.one('Alias', 'TransformAlias').state.arn },
          { parameterName: 'NumberOfRetries', parameterValue: '5' },
          { parameterName: 'BufferIntervalInSeconds', parameterValue: '10' },
        ],
      },
    ],
  });
  expect(kinesisSourceConfiguration.kinesisStreamArn).toBe(graph.one('Stream', 'Stream').state.arn);
});

test('functions run small on arm64, published behind an alias, and never as a bridge to a developer', () => {
  for (const { inputs } of graph.all('Function').filter(({ type }) => type.startsWith('aws:lambda'))) {
    expect(inputs).toMatchObject({ architectures: ['arm64'], runtime: 'nodejs22.x', publish: true });
    expect(JSON.stringify(inputs)).not.toContain('bridge');
  }
  expect(graph.one('Alias', 'TransformAlias').inputs).toMatchObject({ name: 'live', functionVersion: '1' });
});
